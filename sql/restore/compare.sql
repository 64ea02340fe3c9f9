-- Run before replay_ends.sql: in which members, who have not left, the backup (main) and the data that it is to replace
-- (live) do not agree, and what of theirs is lost.

CREATE TEMP TABLE differing_members AS
SELECT m.id, m.role AS backup_role, l.role AS live_role, m.state AS backup_state, l.state AS live_state,
       m.secure_login AS backup_secure_login, l.secure_login AS live_secure_login,
       m.password_hash IS NOT l.password_hash AS account_password,
       EXISTS (SELECT id FROM main.second_factors WHERE member_id = m.id AND confirmed_at IS NOT NULL
               EXCEPT SELECT id FROM live.second_factors WHERE member_id = m.id AND confirmed_at IS NOT NULL)
       OR EXISTS (SELECT id FROM live.second_factors WHERE member_id = m.id AND confirmed_at IS NOT NULL
                  EXCEPT SELECT id FROM main.second_factors WHERE member_id = m.id AND confirmed_at IS NOT NULL)
           AS factors,
       (SELECT count(*) FROM live.unended_client_passwords u
        WHERE u.member_id = m.id AND u.id NOT IN (SELECT id FROM main.client_passwords)
          AND u.ends_at > (SELECT high_water FROM live.clock_mark))
           AS lost_client_passwords
FROM main.members m JOIN live.members l ON l.id = m.id
WHERE l.state <> 'left';

DELETE FROM differing_members
WHERE backup_role = live_role AND backup_state = live_state AND backup_secure_login = live_secure_login
  AND NOT account_password AND NOT factors AND lost_client_passwords = 0;
