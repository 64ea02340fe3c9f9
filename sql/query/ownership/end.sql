DELETE FROM ownership_offers WHERE organization_id = $1
