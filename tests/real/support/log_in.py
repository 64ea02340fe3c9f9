"""Logs in as a mail client does: {"at_once", "logins"} in, for each login null or what the server said out (JSON)."""

import concurrent.futures
import imaplib
import json
import poplib
import sys

imaplib.Commands["ID"] = ("NONAUTH", "AUTH", "SELECTED")


def imap(one):
    connection = imaplib.IMAP4("127.0.0.1", one["port"], timeout=30)
    try:
        if one["id"]:
            connection._simple_command("ID", one["id"])
        connection.login(one["login"], one["password"])
        assert connection.select("INBOX")[0] == "OK"
        return None
    except imaplib.IMAP4.error as refused:
        return str(refused)
    finally:
        connection.logout()


def pop3(one):
    connection = poplib.POP3("127.0.0.1", one["port"], timeout=30)
    try:
        connection.user(one["login"])
        connection.pass_(one["password"])
        connection.stat()
        return None
    except poplib.error_proto as refused:
        return str(refused)
    finally:
        connection.quit()


wish = json.load(sys.stdin)
with concurrent.futures.ThreadPoolExecutor(wish["at_once"]) as pool:
    print(json.dumps(list(pool.map(lambda one: {"imap": imap, "pop3": pop3}[one["protocol"]](one), wish["logins"]))))
