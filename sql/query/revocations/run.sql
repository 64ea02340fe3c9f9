UPDATE revocations
SET passed_member_id = $1, all_members = $2,
    newest = coalesce((SELECT p.id FROM client_passwords p
                       WHERE p.organization_id = revocations.organization_id AND p.id > $3
                       ORDER BY p.id DESC LIMIT 1), $3)
WHERE id = $3
