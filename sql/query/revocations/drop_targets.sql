DELETE FROM revocation_targets WHERE revocation_id = $1
