SELECT 1 FROM organizations WHERE id = $1 AND state = 'active'
