DELETE FROM domains
WHERE name = $1 AND organization_id = $2
  AND NOT EXISTS (SELECT 1 FROM members WHERE domain = $1 AND state <> 'left')
