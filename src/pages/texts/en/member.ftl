# What is the member's own: overview, enrolment, sign-in and security, activity, help.

on = on
off = off
since = On since
later = Later
older = Older entries
change = Change

overview-hello = Hello,
overview-stale = A mail client still tries “{ $label }”, which has ended
overview-soon = “{ $label }” ends by itself soon
overview-soon-at = It ends
overview-soon-advice = If you still use it, replace it: you get a new password, and nothing is interrupted. Or give it a later date, as far as the rules allow.
overview-idle = “{ $label }” ends soon because nobody uses it
overview-idle-advice = If you still need it, let its client fetch mail before then. If not, there is nothing to do.
overview-forgotten = “{ $label }” has not been used for 90 days
overview-forgotten-advice = If you no longer need it, end it.

offer = { $owner }, the owner, offers you ownership of “{ $name }”
offer-means = If you accept, you are the owner at once, and the present owner is an administrator. The owner makes and changes administrators, can dissolve the organization, and cannot leave before somebody else owns it. If you decline, nothing changes.
offer-until = The offer ends
offer-accept = Accept ownership
offer-decline = Decline
done-offer-accepted = You are the owner now.
done-offer-declined = The offer is declined. Nothing has changed.

secure-login = Secure login
secure-login-on-means = You sign in with two steps, and every mail client has its own password. Your account password does not open your mail.
secure-login-off-means = Your account password alone opens your mail. With secure login, a second step protects your account, and every mail client gets its own password. You can end one without touching the others.
secure-login-required-means = Your organization requires secure login. Your mail does not work until you turn it on.
secure-login-turn-on = Turn secure login on
secure-login-turn-off = Turn secure login off
secure-login-off-title = Turn secure login off?
secure-login-off-after = After that, your account password alone opens your mail again, without a second step. Your client passwords are gone for good, even if you turn secure login on again.
stops = { $count ->
    [one] This mail client stops working, at once and for good:
   *[other] These { $count } mail clients stop working, at once and for good:
}
stops-none = No client password is in use, so nothing stops.
done-secure-login-on = Secure login is on. Each of your mail clients now needs its own client password: make the first one here.
done-secure-login-off = Secure login is off. All client passwords have ended.

notice-account-password-changed = Your account password was set by somebody else
notice-second-factor-removed = One of your authenticators was removed by somebody else
notice-second-factors-removed = Your authenticators and recovery codes were removed by somebody else
notice-secure-login-off = Your secure login was turned off by somebody else
notice-invitation-created = A link was made with which a new account password can be chosen for you
notice-data-restored = This service was restored from a backup
notice-client-password-leaked = One of your client passwords was found somewhere and has ended: make a new one for the mail client that stops working
notice-session-leaked = A sign-in of yours was found somewhere and has ended: if you do not know how, change your account password
notice-other = Somebody else changed something in your account
notice-advice = If you did not expect this, ask your administrator.
notice-seen = I have seen it
done-acknowledged = The notice is put away.
by-you = by you
by-administrator = by an administrator
by-program = by a program of your organization
by-service = by the service itself

steps = Steps
step-second = Second step
step-codes = Recovery codes
step-secure-login = Secure login
step-password = First client password
start-authenticator = First: an authenticator
start-authenticator-what = An authenticator is an app on your phone that shows a new code of six digits every half minute. When you sign in here, you type your account password and then that code. Your mail clients never ask for it.
start-authenticator-which = If you have none, get one from the app store of your phone, such as Aegis, FreeOTP, Google Authenticator or Microsoft Authenticator. Many password managers can do it, too.
start-authenticator-do = I have one: show the QR code
start-passkey = If you would rather sign in by finger, face or PIN, make a passkey instead.
start-passkey-do = Make a passkey instead
start-on = Now turn secure login on
start-on-means = As soon as secure login is on, your mail clients can no longer sign in with your account password: each needs its own client password. You make the first one in the next step, so have your phone or computer at hand.

factor-title = Your authenticator
factor-scan = Open your authenticator, add an account, and scan this QR code. It is shown only this once. If you read this on the phone itself, open “I cannot scan it” below.
factor-qr = QR code with the key of your authenticator
factor-by-hand = I cannot scan it
factor-by-hand-how = Type or copy this key into your authenticator. If it asks: time-based, six digits, 30 seconds.
factor-copy-key = Copy the key
factor-again = Your authenticator has the key already. Wait until it shows the next code, and type that.
factor-code = The six digits that your authenticator shows now
factor-confirm = Confirm
factor-start-over = Start over
factor-pending = not confirmed yet
factor-add = Add an authenticator
passkey = Passkey
passkey-add = Add a passkey
passkey-new = A new passkey
passkey-what = Your phone, your computer, a password manager or a security key keeps a passkey for you. With it you sign in by finger, face or PIN and type nothing; your mail clients never ask for it.
passkey-without = This browser cannot make passkeys. Use another one, or an authenticator.
passkey-label = What you call it
passkey-label-hint = For example “My phone” or “Blue security key”. It may be left empty.
passkey-make = Make the passkey
passkey-not-made = No passkey was made. Try again; a device that keeps one for you already makes no second one.
done-passkey-made = The passkey is made. From now on you can sign in with it.
factor-remove = Remove
factor-remove-title = Remove “{ $label }”?
factor-remove-what = It will no longer be accepted when you sign in. Your other authenticators and passkeys go on working.
factor-remove-last = It is your last second step. Without it secure login goes off, and your recovery codes no longer work.
factor-remove-do = Remove it
factors = Second step
factors-what = Set up a second authenticator or a passkey, for example on a tablet or a computer. Then you can still sign in if you lose your phone.
done-factor-confirmed = The authenticator is confirmed.
done-factor-removed = It is removed.

