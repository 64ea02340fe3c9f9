DELETE FROM invitations WHERE member_id = $1 AND expires_at > $2
