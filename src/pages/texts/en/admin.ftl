# Administration: members, many client passwords at once, the audit log, service keys, the organization.

admin-nav = Administration
admin-nav-members = Members
admin-nav-departments = Departments
admin-nav-revocations = End many
admin-nav-audit = Audit log
admin-nav-keys = Service keys
admin-nav-organization = Organization

# What several pages say.
admin-any = Any
admin-filter = Show
admin-filter-none = Show all
admin-next = Older ones
admin-none-here = Nothing so far. Older ones have not been looked through yet.
admin-search-on = Search on from
admin-download = Download all of these
admin-download-csv = CSV for spreadsheets
admin-download-ndjson = NDJSON for programs
admin-ended-by-somebody = ended by somebody
admin-passwords-none-fit = No client password is like that. A name is found only if it is typed whole.

# How many there are, above lists.
admin-totals = How many there are
admin-totals-departments = By department
admin-totals-as-of = Counted
admin-totals-none = They are being counted for the first time. Look again in a minute.
admin-totals-active = { $count } active
admin-totals-suspended = { $count } suspended
admin-totals-left = { $count } have left
admin-totals-on = on for { $count }
admin-totals-off = off for { $count }
admin-totals-live = { $count } live
admin-totals-never-used = { $count } of them never used
admin-totals-ended = { $count } ended
admin-no = no
admin-see = look
admin-by = by
admin-since = since
admin-reason = Reason
admin-label = Name
admin-made = Made
admin-last-used = Last used
admin-opens = Opens
admin-opens-all = everything
admin-expires = ends
admin-state = State
admin-role = Role
admin-member = Member
admin-name = Display name
admin-secure = Secure login
admin-passwords = Client passwords
admin-id = Number
admin-end = End
admin-what-happens = What happens
admin-and-more = and { $count } more
admin-times = { $count ->
    [one] once
   *[other] { $count } times
}

admin-role-member = Member
admin-role-member-means = Sees and changes only what is their own.
admin-role-auditor = Auditor
admin-role-auditor-means = Sees everything of the organization, and changes nothing of others.
admin-role-department-admin = Administrator of departments
admin-role-department-admin-means = Administers the members of certain departments and of those below. You choose the departments with the member.
admin-role-admin = Administrator
admin-role-admin-means = Administers all members below this role, ends client passwords, makes service keys.
admin-role-owner = Owner
admin-state-active = active
admin-state-suspended = suspended
admin-state-left = has left
admin-secure-on = on
admin-secure-off = off
admin-secure-required = off, but required

# Members.
admin-members = Members
admin-members-none = No member is like that. A mail address is found only if it is typed whole.
admin-login-whole = Mail address
admin-warnings = Client passwords that end soon
admin-warnings-see = Which client passwords end soon
admin-warnings-why = Each has been warned of: 14, 3 and 1 days before its date, or 14 days before it ends because nobody uses it. Remind the member: whoever replaces it in time has no outage.
admin-warnings-none = None ends within the next days.
admin-warned-ends = Ends
admin-warned-why = Why
admin-warned-at = Warned
admin-warned-date = its date comes
admin-warned-idle = nobody uses it
admin-new-member = New member
admin-new-member-why = You give no account password here. The member chooses one.
admin-new-member-do = Make the member
admin-login-taken = Another member has this address.
done-member-made = The member is there.

# Departments.
admin-departments = Departments
admin-departments-why = A department holds its own members and those of all departments below it. Follow a name to see them.
admin-departments-some = These are the departments that you administer, with those below. Follow a name to see its members.
admin-departments-none = There is no department yet.
admin-departments-more = There are more departments than fit here: these are the { $count } newest. Programs see all of them over REST.
admin-new-department = New department
admin-new-department-below = New one below it
admin-new-department-do = Make the department
admin-department-name = Name of the department
admin-department-below = Below
admin-department-top = nothing: it is at the top
admin-department-move = What is below it moves with it.
admin-department-change = Change a department
admin-department-members = See its members
admin-department-delete = Delete the department
admin-department-delete-means = It can be deleted once nobody is in it or administers it, and nothing is below it. No member and no client password ends with it.
admin-department = Department
admin-in-departments = In departments
admin-administers = Administers
admin-change-departments = Change the departments
admin-departments-of = Departments of a member
admin-is-in = The member is in
admin-administers-those = The member administers
admin-administers-hint = With all departments below them. It holds at once, in open sessions as well.
admin-departments-others = { $count ->
    [one] one that you do not administer
   *[other] { $count } that you do not administer
}
done-departments-changed = The departments are changed.
done-department-made = The department is made.
done-department-changed = The department is changed.
done-department-deleted = The department is deleted.