codes-title = Recovery codes
codes-what = If you lose your phone or your passkey, type one of these codes for the second step. Each works once. Keep them where you can find them without your phone: on paper, or in a password manager. They are shown only this once.
codes-saved = I have saved them
codes-download = Download
codes-print = Print
codes-file = Recovery codes of { $name } for { $login }. Each works once.
codes-left = { $count ->
    [0] No recovery code is left.
    [one] One recovery code is left.
   *[other] { $count } recovery codes are left.
}
codes-why = A recovery code lets you in if you lose your authenticator or passkey.
codes-few = If none is left and you lose your phone, only an administrator can let you in again. Make new ones in time.

account-password-change = Change the account password
account-password-change-what = This is the password with which you sign in here. When you change it, you are signed out everywhere else.
account-password-current = Current account password
account-password-new = New account password
account-password-rules = At least 8 characters. A long one made of several words is best.
done-account-password-changed = Your account password is changed.

sessions = Where you are signed in
sessions-what = If you see one that you do not know, end it, and then change your account password.
sessions-end-others = End all others
session-own = this one
session-unknown = Unknown program
session-begun = Signed in
session-seen = last seen
session-end = End
done-session-ended = The session has ended.
done-sessions-ended = All other sessions have ended.

leaks = Found somewhere
leaks-short = A password, a key or a link was found where it does not belong: in a log, in a mail, on the web?
leaks-link = Report it
leaks-what = Paste what was found: a whole log or page will do. What has the form of our passwords, keys, sign-ins and links is taken from it. If any of these is one of ours, it ends at once and for good, whoever it belongs to, and that person is told.
leaks-paste = What was found
leaks-answer = The answer is the same whatever was found, so that nobody can try out passwords here. What you paste is not kept.
leaks-do = Report, and end it
leaks-none = Nothing in it has the form of our secrets. A client password has six groups of five letters; keys, sign-ins and links begin with cpk_, cps_, cpt_, cpi_ or cpl_.
done-leaks-reported = Reported. If any of it was one of ours, it has ended.

activity-lead = What was done to your account, newest first.
action-other = Something else was done

help-title = Why does my mail not work?
help-found = This is the reason, or may be:
help-nothing = From here everything looks right: secure login is on, and your client passwords work. Check the mail client itself:
help-go = Go to the page
help-always = What to check in the mail client
help-always-login = User name: your whole mail address, which is
help-always-password = Password: a client password of this service, not your account password.
help-always-both = Most mail clients keep the password twice, once for reading and once for sending. Change it in both places.
help-always-new = If you no longer have the password, make a new client password and end the old one. It takes two minutes.

finding-not-active = The account is suspended
finding-not-active-advice = No mail client gets in until an administrator activates the account again.
finding-secure-login-required = Secure login is required, but it is off
finding-secure-login-required-advice = Mail is refused until it is on. Turn it on, then make a client password for each mail client.
finding-secure-login-off = Secure login is off
finding-secure-login-off-advice = Mail clients need the account password now. Client passwords do not work: they ended when secure login was turned off. Type the account password into the mail client, or turn secure login on and make new client passwords.
finding-no-client-password = There is no client password that works
finding-no-client-password-advice = While secure login is on, every mail client needs a client password, and the account password is refused. Make one, and type it into the mail client.
finding-stale-use = A mail client still tries “{ $label }”: { $why }
finding-stale-use-advice = Make a new client password and type it into that mail client. If you no longer use it, delete the account in it.
finding-networks-only = “{ $label }” works from some networks only
finding-networks-only-advice = From anywhere else it is refused. If the mail client is used on the move, remove the networks.
finding-cannot-read = “{ $label }” may send mail, not read it
finding-cannot-read-advice = That is right for a printer. A mail client needs to read as well: change what it may be used for.
finding-cannot-send = “{ $label }” may read mail, not send it
finding-cannot-send-advice = If sending fails, change what it may be used for.
finding-superseded = “{ $label }” is being replaced
finding-superseded-advice = A new password was made for it. Type the new one into the mail client before the old one ends.
finding-never-used = “{ $label }” has never been used
finding-never-used-advice = If the mail client is refused, it may still have another password. Check the user name, and type the password again.

# Where and with what mail was opened.
log-ins = Where your mail was opened
log-ins-lead = Mail clients that got in with one of your client passwords, or with your account password where that still opens mail. If you do not know one of them, end the client password that it uses.
log-ins-here = Where it was used
log-ins-admin = Where mail was opened
log-ins-of = Where mail of this member was opened
log-ins-all = All of them
log-ins-last = Last time
log-ins-from = From
log-ins-client = Mail client
log-ins-with = With
log-ins-since = since
log-ins-times = { $count ->
    [one] once
   *[other] { $count } times
}
log-ins-not-said = not known
log-ins-anywhere = several networks
log-ins-forgotten = a client password that ended long ago
log-ins-several = several client passwords
log-ins-account-password = the account password
log-ins-passed-on = passed on to another source, which alone knows whether the password was right
log-ins-none = { $count ->
    [one] Nobody opened mail in the last day.
   *[other] Nobody opened mail in the last { $count } days.
}
log-ins-none-kept = Your organization keeps no log-ins.
log-ins-kept = { $count ->
    [one] Log-ins are kept for one day.
   *[other] Log-ins are kept for { $count } days.
} Where there are many, older ones are put together by network. Failed guesses are not listed.
