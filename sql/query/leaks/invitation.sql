SELECT i.id, i.member_id, m.organization_id FROM invitations i JOIN members m ON m.id = i.member_id
WHERE i.verifier IN ($1, $2) AND i.expires_at > $3
