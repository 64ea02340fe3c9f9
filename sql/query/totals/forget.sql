DELETE FROM totals WHERE organization_id = $1 AND as_of < $2
