UPDATE idempotency_keys SET answer = NULL, closed = 1
WHERE member_id IN (SELECT id FROM members WHERE organization_id = $1)
