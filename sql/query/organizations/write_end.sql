INSERT INTO organization_ends (organization_id, epoch, ended_at, reason, actor_kind, actor_id)
SELECT id, epoch - 1, $1, $2, $3, $4 FROM organizations WHERE id = $5
