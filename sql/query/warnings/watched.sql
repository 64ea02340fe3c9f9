UPDATE policies SET unwatched = 0 WHERE organization_id = $1 AND version = $2 AND unwatched = 1
