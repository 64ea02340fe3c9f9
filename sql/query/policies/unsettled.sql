SELECT organization_id, policy, version FROM policies WHERE unsettled = 1 ORDER BY organization_id
