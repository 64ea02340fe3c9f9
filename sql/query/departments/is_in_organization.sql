SELECT 1 FROM departments WHERE id = $1 AND organization_id = $2
