UPDATE outbox_dates SET until = $1 WHERE id = 1 AND until = $2
