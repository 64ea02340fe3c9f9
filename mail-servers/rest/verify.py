#!/usr/bin/env python3
"""Asks clientpass whether a login may have mail with a password, which comes on standard input.

    printf %s "$password" | ./verify.py alice@example.org imap 192.0.2.7

Prints and exits with: accept 0, reject 1, defer 2 (ask your next source), and 75 for everything else: cannot tell, try
again later. Never take 75 for a wrong password.
"""
import json, os, sys, urllib.request

URL = os.environ.get("CLIENTPASS_URL", "http://127.0.0.1:8600")  # CHANGE 1 of 2: where clientpass listens
KEY_FILE = os.environ.get("CLIENTPASS_KEY_FILE", "/etc/clientpass/mail-server.key")  # CHANGE 2 of 2: cpk_..., 0600


def verify(login, password, protocol, client_ip=None):
    body = {"login": login, "password": password, "protocol": protocol, "client_ip": client_ip}
    with open(KEY_FILE, encoding="ascii") as key:
        headers = {"Authorization": "Bearer " + key.read().strip(), "Content-Type": "application/json"}
    request = urllib.request.Request(URL + "/v1/verify", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=6) as answer:  # another status than 200 is an exception
        return json.load(answer)["result"]


if __name__ == "__main__":
    try:
        login, protocol, client_ip = (sys.argv[1:] + [None])[:3]
        result = verify(login, sys.stdin.buffer.read().decode("utf-8", "replace"), protocol, client_ip)
    except Exception as why:
        print("cannot tell:", why, file=sys.stderr)
        result = "unavailable"
    print(result)
    sys.exit({"accept": 0, "reject": 1, "defer": 2}.get(result, 75))
