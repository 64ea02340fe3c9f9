# Client passwords: kinds, the list, a new one, one in detail.

list-separator = {", "}
scope-all = everything
protocol-imap = reading mail (IMAP)
protocol-pop3 = fetching mail (POP3)
protocol-smtp = sending mail (SMTP)
protocol-sieve = mail filters (Sieve)
protocol-jmap = reading and sending mail (JMAP)
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
kind-other-hint = You choose what it may be used for
kind-other-label = My mail client

state-active = active
state-superseded = being replaced
state-expired = expired
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
ended-leaked = it was found where others could read it

passwords = Client passwords
passwords-lead = Every mail client, that is every app or program with which you read or send mail, has its own password. If you lose a device, end its password. All others go on working.
passwords-new = New client password
passwords-none = There is none yet. Make one for your first mail client. It takes two minutes.
passwords-none-revoked = None has ended lately.
passwords-none-expired = None has expired lately.
passwords-off = Secure login is off, so client passwords cannot be used. Your mail clients sign in with your account password.
passwords-live = In use
passwords-revoked = Ended
passwords-expired = Expired
passwords-count = { $count ->
    [0] No client password in use
    [one] One client password in use
   *[other] { $count } client passwords in use
}
passwords-end-all = End all
password-used = Last used
password-never-used = not used yet
password-may = May be used for
password-networks = Only from
password-made = Made
password-expires = Ends by itself
password-expires-never = never
password-idle = Ends if nobody uses it
password-overlap = Works until
password-ended = Ended
password-stale = Still tried
password-stale-times = { $count ->
    [one] once
   *[other] { $count } times
}
password-client = Mail client
from = from
tag-soon = ends soon
tag-forgotten = unused for 90 days
tag-stale = still tried

new-for = What is it for?
new-title = New client password
new-name = Name
new-name-hint = Choose one that you will still know in a year.
new-may = What it may be used for
new-may-hint = This fits what you chose. Change it only if you know why.
new-more = What it may be used for, from where, until when
new-networks = Only from these networks
new-networks-hint = One on each line, such as 192.0.2.0/24. If you leave this empty, it works from anywhere.
new-ends = Ends by itself
new-make = Make the password
ends-keep = as it is now
ends-never = never
ends-after = { $days ->
    [one] in a day
   *[other] in { $days } days
}

shown-title = Your new client password
shown-once = It is shown only this once. Type or copy it into your mail client now. Nobody can show it to you again, but you can make a new one at any time.
shown-secret = Password
shown-login = User name
shown-copy-secret = Copy password
shown-copy-login = Copy user name
shown-without-hyphens = When you type it, you may leave out the hyphens, and capital or small letters make no difference.
shown-wait = Waiting for your mail client to sign in …
shown-wait-over = Your mail client has not signed in yet. It may do so later: the list of your client passwords then shows when each was last used.
shown-wait-help = It does not work
shown-done = Done
shown-replaces = The old password ends when your mail client has signed in with the new one, and at the latest when the time that you chose is over.
live-client = your mail client
live-seen = It works: { $client } has just signed in for { $how }.
live-seen-from = It works: { $client } has just signed in for { $how }, from { $ip }.

over-title = This password has been shown already
over-why = For your safety a password is shown only once; a reloaded page shows it for half a minute more. If you do not have it, open it in the list and replace it: you get a new one, and the old one ends.
over-list = To your client passwords

rotate = Replace
rotate-title = A new password for “{ $label }”
rotate-why = You get a new password for the same mail client. The old one goes on working until the mail client has signed in with the new one, so that you miss no mail. Most mail clients keep the password twice, once for reading and once for sending: the old one ends for each when the new one is used there.
rotate-overlap = The old one goes on working for at most
overlap-86400 = one day
overlap-3600 = one hour
overlap-604800 = seven days
overlap-0 = not at all: it ends at once
rotate-make = Make the new password

end = End
end-title = End “{ $label }”?
end-what = The mail client that uses it stops working at once. All others go on. This cannot be undone, but you can make a new client password at any time.
end-last-used = Last used:
end-never-used = It has never been used.
end-do = End it now
end-all-title = End all client passwords?
end-all-what = { $count ->
    [0] No client password is in use.
    [one] This mail client stops working at once:
   *[other] These { $count } mail clients stop working at once:
}
end-all-after = Secure login stays on. This cannot be undone: every mail client will need a new client password.
end-all-do = End all now

detail-change = Name and use
detail-change-hint = To allow it more than before, you may have to sign in once more.
detail-replaced = A newer password takes its place:
detail-see = see details
detail-stale = A mail client still tries this password, although it has ended. Type a new client password into that mail client, or delete the account in it. Until then it does no harm; it only cannot sign in.
done-password-ended = The client password has ended.
done-passwords-ended = All your client passwords have ended.
done-password-changed = Your change is saved.
password-moved = Uses the new one for
moved-none = nothing yet
