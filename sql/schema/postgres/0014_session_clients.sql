-- A member who looks at the own sessions knows them by where they began: address and browser. Listed by id, so the index
-- of a member's sessions has it.

ALTER TABLE sessions ADD COLUMN ip TEXT COLLATE "C";
ALTER TABLE sessions ADD COLUMN user_agent TEXT COLLATE "C";
DROP INDEX sessions_by_member;
CREATE INDEX sessions_by_member ON sessions (member_id, id);