# One member.
admin-own = This is you. What is yours you change on your own pages:
admin-blocked = Too many wrong codes
admin-blocked-why = From a place that is not known, codes of this member are no longer accepted: 50 in a row were wrong. A sign-in from a known place, or with a recovery code, lifts it as well.
admin-facts = Account
admin-rename = Change the name
admin-change-role = Change the role
admin-signs-in = Signs in
admin-signs-in-here = here, with an account password
admin-signs-in-elsewhere = not here: no account password has been chosen here
admin-invite = Invite
admin-passwords-none = No client password opens this member’s mail.
admin-passwords-ended = Ended lately
admin-ended-when = Ended
admin-ended-why = Why
admin-still-tried = Still tried
admin-live = live
admin-superseded = being replaced
admin-ended-revoked-by-member = ended by the member
admin-ended-revoked-by-admin = ended by an administrator
admin-ended-bulk-revocation = ended with many others
admin-ended-secure-login-off = secure login went off
admin-ended-account-password-changed = account password changed
admin-ended-member-suspended = member suspended
admin-ended-member-left = member left
admin-ended-organization-dissolved = organization dissolved
admin-ended-rotated = replaced by a new one
admin-ended-expired = its time was over
admin-ended-idle = not used for too long
admin-ended-leaked = found in the wild
admin-factors = Second step
admin-factors-none = None is set up.
admin-factor-confirmed = in use
admin-factor-pending = not confirmed
admin-codes-left = { $count ->
    [0] No recovery code is left.
    [one] One recovery code is left.
   *[other] { $count } recovery codes are left.
}
admin-actions = What you can do
admin-actions-hint = Each says first what it ends.
admin-changes = What was done
admin-changes-all = All in the audit log
admin-changes-none = Nothing has been recorded.

# What is done to a member, and what it ends.
admin-end-all = End all client passwords
admin-suspend = Suspend the member
admin-reactivate = Re-activate the member
admin-remove-factors = Remove the second step
admin-secure-login-off = Turn secure login off
admin-lift-block = Accept codes again
admin-leave = Remove the member from the organization
admin-ends-passwords = { $count ->
    [0] No client password is live, so none ends.
    [one] One client password stops working, at once and permanently:
   *[other] { $count } client passwords stop working, at once and permanently:
}
admin-ends-factors = { $count ->
    [0] No second step is set up.
    [one] One authenticator is removed, with all recovery codes.
   *[other] { $count } authenticators are removed, with all recovery codes.
}
admin-ends-sessions = The member is signed out everywhere.
admin-end-all-goes-on = Secure login stays on, and sign-in goes on as before. The member can make new client passwords.
admin-suspend-mail = Neither mail nor sign-in works until you re-activate the member.
admin-suspend-back = Re-activating brings no client password back: the member makes new ones.
admin-reactivate-ends = Nothing ends. The member can sign in and use mail again.
admin-reactivate-new = Client passwords from before stay ended. If secure login is on, the member makes new ones for mail.
admin-remove-factors-mail = Secure login goes off, but mail stays shut until the member has signed in, set up a new second step and turned secure login on.
admin-secure-login-off-mail = From then on mail clients get in with the account password alone.
admin-secure-login-off-waives = Secure login is off already. It is no longer required of the member; nothing ends.
admin-told = The member is told at the next sign-in.
admin-lift-block-ends = Nothing ends. Codes are accepted from everywhere again.
admin-lift-block-care = Somebody may be guessing, and knows the account password. Do it only if the member asked you; otherwise the account password has to change.
admin-leave-factors = Authenticators and recovery codes are removed.
admin-leave-address = The mail address is free for somebody else.
admin-leave-ever = This cannot be undone. If it is only for a while, suspend the member instead.
admin-end-one = End this client password
admin-end-one-means = The mail client that uses it stops working, at once and permanently. All others go on.
admin-end-one-over = It has ended already.
admin-role-at-once = It holds at once, in open sessions as well.
done-member-end-all = All client passwords have ended.
done-ended-one = The client password has ended.
done-member-suspend = The member is suspended.
done-member-reactivate = The member is active again.
done-member-remove-factors = The second step is removed.
done-member-secure-login-off = Secure login is off.
done-member-lift-block = Codes are accepted again.
done-member-leave = The member is removed from the organization.
done-renamed = The name is changed.
done-role-changed = The role is changed.

