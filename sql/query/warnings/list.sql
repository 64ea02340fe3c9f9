SELECT w.id, w.client_password_id, u.member_id, m.login, u.label, w.ends_at, w.reason, w.days, w.warned_at
FROM warnings w
JOIN unended_client_passwords u ON u.id = w.client_password_id
JOIN members m ON m.id = u.member_id
WHERE w.organization_id = $1 AND w.id < $2 AND w.ends_at > $3 AND u.ends_at > $3 AND u.overlap_until IS NULL
  AND (w.reason = 'expired' AND u.expires_at = w.ends_at
       OR w.reason = 'idle' AND w.unused_since + $4 = w.ends_at
          AND NOT EXISTS (SELECT 1 FROM uses s
                          WHERE s.client_password_id = w.client_password_id AND s.at > w.unused_since))
  AND NOT EXISTS (SELECT 1 FROM warnings n
                  WHERE n.client_password_id = w.client_password_id AND n.ends_at = w.ends_at AND n.days < w.days)
ORDER BY w.id DESC LIMIT $5
