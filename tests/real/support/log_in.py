"""Logs in as a mail client does: {"at_once", "patience", "logins"} in, for each login null or what the server said out
(JSON)."""

import base64
import concurrent.futures
import imaplib
import json
import poplib
import smtplib
import socket
import sys

imaplib.Commands["ID"] = ("NONAUTH", "AUTH", "SELECTED")


def imap(one):
    connection = imaplib.IMAP4("127.0.0.1", one["port"], timeout=patience)
    try:
        if one["id"]:
            connection._simple_command("ID", one["id"])
        if (one["login"] + one["password"]).isascii():
            # Of the two, Python quotes only the password.
            connection.login(connection._quote(one["login"]), one["password"])
        else:
            connection.authenticate("PLAIN", lambda _: base64.b64decode(plain(one)))
        assert connection.select("INBOX")[0] == "OK"
        return None
    except imaplib.IMAP4.error as refused:
        return str(refused)
    finally:
        connection.logout()


def pop3(one):
    connection = poplib.POP3("127.0.0.1", one["port"], timeout=patience)
    try:
        connection.user(one["login"])
        connection.pass_(one["password"])
        connection.stat()
        return None
    except poplib.error_proto as refused:
        return str(refused)
    finally:
        connection.quit()


def plain(one):
    return base64.b64encode("\0".join(["", one["login"], one["password"]]).encode()).decode()


def submission(one):
    with smtplib.SMTP("127.0.0.1", one["port"], timeout=patience) as connection:
        connection.ehlo()
        code, text = connection.docmd("AUTH", "PLAIN " + plain(one))
        if code == 235:
            assert connection.noop()[0] == 250
            return None
        return f"{code} {text.decode()}"


def sieve(one):
    with socket.create_connection(("127.0.0.1", one["port"]), timeout=patience) as connection:
        lines = connection.makefile("rwb", buffering=0)

        def answer():
            while True:
                line = lines.readline().decode()
                if not line or line.startswith(("OK", "NO", "BYE")):
                    return line

        assert answer().startswith("OK")
        lines.write(f'AUTHENTICATE "PLAIN" "{plain(one)}"\r\n'.encode())
        said = answer()
        return None if said.startswith("OK") else said


wish = json.load(sys.stdin)
patience = wish["patience"]
clients = {"imap": imap, "pop3": pop3, "submission": submission, "sieve": sieve}
with concurrent.futures.ThreadPoolExecutor(wish["at_once"]) as pool:
    print(json.dumps(list(pool.map(lambda one: clients[one["protocol"]](one), wish["logins"]))))
