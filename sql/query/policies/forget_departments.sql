DELETE FROM policy_departments WHERE organization_id = $1