# Many client passwords at once.
admin-revocations = End many client passwords
admin-which = Which ones
admin-which-hint = What you fill in narrows it down: only those end that all of it holds for.
admin-which-some = Only those that fit what is filled in below
admin-which-all = All of the organization
admin-label-exact = Name, exactly as the member wrote it
admin-of-members = Of these members
admin-of-members-lines = Of these members only (mail addresses, one a line)
admin-no-such-member = No member has the address { $login }.
admin-no-such-members = { $count ->
    [one] No member has the address { $logins }.
   *[other] No member has these addresses: { $logins }.
}
admin-opens-any = Opens any of
admin-created-before = Made before
admin-last-used-before = Used, but not since
admin-uses = Use
admin-never-used = never used
admin-once-used = used at least once
admin-dates-utc = Days begin at midnight UTC.
admin-preview = Preview
admin-preview-do = Show what would end
admin-preview-ends-nothing = This ends nothing yet.
admin-earlier = Earlier ones
admin-earlier-none = There has been none.
admin-would-end = { $count ->
    [one] one would end
   *[other] { $count } would end
}
admin-preview-finds = { $count ->
    [0] No client password would end
    [one] One client password would end
   *[other] { $count } client passwords would end
}
admin-preview-members = { $count ->
    [0] Of no member.
    [one] Of one member.
   *[other] Of { $count } members.
}
admin-preview-nothing-yet = Nothing has ended yet.
admin-sample = Some of them
admin-left = What stays
admin-left-count = { $count ->
    [0] No other client password of the organization is live: nobody’s mail client gets in with one afterwards.
    [one] One other client password of the organization stays live.
   *[other] { $count } other client passwords of the organization stay live.
}
admin-left-many = The organization has too many live client passwords to count the others here.
admin-kept = These fit as well but stay, because the member’s role is as high as yours or higher:
admin-left-later = What is made after this preview stays as well. Members can make new client passwords at any time.
admin-end-them = End them
admin-end-them-means = The mail clients stop at once, and nothing brings these client passwords back.
admin-reason-why = Why (kept in the audit log)
admin-count = To be sure, type the number of client passwords that end: { $count }
admin-count-wrong = This is not the number of the preview. Nothing was ended.
admin-end-them-do = { $count ->
    [one] End one client password
   *[other] End { $count } client passwords
}
admin-of-departments = In any of these departments, or below
admin-secure-login-of = Secure login of the member
admin-tied-to = Only for networks in
admin-tied-to-such = Only for networks in (such as 192.0.2.0/24)
admin-running = running
admin-stopped = stopped
admin-failed = not finished
admin-revocation-running = Client passwords are being ended
admin-revocation-stopped-means = It was stopped. What had ended before stays ended.
admin-revocation-failed-means = It could not go on, because the organization was dissolved. That ended whatever was left.
admin-progress = Progress
admin-progress-members = { $passed } of { $all } members passed.
admin-running-goes-on = It goes on when this page is closed, and after a restart.
admin-look-again = Look again
admin-stop = Stop
admin-stop-means = Nothing more ends. What has ended stays ended.
done-stopped = Stopped. What has ended stays ended.
done-ending-many = It has begun.
admin-revocation = What was ended
admin-revocation-differs = { $count ->
    [one] The filter found one. It had ended meanwhile, or its member’s role is too high by now; or a replacement of it ended as well.
   *[other] The filter found { $count }. Some had ended meanwhile, or their member’s role is too high by now; or replacements of them ended as well.
}
done-ended-many = Done. They have ended.

