SELECT member_id, id, kind, client_password_id, level, protocol, network, client, first_at, last_at, count FROM log_ins WHERE member_id = $1
