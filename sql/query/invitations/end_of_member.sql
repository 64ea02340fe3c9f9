DELETE FROM invitations WHERE member_id = $1
