DELETE FROM client_setup_links WHERE client_password_id = $1 AND verifier IN ($2, $3) AND expires_at > $4
  AND EXISTS (SELECT 1 FROM unended_client_passwords p
              JOIN members m ON m.id = p.member_id
              JOIN organizations o ON o.id = p.organization_id
              WHERE p.id = $1 AND p.ends_at > $4 AND m.state = 'active' AND o.state = 'active')
