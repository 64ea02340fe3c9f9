# What is the member's own: overview, enrolment, sign-in and security, activity, help.

on = on
off = off
since = Since
later = Later
older = Older ones
change = Change

overview-hello = Hello,
overview-stale = A client still tries “{ $label }”, which has ended
overview-soon = “{ $label }” ends by itself soon
overview-soon-advice = If you still use it, rotate it: you get a new password, and nothing is interrupted.
overview-forgotten = Nobody has used “{ $label }” for 90 days
overview-forgotten-advice = If you do not need it any more, end it.

secure-login = Secure login
secure-login-on-means = You sign in with two steps, and every mail client has a password of its own. Your account password opens no mail.
secure-login-off-means = Your account password alone opens your mail. With secure login, a second step protects your account, and every mail client gets a password of its own that you can end by itself.
secure-login-required-means = Your organization requires secure login. Mail does not work until it is on.
secure-login-turn-on = Turn secure login on
secure-login-turn-off = Turn secure login off
secure-login-off-title = Turn secure login off?
secure-login-off-after = From then on your account password opens your mail again, without a second step. The passwords of your clients are gone for ever, also if you turn secure login on again.
stops = { $count ->
    [one] This client stops at once, for ever:
   *[other] These { $count } clients stop at once, for ever:
}
stops-none = No client password is in use, so nothing stops.
done-secure-login-on = Secure login is on. Your mail clients need a password of their own now: make the first one.
done-secure-login-off = Secure login is off. All client passwords are ended.

notice-account-password-changed = Your account password was set by somebody else
notice-second-factor-removed = One of your second factors was removed by somebody else
notice-second-factors-removed = Your second factors were removed by somebody else
notice-secure-login-off = Your secure login was turned off by somebody else
notice-invitation-created = A link was made with which your account password can be set
notice-data-restored = The data of this service were restored from a backup
notice-other = Somebody else changed something of your account
notice-advice = If you did not expect this, ask your administrator.
notice-seen = I have seen it
done-acknowledged = The notice is put away.
by-you = by you
by-administrator = by an administrator
by-program = by a program of your organization
by-service = by the service itself

steps = Steps
step-authenticator = Authenticator
step-codes = Recovery codes
step-secure-login = Secure login
step-password = First client password
start-authenticator = First: an authenticator
start-authenticator-what = An authenticator is an app on your phone that shows a new code of six digits every half a minute. When you sign in here, you type your password and that code.
start-authenticator-which = If you have none, get one from the store of your phone, such as Aegis, FreeOTP, Google Authenticator or Microsoft Authenticator. Many password managers can do it, too.
start-authenticator-do = I have one: show me the code
start-on = Now turn it on
start-on-means = As soon as secure login is on, your mail clients can no longer sign in with your account password: each needs a client password. You make the first one in the next step, so have your phone or computer at hand.

factor-title = Your authenticator
factor-scan = Scan this code with your authenticator. It is shown this once.
factor-qr = 包含身份验证器密钥的二维码
factor-by-hand = I cannot scan it
factor-by-hand-how = Type or copy this key into your authenticator: time-based, six digits, 30 seconds.
factor-copy-key = Copy the key
factor-again = Your authenticator has the key already. Wait for the next code and type it.
factor-code = The six digits that it shows now
factor-confirm = Confirm
factor-start-over = Start over
factor-pending = not confirmed yet
factor-add = Add an authenticator
factor-remove = Remove
factor-remove-title = Remove “{ $label }”?
factor-remove-what = Its codes work no longer. Your other second factors go on.
factor-remove-last = It is your last second factor, so secure login goes off with it, and your recovery codes are gone.
factor-remove-do = Remove it
factors = Second step
factors-what = With a second authenticator, on a tablet or a computer, you get in when your phone is lost.
done-factor-confirmed = The authenticator is confirmed.
done-factor-removed = The second factor is removed.

codes-title = Recovery codes
codes-what = If your phone is lost, one of these codes lets you in instead of the authenticator, each of them once. Keep them where you find them without your phone: on paper, or in a password manager. They are shown this once.
codes-saved = I have saved them
codes-download = Download
codes-print = Print
codes-file = Recovery codes of { $name } for { $login }. Each works once.
codes-left = { $count ->
    [0] No recovery code is left.
    [one] One recovery code is left.
   *[other] { $count } recovery codes are left.
}
codes-why = One of them lets you in when your authenticator is lost.
codes-few = If they are used up and your phone is lost, only an administrator can let you in again.

account-password-change = Change the account password
account-password-change-what = It is the one with which you sign in here. Your other sessions end when it changes.
account-password-current = Current account password
account-password-new = New account password
account-password-rules = At least 8 characters. A long one of several words is best.
done-account-password-changed = The account password is changed.

sessions = Where you are signed in
sessions-what = End what you do not know, and then change your account password.
sessions-end-others = End all others
session-own = this one
session-unknown = Some program
session-begun = since
session-seen = last seen
session-end = End
done-session-ended = The session is ended.
done-sessions-ended = All other sessions are ended.

activity-lead = What was done to your account, newest first.
action-other = Something else was done

help-title = Why does my mail not work?
help-found = This stands in the way, or may:
help-nothing = From here everything looks right: secure login is on, and your client passwords work.
help-go = Go there
help-always = What to look at in the mail client
help-always-login = User name: your whole mail address,
help-always-password = Password: a client password of this service, not your account password.
help-always-both = Most mail clients keep two passwords, one for reading and one for sending. Change both.
help-always-new = If you do not have the password any more, make a new client password and end the old one. It takes two minutes.

finding-not-active = The account is suspended
finding-not-active-advice = No mail client gets in until an administrator re-activates it.
finding-secure-login-required = Secure login is required, and is off
finding-secure-login-required-advice = Mail is refused until it is on. Turn it on and make a client password for each mail client.
finding-secure-login-off = Secure login is off
finding-secure-login-off-advice = Mail clients sign in with the account password, and a client password does not work. If your clients have client passwords, they were ended when secure login went off.
finding-no-client-password = There is no client password that works
finding-no-client-password-advice = With secure login on, mail clients need one, and the account password is refused. Make one.
finding-stale-use = A client still tries “{ $label }”: { $why }
finding-stale-use-advice = Give that client a new password, or delete the account there.
finding-networks-only = “{ $label }” works from some networks only
finding-networks-only-advice = Elsewhere it is refused. If the client travels, take the networks away.
finding-cannot-read = “{ $label }” may send mail, not read it
finding-cannot-read-advice = That is right for a printer. A mail client needs to read as well: change what it may do.
finding-cannot-send = “{ $label }” may read mail, not send it
finding-cannot-send-advice = If sending fails, change what it may do.
finding-superseded = “{ $label }” is being replaced
finding-superseded-advice = A new password was made for it. Type the new one into the client before the old one ends.
finding-never-used = “{ $label }” was never used
finding-never-used-advice = If the client does not get in, it may still have another password. Compare the user name, and type the password again.
