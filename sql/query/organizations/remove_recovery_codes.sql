DELETE FROM recovery_codes WHERE member_id IN (SELECT id FROM members WHERE organization_id = $1)
