UPDATE policies SET unsettled = 0
WHERE organization_id = $1 AND version = $2 AND unsettled = 1
  AND NOT EXISTS (SELECT 1 FROM client_passwords p
                  WHERE p.organization_id = $1 AND p.ended_at IS NULL AND p.ends_at > $3
                    AND (p.expires_at IS NULL OR p.expires_at > p.created_at + $4)
                    AND EXISTS (SELECT 1 FROM unended_client_passwords u WHERE u.id = p.id))
