SELECT p.credential_id FROM second_factors f JOIN passkeys p ON p.factor_id = f.id
WHERE f.member_id = $1 AND p.rp_id = $2 ORDER BY f.id DESC
