SELECT organization_id, version FROM policies WHERE unwatched = 1 ORDER BY organization_id
