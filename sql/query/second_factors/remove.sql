DELETE FROM second_factors
WHERE id = $1 AND member_id = $2
  AND (confirmed_at IS NULL OR EXISTS (SELECT 1 FROM second_factors other
                                       WHERE other.member_id = $2 AND other.id <> $1 AND other.confirmed_at IS NOT NULL))
