DELETE FROM invitations WHERE member_id IN (SELECT id FROM members WHERE organization_id = $1)
