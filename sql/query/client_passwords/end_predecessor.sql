UPDATE client_passwords SET ended_at = $1, ended_reason = $2, version = version + 1
WHERE replaced_by = $3 AND ended_at IS NULL AND ends_at > $1
