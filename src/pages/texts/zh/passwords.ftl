# Client passwords: kinds, the list, a new one, one in detail.

list-separator = {", "}
scope-all = everything
protocol-imap = read mail (IMAP)
protocol-pop3 = fetch mail (POP3)
protocol-smtp = send mail (SMTP)
protocol-sieve = mail filters (Sieve)
protocol-jmap = read and send mail (JMAP)
protocol-caldav = calendar (CalDAV)
protocol-carddav = contacts (CardDAV)
protocol-webdav = files (WebDAV)
protocol-xmpp = chat (XMPP)

kind-phone = Phone or tablet
kind-phone-hint = Mail, calendar and contacts on the go
kind-phone-label = My phone
kind-computer = Computer
kind-computer-hint = Thunderbird, Outlook, Apple Mail and others
kind-computer-label = My computer
kind-printer = Printer or scanner
kind-printer-hint = Something that only sends mail
kind-printer-label = The printer
kind-calendar = Calendar and contacts
kind-calendar-hint = Without mail
kind-calendar-label = My calendar
kind-other = Something else
kind-other-hint = You say what it may do
kind-other-label = My mail client

state-active = active
state-superseded = being replaced
state-expired = run out
state-revoked = ended

ended-revoked-by-member = you ended it
ended-revoked-by-admin = an administrator ended it
ended-bulk-revocation = an administrator ended many at once
ended-secure-login-off = secure login was turned off
ended-account-password-changed = the account password was changed
ended-member-suspended = the account was suspended
ended-member-left = the member has left
ended-organization-dissolved = the organization was dissolved
ended-rotated = a new password has taken its place
ended-expired = its time was over
ended-idle = it was not used for too long
ended-leaked = it was found where it should not be

passwords = Client passwords
passwords-lead = Every mail client has a password of its own. If a device is lost, end its password; all others go on.
passwords-new = New client password
passwords-none = There is none yet. Make one for your first mail client; it takes two minutes.
passwords-none-revoked = None was ended in the last time.
passwords-none-expired = None has run out in the last time.
passwords-off = Secure login is off, so client passwords cannot be used. Your mail clients sign in with the account password.
passwords-live = In use
passwords-revoked = Ended
passwords-expired = Run out
passwords-count = { $count ->
    [0] none in use
    [one] one in use
   *[other] { $count } in use
}
passwords-end-all = End all
password-used = Last used
password-never-used = not used yet
password-may = May
password-networks = Only from
password-made = Made
password-expires = Ends by itself
password-expires-never = never
password-overlap = Works until
password-ended = Ended
password-stale = Still tried
password-stale-times = { $count ->
    [one] once
   *[other] { $count } times
}
password-client = Client
from = from
by = over
tag-soon = ends soon
tag-forgotten = unused for 90 days
tag-stale = still tried

new-for = What is it for?
new-title = New client password
new-name = Name
new-name-hint = So that you know it again in a year.
new-may = What it may do
new-may-hint = This fits what you chose. Change it only if you know why.
new-more = What it may do, from where, until when
new-networks = Only from these networks
new-networks-hint = One a line, such as 192.0.2.0/24. Empty means from anywhere.
new-ends = Ends by itself
new-make = Make the password
ends-keep = as it is
ends-never = never
ends-after = { $days ->
    [one] in a day
   *[other] in { $days } days
}

shown-title = Your new client password
shown-once = It is shown this once. Type or copy it into your mail client now; nobody can show it to you again, but you can make a new one at any time.
shown-secret = Password
shown-login = User name
shown-copy-secret = Copy password
shown-copy-login = Copy user name
shown-without-hyphens = Hyphens and capital letters do not matter when you type it.
shown-wait = Waiting for your mail client to sign in …
shown-wait-over = Nothing has come yet. That need not be wrong: the list shows the last use when it does.
shown-wait-help = Does it not work?
shown-done = Done
shown-replaces = The old password works on until your client has come with the new one.
live-client = your mail client
live-seen = It works: { $client } has just signed in to { $how }.
live-seen-from = It works: { $client } has just signed in to { $how }, from { $ip }.

over-title = This password was shown
over-why = For your safety it is shown once only, and for half a minute again if a page is reloaded. If you do not have it, rotate it: you get a new one, and the old one ends.
over-list = To your client passwords

rotate = Rotate
rotate-title = A new password for “{ $label }”
rotate-why = You get a new password for the same client. The old one works on until the client comes with the new one, so that no mail is missed. A mail client keeps the passwords for reading and for sending apart: each is ended by itself when its new one is used.
rotate-overlap = The old one works on for at most
overlap-86400 = one day
overlap-3600 = one hour
overlap-604800 = seven days
overlap-0 = not at all: it ends at once
rotate-make = Make the new password

end = End
end-title = End “{ $label }”?
end-what = This client stops at once: it can no longer read or send mail with this password. All others go on. It cannot be taken back, but you can make a new password at any time.
end-last-used = It was last used
end-never-used = It was never used.
end-do = End it now
end-all-title = End all client passwords?
end-all-what = { $count ->
    [0] There is none in use.
    [one] This client stops at once:
   *[other] These { $count } clients stop at once:
}
end-all-after = Secure login stays on. It cannot be taken back; every client needs a new password.
end-all-do = End all now

detail-change = Name and scope
detail-change-hint = To give it more rights you may have to sign in once more.
detail-replaced = A newer password takes its place:
detail-see = see it
detail-stale = A client still tries this dead password. Delete the account there or give it a new password; until then it cannot do harm, it only cannot sign in.
done-password-ended = The client password is ended.
done-passwords-ended = All your client passwords are ended.
done-password-changed = It is changed.
