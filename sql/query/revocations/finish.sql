UPDATE revocations
SET ended_client_passwords = (SELECT count(*) FROM client_passwords p WHERE p.revocation_id = $1),
    ended_members = (SELECT count(DISTINCT p.member_id) FROM client_passwords p WHERE p.revocation_id = $1),
    finished_at = $2
WHERE id = $1
