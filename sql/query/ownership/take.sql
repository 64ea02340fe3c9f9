DELETE FROM ownership_offers WHERE organization_id = $1 AND member_id = $2 AND expires_at > $3
