# The policy: what members may.

admin-nav-policy = Policy
admin-policy = Policy
policy-why = What members of the organization may do with client passwords, and what they must. It holds at once, for the next time somebody fetches or sends mail.
policy-from-default = the default
policy-from-organization = set by your organization
policy-nothing-said = nothing special
policy-everyone = everyone
policy-nobody = nobody
policy-only-these = only these
policy-only-listed = only those below
policy-names-gone = no longer: { $names }
policy-names-new = new: { $names }
policy-no-limit = no limit
policy-any-network = from anywhere
policy-days = { $count ->
    [one] one day
   *[other] { $count } days
}
policy-hours = { $count ->
    [one] one hour
   *[other] { $count } hours
}
policy-minutes = { $count ->
    [one] one minute
   *[other] { $count } minutes
}
policy-seconds = { $count ->
    [one] one second
   *[other] { $count } seconds
}
policy-unit-86400 = days
policy-unit-3600 = hours
policy-unit-60 = minutes
policy-unit-1 = seconds
policy-unit = Unit

policy-availability = Who may use client passwords
policy-available-to = Client passwords are for
policy-available-departments = Of these departments, and of those below
policy-available-members = These members
policy-available-except = Not these members
policy-these-departments = Members of these departments, and of those below
policy-these-members = These members (mail addresses, one a line)
policy-not-these-members = Not these members, whatever else is said (mail addresses, one a line)

policy-protocols = What mail clients may use
policy-protocols-of-some = What mail clients of some may use
policy-protocols-hint = A protocol that is off is refused: for client passwords, and for account passwords where these still open mail. What is said for a member counts more than what is said for a department; a department deeper in the tree counts more than one above it.
policy-on-for-everyone = On for all members
policy-protocol-for-everyone = { $protocol } for all members
policy-protocols-of-department = Mail clients in { $name } and below
policy-another-department = One more department
policy-choose-department = Choose a department
policy-protocols-of-members = Certain members
policy-protocols-of-member = Mail clients of { $name }
policy-members = Members (mail addresses, one a line)
policy-name-members = Name at least one member.
policy-member-twice = A member is named here who is named above as well.
policy-says-nothing = as usual
policy-switched-on = { $protocols } on
policy-switched-off = { $protocols } off
policy-add-department = Say something else for a department
policy-add-members = Say something else for certain members

policy-secure-login = Secure login
policy-secure-login-is = Secure login is
policy-secure-login-optional = optional
policy-secure-login-optional-means = Each member decides.
policy-secure-login-required = required
policy-secure-login-required-means = From the date below on, whoever has not turned it on gets no mail. They can still sign in and turn it on.
policy-secure-login-from = required from { $at } on
policy-secure-login-of = It is required of
policy-secured-departments = Required in these departments, and in those below
policy-secured-members = Required of these members
policy-secured-except = Not required of these members
policy-see-off = See whose secure login is off
policy-required-from = From this day on
policy-required-from-time = At (UTC)
policy-required-from-hint = Left empty, it is required at once. Choose a day some weeks ahead: until then nothing changes, and members are told.

policy-lives = How long client passwords last
policy-lives-hint = In days; empty means no limit. What has ended this way stays ended, also if you allow more afterwards.
policy-max-lifetime = Longest life
policy-default-lifetime = Life of one made without a date
policy-idle = Ends if unused for
policy-limits = Limits
policy-max-active = Client passwords a member may have at a time
policy-max-overlap = Longest time for which a replaced one works on
policy-networks = From where mail may be used
policy-allowed-networks = Networks
policy-networks-lines = Networks (one a line)
policy-networks-hint = Empty means from anywhere. Such as 192.0.2.0/24 or 2001:db8::/48.
policy-account-password = After a new account password
policy-end-on-password = Client passwords of the member
policy-password-ends = all end
policy-password-ends-nothing = stay as they are
policy-password-ends-tick = When a member gets a new account password, all client passwords of that member end
policy-tombstone = How long an ended client password is recognised
policy-tombstone-days = How many days an ended client password is recognised
policy-tombstone-hint = Until then a mail program that still tries it is told to its member. Longer ago it counts as a wrong password.
policy-history = How long log-ins are kept
policy-history-days = How many days log-ins are kept
policy-history-hint = From where, with what and by which mail client mail was opened. Members see their own, administrators those of their members. 0 keeps none.
policy-counts = A second step elsewhere counts

