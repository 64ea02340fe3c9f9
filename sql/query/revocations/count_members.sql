SELECT count(*) FROM members WHERE organization_id = $1