# The audit log.
admin-audit = Audit log
admin-audit-none = Nothing was recorded that fits.
admin-audit-member = Done to (address)
admin-audit-actor = Done by (address)
admin-audit-action = What
admin-audit-since = From (UTC)
admin-audit-until = To (UTC)
admin-audit-when = When
admin-audit-what = What
admin-audit-who = Who
admin-own-account = own account
admin-audit-whom = Of whom
admin-actor-key = Service key { $label }
admin-actor-system = The service itself
admin-actor-setup = The set-up
admin-actor-terminal = An operator, at the command line
admin-event-ended = { $count ->
    [0] No client password ended.
    [one] One client password ended.
   *[other] { $count } client passwords ended.
}
admin-event-role = Role: { $before }, now { $after }
admin-event-ip = From { $ip }
action-organization-created = Organization made
action-organization-updated = Organization renamed
action-organization-dissolved = Organization dissolved
action-ownership-offered = Ownership offered
action-ownership-offer-ended = Offer of ownership ended
action-ownership-handed-over = Ownership handed over
action-policy-put = Policy changed
action-client-password-idle = Unused client password ended
action-domain-added = Domain added
action-domain-removed = Domain removed
action-department-created = Department created
action-department-updated = Department changed
action-department-deleted = Department deleted
action-department-members-changed = Members of a department changed
action-member-created = Member made
action-member-updated = Name, role or departments changed
action-member-suspended = Member suspended
action-member-reactivated = Member re-activated
action-member-left = Member left
action-account-password-changed = Account password set
action-second-factor-added = Authenticator begun
action-second-factor-confirmed = Authenticator set up
action-second-factor-removed = Authenticator removed
action-second-factors-removed = Second step removed
action-code-block-lifted = Codes accepted again
action-secure-login-on = Secure login turned on
action-secure-login-off = Secure login turned off
action-secure-login-waived = Secure login no longer required
action-invitation-created = Link made to choose the account password
action-invitation-redeemed = Account password chosen by a link
action-invitation-ended = Link to choose the account password ended
action-recovery-codes-renewed = New recovery codes made
action-setup-link-created = Set-up link made for a client
action-setup-link-fetched = Client set up by a link
action-session-created = Signed in
action-session-reauthenticated = Signed in once more
action-session-ended = Signed out
action-sessions-ended = Other sessions ended
action-client-password-issued = Client password made
action-client-password-updated = Client password changed
action-client-password-rotated = Client password replaced
action-client-password-moved = Old client password ended, the new one is in use
action-client-password-revoked = Client password ended
action-client-passwords-revoked = All client passwords ended
action-revocation-started = Ending many client passwords began
action-revocation-stopped = Ending many client passwords was stopped
action-revocation-failed = Ending many client passwords could not go on
action-revocation-done = Many client passwords ended
action-service-key-created = Service key made
action-service-key-revoked = Service key ended
action-leaks-reported = Strings reported that were found somewhere
action-client-password-leaked = Client password found somewhere, and ended
action-setup-link-leaked = Set-up link found somewhere, and ended
action-session-leaked = Sign-in found somewhere, and ended
action-invitation-leaked = Link to choose the account password found somewhere, and ended
action-service-key-leaked = Service key found somewhere, and ended
action-service-key-leak-reported = Key of a mail server found somewhere: to be replaced
action-setup-token-leaked = Link to set up the service found somewhere, and ended
action-pepper-added = Key of the keyring added
action-pepper-retired = Key of the keyring retired
action-data-restored = Backup put back
action-notice-acknowledged = Notice seen

