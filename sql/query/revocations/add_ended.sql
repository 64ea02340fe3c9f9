UPDATE revocations
SET ended_client_passwords = ended_client_passwords
      + (SELECT count(*) FROM client_passwords p
         WHERE p.revocation_id = $1 AND p.member_id > $2 AND p.member_id <= $3)
      + (SELECT coalesce(sum(e.client_passwords), 0) FROM member_ends e
         WHERE e.revocation_id = $1 AND e.member_id > $2 AND e.member_id <= $3),
    ended_members = ended_members
      + (SELECT count(DISTINCT p.member_id) FROM client_passwords p
         WHERE p.revocation_id = $1 AND p.member_id > $2 AND p.member_id <= $3)
      + (SELECT count(*) FROM member_ends e
         WHERE e.revocation_id = $1 AND e.member_id > $2 AND e.member_id <= $3)
WHERE id = $1
