SELECT f.id, f.confirmed_at, p.algorithm, p.public_key, p.sign_count,
       m.id, m.organization_id, m.state, m.password_hash, o.state, m.login
FROM passkeys p
JOIN second_factors f ON f.id = p.factor_id
JOIN members m ON m.id = f.member_id
JOIN organizations o ON o.id = m.organization_id
WHERE p.credential_id = $1
