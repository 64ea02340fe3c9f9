SELECT policy, version FROM policies WHERE organization_id = $1
