SELECT counted_id, active, suspended, gone, secure_login, live, never_used, ended, as_of
FROM totals WHERE organization_id = $1 ORDER BY counted_id
