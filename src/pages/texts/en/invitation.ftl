# Invitations and new recovery codes.
invitation = Choose your account password
invitation-what = With it you sign in on these pages. Your mail clients get passwords of their own later.
invitation-ends = If you had an account password before, this replaces it: you are signed out everywhere, and all your client passwords end.
invitation-token = Invitation code
invitation-token-hint = What stands behind the # in the link that you were sent.
invitation-do = Set the password and sign in
done-invitation-redeemed = Your account password is set.
codes-renew = New recovery codes
codes-renew-what = You get ten new ones. The old ones stop working at once, also those that you have written down.
codes-renew-do = Make new ones
