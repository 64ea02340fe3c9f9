SELECT until FROM outbox_dates WHERE id = 1
