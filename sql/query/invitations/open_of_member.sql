SELECT i.id, i.invited_by, CASE WHEN EXISTS (SELECT 1 FROM members m WHERE m.id = i.invited_by) THEN 1 ELSE 0 END,
  i.created_at, i.expires_at
FROM invitations i WHERE i.member_id = $1 AND i.expires_at > $2
