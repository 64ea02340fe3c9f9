-- clientpass for Prosody 0.12: for /etc/prosody/conf.avail/, or the VirtualHost that is there. Logins are
-- NAME@HOST: alice on this host is alice@example.org in clientpass.
VirtualHost "example.org"
	authentication = "clientpass"
	-- CHANGE 1 of 2: where clientpass listens. https:// is checked with the system's authorities.
	clientpass_url = "http://127.0.0.1:8600"
	-- CHANGE 2 of 2: the file with a service key of role mail_server (root:prosody, mode 0640). A new key in it counts at
	-- once.
	clientpass_key_file = "/etc/prosody/clientpass.key"
