# What stands around every page, and what asks for a proof.

skip = Skip to the content
nav = Pages
nav-overview = Overview
nav-passwords = Client passwords
nav-security = Security
nav-activity = Activity
nav-help = Help
nav-admin = Administration
sign-out = Sign out
go-on = Continue
go-home = To the start page
go-back = Back
cancel = Cancel
save = Save
show = Show
hide = Hide
copy = Copy
copied = Copied
copy-failed = Please select it and copy it yourself.
request-id = If you ask for help, give this number:
never = never
none = none

# What stands between texts and values of a page.
comma = {", "}
semicolon = {"; "}
colon = {": "}
full-stop = {". "}
dash = {" – "}

sign-in = Sign in
sign-in-button = Sign in
sign-in-hint = Type your account password here, not a client password. Client passwords are for mail clients only.
sign-in-again = You were signed out in the meantime. What you typed is kept: sign in, and it goes on from there.
sign-in-other = Sign in with another address
login = Mail address
account-password = Account password
code = Your code
code-why = Your password is right. Now comes the second step: type your code within five minutes.
code-label = Code from your authenticator
code-hint = Type the six digits that your authenticator shows now. If you do not have it at hand, type one of your recovery codes instead.
step-up = Is it still you?
step-up-why = For your safety, this needs a sign-in within the last five minutes. Type your account password once more, and a code if one is asked for. Then what you were doing goes on.
no-cookie = Your browser did not keep the sign-in
no-cookie-why = Your sign-in was right, but your browser did not keep the cookie, the small note by which we know that you are signed in. Allow cookies for this site, or open it in another browser, and sign in again. A private window works as well.
done-signed-out = You are signed out.

other-member = This form belongs to somebody else
other-member-advice = It was opened while another member was signed in here, so nothing was done. Open the page again.
foreign = This did not come from one of our pages
foreign-advice = Nothing was done. Open the page on this site and try again from there. If that is what you did, your browser, or a program between it and this site, hides where the form came from: try another browser.
pages-off = The pages are not switched on
pages-off-advice = Whoever runs this service must set the address by which browsers reach it: server.public_url in the configuration.

