SELECT member_id, created_at, expires_at FROM ownership_offers WHERE organization_id = $1 AND expires_at > $2
