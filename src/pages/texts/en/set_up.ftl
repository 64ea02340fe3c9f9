# Mail on a phone by a one-time link: the page behind it, and the link on the page with a new client password.

set-up-page = Set up mail
set-up-title = Mail for { $login } on this device
set-up-what = This sets up the mail app of an iPhone, iPad or Mac. A profile brings servers, user name and password along, so you have nothing to type.
set-up-password = It uses the client password
set-up-once = The profile can be fetched once, until
set-up-safari = On an iPhone or iPad this page has to be open in Safari. Other browsers may only keep the profile as a file.
set-up-get = Get the profile
set-up-then = What comes then
set-up-then-allow = If the device asks whether to download a profile, allow it.
set-up-then-phone = On an iPhone or iPad, open Settings, tap “Profile Downloaded” near the top, then “Install”.
set-up-then-mac = On a Mac, open System Settings, search for “Profiles” and double-click the new one.
set-up-signed = The profile is signed: before you install it, the device shows who made it.
set-up-unsigned = The profile is not signed, so the device says “Not Signed” before you install it. It works all the same. Install it only if you have made the link yourself.

set-up-over = This link is over
set-up-over-why = Such a link works once, and for five minutes. This one was used already, is too old, or its client password was ended.
set-up-over-again = If mail is not set up on your device yet, rotate the client password: you get a new one, and a new link with it.
set-up-over-other = If you have not used the link, somebody else may have. Then end the client password at once.
set-up-over-list = To your client passwords

one-step-title = iPhone, iPad or Mac in one step
one-step-what = Nothing to type: this link brings servers, user name and password to the device. It works once, within five minutes. Whoever has it has the password, so pass it on to nobody.
one-step-here = Set up this device
one-step-elsewhere = Show a code for another device
one-step-scan = Point the Camera app of the iPhone or iPad at the code, and open what it finds in Safari.
