# The beginning: the page behind the setup link, the keys that it shows, and what comes next.

setup-title = Set this service up
setup-what = Name your organization and its owner: that is you. This is done once.
setup-token = Setup token
setup-token-hint = What stands behind the # of the setup link; the whole link will do as well. It is good for an hour. Whoever runs this service gets another with
setup-organization = Organization
setup-domain = Mail domain
setup-domain-hint = What stands behind the @ in your members’ addresses, such as example.org.
setup-owner = Your mail address
setup-owner-hint = In that domain. You sign in with it.
setup-password = Your account password
setup-do = Set up

setup-done = It is set up
setup-signed-in = You are the owner, and signed in.
setup-sign-in = You are the owner. Sign in with your address and your account password.
setup-once = Two keys for programs. Keep them now: they are shown this once. One that is lost is ended and made anew under Administration.
setup-mail-server = Mail server key
setup-mail-server-what = Your mail server asks with it whether a password is right. It can do nothing else.
setup-mail-server-copy = Copy the mail server key
setup-operator = Operator key
setup-operator-what = For programs that administer this service. It may do nearly everything, so keep it as you keep the password of root.
setup-operator-copy = Copy the operator key

setup-next = What comes next
setup-next-secure = Turn your own secure login on
setup-next-secure-why = It takes three minutes and a phone. After that, you know what you ask of your members.
setup-next-mail-server = Connect your mail server
setup-next-mail-server-how = The README has a configuration to copy for Dovecot, Postfix, Exim, nginx, Cyrus and others, under “Your mail server”. The mail server key goes into it. Then this says what is not right yet:
setup-next-members = Invite your members
setup-next-members-how = Each gets a link, and chooses an account password with it.
setup-next-members-do = Members

setup-already = There is an owner. Sign in, or ask the owner for an invitation.
setup-already-keys = The keys that it began with are shown once only. Whoever runs this service makes new ones:
setup-not-yet = This service is not set up
setup-not-yet-what = Whoever runs it opens the link that it printed when it was started, or gets a new one with this command on the machine where it runs:

fault-token-missing = The token is missing. Open the whole link, with everything behind the #, or type what stands there.
fault-organization-missing = Please type the name of your organization.
fault-organization-too-short = Please type the name of your organization.
fault-organization-too-long = The name may have 128 bytes at most.
fault-domain-malformed = This is no domain. One looks like example.org.
fault-owner-malformed = This is no mail address. One looks like alice@example.org.
