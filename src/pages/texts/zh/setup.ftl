# 开始：设置链接后的页面、页面显示的密钥，以及接下来的步骤。

setup-title = 设置此服务
setup-what = 填写您的组织和它的所有者，所有者就是您。这一步只做一次。
setup-token = 设置令牌
setup-token-hint = 设置链接中 # 后面的部分；填写整个链接也可以。一小时内有效。运行此服务的人可以用此命令获取新的令牌：
setup-organization = 组织
setup-domain = 邮件域名
setup-domain-hint = 成员邮件地址中 @ 后面的部分，例如 example.org。
setup-owner = 您的邮件地址
setup-owner-hint = 必须属于上面的域名。您用它登录。
setup-password = 您的账户密码
setup-do = 设置

setup-done = 设置完成
setup-signed-in = 您是所有者，并且已经登录。
setup-sign-in = 您是所有者。请用您的邮件地址和账户密码登录。
setup-once = 这是供程序使用的两个密钥。请立即保存：它们只显示这一次。丢失的密钥可以在“管理”中停用并重新创建。
setup-mail-server = 邮件服务器密钥
setup-mail-server-what = 您的邮件服务器用它询问密码是否正确。除此之外它什么也不能做。
setup-mail-server-copy = 复制邮件服务器密钥
setup-operator = 运行者密钥
setup-operator-what = 供管理此服务的程序使用。它几乎可以做任何事，请像保管 root 密码一样保管它。
setup-operator-copy = 复制运行者密钥

setup-next = 接下来
setup-next-secure = 为自己开启安全登录
setup-next-secure-why = 只需三分钟和一部手机。之后您就知道您对成员的要求是什么。
setup-next-mail-server = 连接您的邮件服务器
setup-next-mail-server-how = README 的“Your mail server”一节有 Dovecot、Postfix、Exim、nginx、Cyrus 等可以直接复制的配置，把邮件服务器密钥填进去。然后用此命令检查还有什么不对：
setup-next-members = 邀请成员
setup-next-members-how = 每位成员会得到一个链接，并通过它选择自己的账户密码。
setup-next-members-do = 成员

setup-already = 已经有所有者。请登录，或者向所有者索取邀请。
setup-already-keys = 最初的密钥只显示一次。运行此服务的人可以创建新的密钥：
setup-not-yet = 此服务尚未设置
setup-not-yet-what = 请运行此服务的人打开它启动时显示的链接，或者在运行它的机器上用此命令获取新的链接：

fault-token-missing = 缺少令牌。请打开完整的链接，包括 # 后面的全部内容，或者在此填写那部分内容。
fault-organization-missing = 请填写组织的名称。
fault-organization-too-short = 请填写组织的名称。
fault-organization-too-long = 名称最多 128 个字节。
fault-domain-malformed = 这不是域名。域名的形式如 example.org。
fault-owner-malformed = 这不是邮件地址。邮件地址的形式如 alice@example.org。