# Service keys.
admin-keys = Service keys
admin-keys-why = Programs show a service key where people sign in. Mail servers check client passwords with one.
admin-keys-none = No key is bound to this organization.
admin-key-leaked = found somewhere: replace it
admin-leaks-after = The audit log says what of this organization has ended. The key of a mail server does not end, because mail would stand still: the list of service keys marks it, so that you replace it.
admin-leaks-scan = This command looks through files, archives and whole repositories:
admin-keys-others = Keys for all organizations are not listed here. Whoever runs the service sees them with: clientpass service-keys list
admin-key-for = For
admin-key-operator = Operator
admin-key-operator-end = The programs that use it stop at once.
admin-key-mail-server = Mail server
admin-key-mail-server-means = Asks whether a password opens mail, and may do nothing else.
admin-key-mail-server-end = The mail server that uses it cannot check passwords any more: mail clients get a temporary error until it has another key. Give it a new one first.
admin-key-directory = Directory
admin-key-directory-means = Makes, changes and suspends members below administrators.
admin-key-directory-end = The program that makes and changes members with it stops at once.
admin-key-auditor = Auditor
admin-key-auditor-means = Reads everything of this organization but secrets.
admin-key-auditor-end = The program that reads with it stops at once.
admin-new-key = New key
admin-new-key-why = The key is for this organization only, and is shown once.
admin-new-key-label = Such as the name of the machine that will use it.
admin-new-key-do = Make the key
admin-key-made = The key is made
admin-key-once = Copy it now to where it is used. It is shown this once, and nobody can look it up afterwards.
admin-key-stored = I have it
admin-end-key = End this key
done-key-ended = The key has ended.

# The organization.
admin-organization = Organization
admin-organization-name = Name of the organization
admin-organization-rename = Change the name
done-organization-renamed = The organization is renamed.
admin-domains = Domains
admin-domain = Domain
admin-domain-since = Since
admin-domains-more = There are more than are shown here.
admin-domains-hint = Members have addresses in these. Whoever runs the service adds and removes domains.
admin-managers = Who sees or does more than a member
admin-at-least = at least { $count }
admin-managers-hint = Nobody changes somebody of the same role or a higher one, except the owner.
admin-ownership = Ownership
admin-offered-to = Offered to
admin-offered-until = can be accepted until
admin-offer-means = You can offer the organization to another member. Nothing changes until that member accepts, within seven days. Then the member is the owner, and you are an administrator: you can no longer make or change administrators, and only the new owner can give the organization back.
admin-offer-to = Mail address of the member
admin-offer-do = Offer ownership
admin-offer-withdraw = Withdraw the offer
done-offer-made = The offer is made. The member sees it after signing in.
done-offer-withdrawn = The offer is withdrawn.

# Faults of these forms.
fault-display-name-too-short = Please type a name.
fault-name-too-short = Please type a name.
fault-reason-too-short = Please say why. It is kept in the audit log.
fault-label-not-found = No client password here ever had this name. Look at how the member wrote it.
fault-filter-too-short = Nothing is filled in. Narrow it down, or choose all of the organization.
fault-department-ids-missing = Choose at least one department.
fault-department-ids-too-long = At most 100 departments.
fault-admin-department-ids-too-long = At most 100 departments.
fault-member-id-not-found = No member has this address.
fault-member-id-not-allowed = This must be an active member, and not the owner.
fault-member-ids-out-of-range = At most 500 members at once.
fault-member-not-found = No member has this address.
fault-actor-not-found = No member has this address.

admin-reset = Reset the account password
admin-invite-what = You get a link that works once, for seven days. Give it to the member in a way that only the member reads: whoever opens it chooses the account password.
admin-invite-again = The member has an account password already. When the link is used, the old one ends, with all sessions and client passwords; the member is told that you made it.
admin-invite-do = Make the link
admin-invited = The link is made
admin-invited-once = It is shown this once. If it gets lost, make another: that ends this one.
admin-invited-until = It works until
admin-invited-copy = Copy the link
admin-invited-done = I have passed it on
admin-invitation-open = A link to choose the account password is open until
admin-invitation-end = Revoke the link
done-invitation-ended = The link no longer works.
admin-export = Download what ended (CSV)

admin-many-members = Add or remove many members
admin-many-members-what = Write the mail addresses of members of your organization, one a line, up to 10,000. If one is wrong, nothing is changed.
admin-many-members-lines = Members (mail addresses, one a line)
admin-many-members-none = Write at least one mail address.
admin-many-members-too-many = These are more than 10,000. Do it in parts.
admin-many-members-add = Add them
admin-many-members-remove = Remove them
done-department-members-changed = The members of the department are changed.
admin-event-departments = Departments: { $names }
admin-event-administers = Administers: { $names }
admin-event-added = { $count ->
    [one] One member added
   *[other] { $count } members added
}
admin-event-removed = { $count ->
    [one] One member removed
   *[other] { $count } members removed
}
