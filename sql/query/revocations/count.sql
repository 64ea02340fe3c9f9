UPDATE revocations
SET matched_client_passwords = matched_client_passwords + (
        SELECT count(*) FROM unended_client_passwords p
        WHERE p.ends_at > $1
          AND p.id IN (SELECT q.id FROM revocation_targets t
                       JOIN client_passwords q ON q.lineage = t.lineage AND q.id >= t.client_password_id
                       WHERE t.revocation_id = $2 AND t.member_id > $3 AND t.member_id <= $4)),
    matched_members = matched_members + (
        SELECT count(DISTINCT p.member_id) FROM unended_client_passwords p
        WHERE p.ends_at > $1
          AND p.id IN (SELECT q.id FROM revocation_targets t
                       JOIN client_passwords q ON q.lineage = t.lineage AND q.id >= t.client_password_id
                       WHERE t.revocation_id = $2 AND t.member_id > $3 AND t.member_id <= $4))
WHERE id = $2
