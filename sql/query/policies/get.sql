SELECT policy, version, unsettled FROM policies WHERE organization_id = $1
