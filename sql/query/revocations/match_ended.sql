UPDATE revocations SET matched_members = ended_members, matched_client_passwords = ended_client_passwords
WHERE id = $1 AND preview_id IS NULL