# A problem by its code: what happened, and what to do.
problem-other = That did not work
problem-other-advice = Nothing was changed. Go back and try again. If it happens again, ask whoever runs this service.
problem-invalid-request = Something you typed cannot be used
problem-invalid-request-advice = Nothing was changed. Go back, check what you typed, and send it again.
problem-unauthenticated = You are not signed in
problem-unauthenticated-advice = Sign in and try again.
problem-step-up-required = Sign in once more
problem-step-up-required-advice = For your safety, this needs a sign-in within the last five minutes. Sign in again and repeat it.
problem-invalid-credentials = The address or the password is wrong
problem-invalid-credentials-advice = Check the address, and type your account password again, not a client password. Look at capital letters and at the language of the keyboard. If you have forgotten the password, ask an administrator for a link to choose a new one.
problem-second-factor-required = A code is needed
problem-second-factor-required-advice = Type the code that your authenticator shows, or a recovery code.
problem-invalid-code = That code is not right
problem-invalid-code-advice = It may be too old, or you may have used it already. Wait until your authenticator shows the next one, and type that. If it is refused as well, check that the clock of your phone is right. A recovery code works only once.
problem-invalid-current-password = The current password is wrong
problem-invalid-current-password-advice = Nothing was changed. Type the password that you sign in with now.
problem-invalid-setup-token = This setup link no longer works
problem-invalid-setup-token-advice = It has been used, is not complete, or is older than an hour. Whoever runs this service gets a new one with: clientpass setup-link
problem-invalid-invitation = This link no longer works
problem-invalid-invitation-advice = It has been used, has been replaced by a newer one, or is older than seven days. Ask an administrator for a new one.
problem-forbidden = You may not do this
problem-forbidden-advice = Ask somebody who may, such as an administrator of your organization.
problem-older-factor-required = Sign in with an older authenticator or recovery code
problem-older-factor-required-advice = Only somebody who signed in with an authenticator or a recovery code from before it happened can put this notice away, so that nobody can hide from you what they did. Sign out, and sign in again with such a code. Otherwise the notice goes away by itself after 30 days.
problem-not-available-to-member = Client passwords are not available to you
problem-not-available-to-member-advice = Your organization has not switched them on for you. Ask an administrator.
problem-not-found = There is nothing here
problem-not-found-advice = There is no page at this address, or you may not see it. Go to the start page and look from there.
problem-method-not-allowed = That cannot be done here
problem-method-not-allowed-advice = Open the page again and use its buttons.
problem-version-mismatch = It has changed in the meantime
problem-version-mismatch-advice = It was changed elsewhere after you opened the page, so nothing was done. Open the page again and repeat your change.
problem-version-required = It has changed in the meantime
problem-version-required-advice = Nothing was done. Open the page again and repeat your change.
problem-idempotency-key-reused = This form was sent before
problem-idempotency-key-reused-advice = It was sent with something else in it, so nothing more was done. See what is there, then open the form again.
problem-idempotency-in-progress = It is still being done
problem-idempotency-in-progress-advice = The first try has not finished. Wait a moment, then see whether it is done.
problem-idempotency-answer-gone = This was shown before
problem-idempotency-answer-gone-advice = For your safety it is shown only once. See what is there, and make a new one if you need it.
problem-unsupported-media-type = The form could not be read
problem-unsupported-media-type-advice = Open the page again and send it from there.
problem-body-too-large = That is too much text
problem-body-too-large-advice = Shorten what you typed, and send it again.
problem-headers-too-large = Your browser sent too much
problem-headers-too-large-advice = Delete the cookies of this site in the settings of your browser, and open the page again.
problem-request-timeout = That took too long
problem-request-timeout-advice = Your connection may be slow. Try again.
problem-too-many-attempts = Too many tries
problem-too-many-attempts-advice = { $minutes ->
    [one] Wait a minute, then try again. On a device with which you have signed in before, you may not have to wait. If it was the code that was wrong, a recovery code works at once. If waiting does not help, ask an administrator.
   *[other] Wait { $minutes } minutes, then try again. On a device with which you have signed in before, you may not have to wait. If it was the code that was wrong, a recovery code works at once. If waiting does not help, ask an administrator.
}
problem-too-many-changes = Too many changes at once
problem-too-many-changes-advice = { $minutes ->
    [one] Wait a minute before the next change. To end something you never have to wait.
   *[other] Wait { $minutes } minutes before the next change. To end something you never have to wait.
}
problem-secure-login-off = Secure login is off
problem-secure-login-off-advice = Client passwords work only while secure login is on. Turn it on first.
problem-second-factor-missing = A second step is missing
problem-second-factor-missing-advice = Set up an authenticator first. Then secure login can be turned on.
problem-secure-login-required = Your organization requires secure login
problem-secure-login-required-advice = It cannot be turned off, and your last authenticator cannot be removed. If you need an exception, ask an administrator.
problem-limit-reached = No more are allowed
problem-limit-reached-advice = End one that you no longer need, then make the new one.
problem-login-taken = This address is taken
problem-login-taken-advice = Another member has it. Choose another one.
problem-domain-taken = This domain is taken
problem-domain-taken-advice = It already belongs to an organization. Check how it is written.
problem-domain-in-use = This domain is in use
problem-domain-in-use-advice = Members still have addresses in it, so it cannot be removed.
problem-not-active = It is no longer active
problem-not-active-advice = It has ended, or the account is suspended, so nothing was done.
problem-already-set-up = This service is already set up
problem-already-set-up-advice = There is nothing more to set up. Sign in.
problem-already-confirmed = This authenticator is already confirmed
problem-already-confirmed-advice = There is nothing more to do.
problem-preview-used = This preview was used already
problem-preview-used-advice = Make a new preview: what it counts may have changed.
problem-owner-required = An organization keeps its owner
problem-owner-required-advice = The owner cannot leave, be suspended, or get another role.
problem-public-url-missing = The address of this service is not known
problem-public-url-missing-advice = Whoever runs this service must set server.public_url first.
problem-conflict = Somebody else was faster
problem-conflict-advice = It was changed at the same moment, so nothing was done. Open the page again and repeat your change.
problem-unavailable = The service cannot answer just now
problem-unavailable-advice = Nothing is wrong with what you typed. Wait a moment, and see whether it was done before you repeat it.

# What is wrong with a field, by the kind of fault; some fields say it better.
fault-unknown = This cannot be filled in here.
fault-missing = Please fill this in.
fault-duplicate = This is here twice. Please remove one.
fault-malformed = This cannot be read. Please check how it is written.
fault-too-long = This is too long. Please shorten it.
fault-too-short = This is too short. Please type more.
fault-out-of-range = This is more or less than is allowed.
fault-not-allowed = This cannot be used here.
fault-not-found = This does not exist. Please check how it is written.
fault-password-too-short = An account password needs at least 8 characters.
fault-new-password-too-short = An account password needs at least 8 characters.
fault-password-not-allowed = This cannot be your account password: it is a client password, or looks like one. Choose another.
fault-login-malformed = This is no mail address. Please check how it is written.
fault-login-not-allowed = The address has to be in a domain of your organization.
fault-owner-not-allowed = The address has to be in the domain above.
fault-label-too-short = Give it a name, such as “My phone”.
fault-label-not-allowed = This looks like a password, and others can see this name. Choose another.
fault-networks-malformed = Write addresses or networks such as 192.0.2.7 or 192.0.2.0/24, one on each line.
fault-expires-at-out-of-range = The date has to be later than now.
fault-protocols-missing = Choose at least one.
