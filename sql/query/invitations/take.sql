DELETE FROM invitations WHERE id = $1 AND member_id = $2 AND expires_at > $3
  AND EXISTS (SELECT 1 FROM members m WHERE m.id = $2 AND m.state = 'active')
