SELECT 1 WHERE EXISTS (SELECT 1 FROM client_passwords WHERE organization_id = $1 AND label IN ($2, $3))
