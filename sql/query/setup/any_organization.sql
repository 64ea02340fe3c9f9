SELECT count(*) FROM (SELECT id FROM organizations LIMIT 1) AS first