policy-look = Show what would change
policy-look-changes-nothing = This changes nothing yet.
policy-wrong = Something below cannot be used. Nothing was changed, and what you typed is still there.
policy-in-both = Somebody here is in the list above as well.
policy-nobody-listed = Choose a department or name a member.
policy-would-change = What would change
policy-not-yet = Nothing is changed yet.
policy-changes-nothing = Nothing would change.
policy-not-counted = The organization is too large to count within half a minute whom this would cut off. You can save it all the same.
policy-cut-off = Who would be cut off
policy-cut-off-members = { $count ->
    [0] Nobody would lose anything.
    [one] One member would lose something.
   *[other] { $count } members would lose something.
}
policy-cut-off-passwords = { $count ->
    [one] One client password would open less, or nothing.
   *[other] { $count } client passwords would open less, or nothing.
}
policy-cut-off-means = If secure login is required from a later day on, whoever has not turned it on by then is counted as well.
policy-cut-off-not-networks = From which networks members come is not known beforehand, so these are not counted.
what-if = What it would have refused
what-if-refused = { $count ->
    [0] No log-in would be refused.
   *[other] Log-ins that would be refused: { $count }, of members: { $members }.
}
what-if-judged = All { $count } log-ins of the last { $days } days were judged, as if the same mail clients came again.
what-if-maybe = { $count ->
    [one] One more may be refused: it is kept by network only.
   *[other] { $count } more may be refused: they are kept by network only.
}
what-if-unknown = { $count ->
    [one] One would not be passed on to the next source any more. Whether it got in is not known.
   *[other] { $count } would not be passed on to the next source any more. Whether they got in is not known.
}
what-if-no-longer = { $count ->
    [one] One log-in is left out, because it is refused already.
   *[other] { $count } log-ins are left out, because they are refused already.
}
what-if-means = Mail clients that did not come in this time are not in it.
what-if-not-judged = There are too many log-ins to judge within half a minute which of them this would refuse. You can save it all the same.
what-if-clients = By mail client
what-if-log-ins = Log-ins
what-if-count-refused = { $count } refused
what-if-count-maybe = { $count } maybe
what-if-count-unknown = { $count } not known
what-if-expired = The client password is too old, or was not used for too long
what-if-protocol-not-allowed = The protocol is off
what-if-network-not-allowed = The network is not allowed
what-if-not-available-to-member = The member may not use client passwords
what-if-secure-login-required = Secure login is required and off
policy-of-members = { $count ->
    [one] one member
   *[other] { $count } members
}
policy-of-passwords = { $count ->
    [one] one client password
   *[other] { $count } client passwords
}
policy-by = Because of
policy-setting = Setting
policy-now = Now
policy-then = Then
policy-typed = As you typed it
policy-go-on-editing = Go on editing
policy-changed-meanwhile = The policy was changed meanwhile
policy-changed-meanwhile-advice = Nothing was done, and what you typed is still there. See what holds now, change what you typed if need be, and send it again.
done-policy-saved = The policy is saved and holds.

fault-max-active-per-member-out-of-range = From 1 to 1000.
fault-max-lifetime-days-out-of-range = From 1 to 3650 days.
fault-default-lifetime-days-out-of-range = From 1 to 3650 days.
fault-idle-days-out-of-range = From 1 to 3650 days.
fault-tombstone-days-out-of-range = From 1 to 3650 days.
fault-history-days-out-of-range = From 0 to 3650 days.
fault-max-overlap-seconds-out-of-range = At most 90 days.
fault-allowed-networks-malformed = Write networks such as 192.0.2.0/24 or 2001:db8::/48, one on each line.
fault-allowed-networks-too-long = At most 64 networks.
fault-required-from-malformed = Give a day, and a time if you like.

# What holds for one member, and why.
holds = What holds for you, and why
holds-link = What holds for you, and why
holds-why = These are the rules of your organization for your account. If something should be different, ask an administrator.
admin-rules-of = What holds for this member, and why
holds-client-passwords = Client passwords
holds-may = may be used
holds-may-not = may not be used
holds-protocol = Mail clients: { $protocol }
holds-by-default = That is the default: nothing else is said.
holds-by-organization = The organization says so for all members.
holds-by-department = The organization says so for the department { $name }.
holds-by-department-above = The organization says so for { $name }, to which { $below } belongs.
holds-by-member = The organization says so for this account.
holds-by-exception = The organization makes an exception for this account.
holds-other = Does not count: “{ $value }”. { $source } { $why }
holds-not-exception = But an exception counts before all else.
holds-not-member = But what is said for one account counts before that.
holds-not-department = But what is said for a department counts before that.
holds-not-nearer = But a department nearer to the account says something.
holds-not-deeper = But a department deeper in the tree says something.
holds-not-equally-deep = But another department, as deep in the tree, turns it off.
holds-not-same = It is the same, and one is enough.
secure-login-announced = Your organization will require secure login from
secure-login-announced-means = Until then nothing changes. From then on, your mail does not work until you have turned it on. It takes about five minutes, so it is best done now.
secure-login-announced-on = From then on it cannot be turned off.
secure-login-stays-on = Your organization requires secure login, so it cannot be turned off. If you need an exception, ask an administrator.
