DELETE FROM domains WHERE organization_id = $1
