SELECT rules_version FROM organizations WHERE id = $1
