SELECT acknowledged_at FROM notices WHERE id = $1 AND member_id = $2 AND id > $3
