#!/bin/sh
# Asks clientpass whether a login may have mail with a password, which comes on standard input:
#
#     printf %s "$password" | ./verify.sh alice@example.org imap 192.0.2.7
#
# Prints and exits with: accept 0, reject 1, defer 2 (ask your next source), and 75 for everything else: cannot tell, try
# again later. Never take 75 for a wrong password.
url=${CLIENTPASS_URL:-http://127.0.0.1:8600} # CHANGE 1 of 2: where clientpass listens
# CHANGE 2 of 2: a file (0600) with the line `Authorization: Bearer cpk_...`: arguments can be seen by others.
key=${CLIENTPASS_KEY_HEADER_FILE:-/etc/clientpass/mail-server.header}

# A control character makes the question malformed, and that is answered with 75.
quoted() { printf '"%s"' "$(sed 's/[\\"]/\\&/g')"; }
question() {
    printf '{"login":%s,"protocol":%s,' "$(printf %s "$1" | quoted)" "$(printf %s "$2" | quoted)"
    printf '"client_ip":%s,"password":%s}' "$([ -n "$3" ] && printf %s "$3" | quoted || echo null)" "$(quoted)"
}
answer=$(question "$1" "$2" "$3" |
    curl -q --silent --show-error --fail --max-time 6 -H @"$key" -H 'Content-Type: application/json' \
        --data-binary @- "$url/v1/verify")
case $answer in
    '{"result":"accept",'*) echo accept ;;
    '{"result":"reject",'*) echo reject; exit 1 ;;
    '{"result":"defer"}') echo defer; exit 2 ;;
    *) echo unavailable; exit 75 ;;
esac
