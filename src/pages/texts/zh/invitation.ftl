# Invitations and new recovery codes.
invitation = 设置您的账户密码
invitation-what = 今后您用它登录这些页面。您的邮件客户端之后会各自获得单独的密码。
invitation-ends = 如果您之前已有账户密码，新密码会取代它：您会在所有地方退出登录，所有客户端密码也会停用。
invitation-token = 邀请码
invitation-token-hint = 您收到的链接中 # 后面的部分。
invitation-do = 设置密码并登录
done-invitation-redeemed = 您的账户密码已设置。
codes-renew = 新的恢复码
codes-renew-what = 您将得到十个新的恢复码。旧的立即失效，包括您已经抄写下来的那些。
codes-renew-do = 生成新的恢复码
