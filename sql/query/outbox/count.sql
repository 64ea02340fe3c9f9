SELECT count(*) FROM outbox WHERE target = $1
