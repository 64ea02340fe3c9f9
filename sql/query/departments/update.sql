UPDATE departments SET name = $1, parent_id = $2, version = version + 1 WHERE id = $3 AND version = $4
