# 客户端密码：种类、列表、新建、详情。

list-separator = 、
scope-all = 全部用途
protocol-imap = 读取邮件（IMAP）
protocol-pop3 = 下载邮件（POP3）
protocol-smtp = 发送邮件（SMTP）
protocol-sieve = 邮件过滤规则（Sieve）
protocol-jmap = 读取和发送邮件（JMAP）
protocol-caldav = 日历（CalDAV）
protocol-carddav = 通讯录（CardDAV）
protocol-webdav = 文件（WebDAV）
protocol-xmpp = 聊天（XMPP）

kind-phone = 手机或平板
kind-phone-hint = 随时随地使用邮件、日历和通讯录
kind-phone-label = 我的手机
kind-computer = 电脑
kind-computer-hint = Thunderbird、Outlook、Apple Mail 等
kind-computer-label = 我的电脑
kind-printer = 打印机或扫描仪
kind-printer-hint = 只发送邮件的设备
kind-printer-label = 打印机
kind-calendar = 日历和通讯录
kind-calendar-hint = 不含邮件
kind-calendar-label = 我的日历
kind-other = 其他
kind-other-hint = 由您选择用途
kind-other-label = 我的邮件客户端

state-active = 有效
state-superseded = 正在更换
state-expired = 已到期
state-revoked = 已停用

ended-revoked-by-member = 由您停用
ended-revoked-by-admin = 由管理员停用
ended-bulk-revocation = 由管理员批量停用
ended-secure-login-off = 安全登录被关闭
ended-account-password-changed = 账户密码已更改
ended-member-suspended = 账户被暂停
ended-member-left = 成员已离开
ended-organization-dissolved = 组织已解散
ended-rotated = 已由新密码取代
ended-expired = 已到期
ended-idle = 太久未使用
ended-leaked = 密码已泄露

passwords = 客户端密码
passwords-lead = 您用来收发邮件的应用或程序，就是邮件客户端。每个邮件客户端都有自己的密码。如果某台设备丢了，停用它的密码即可，其他设备照常使用。
passwords-new = 新建客户端密码
passwords-none = 还没有客户端密码。请为您的第一个邮件客户端创建一个，只需两分钟。
passwords-none-revoked = 最近没有停用的客户端密码。
passwords-none-expired = 最近没有到期的客户端密码。
passwords-off = 安全登录已关闭，因此不能使用客户端密码。您的邮件客户端使用账户密码登录。
passwords-live = 使用中
passwords-revoked = 已停用
passwords-expired = 已到期
passwords-count = { $count ->
    [0] 没有正在使用的客户端密码
   *[other] { $count } 个客户端密码正在使用
}
passwords-end-all = 全部停用
password-used = 上次使用
password-never-used = 尚未使用
password-may = 用途
password-networks = 仅限网络
password-made = 创建时间
password-expires = 到期时间
password-expires-never = 永不到期
password-idle = 如无人使用则失效于
password-overlap = 过渡期至
password-ended = 停用时间
password-stale = 仍在尝试
password-stale-times = { $count } 次
password-client = 邮件客户端
from = 来自
tag-soon = 即将到期
tag-forgotten = 90 天未使用
tag-stale = 仍在尝试

new-for = 用在哪里？
new-title = 新建客户端密码
new-name = 名称
new-name-hint = 请起一个一年后您还认得的名称。
new-may = 用途
new-may-hint = 已按您的选择设好。如果不清楚，请不要改动。
new-more = 用途、可用的网络、到期时间
new-networks = 仅限以下网络
new-networks-hint = 每行一个，例如 192.0.2.0/24。留空表示不限制。
new-ends = 到期时间
new-make = 创建密码
ends-keep = 保持不变
ends-never = 永不到期
ends-after = { $days } 天后

shown-title = 您的新客户端密码
shown-once = 它只显示这一次。请现在就把它输入或复制到邮件客户端中。以后谁也无法再次显示它，但您随时可以创建新的。
shown-secret = 密码
shown-login = 用户名
shown-copy-secret = 复制密码
shown-copy-login = 复制用户名
shown-without-hyphens = 输入时可以省略连字符，也不区分大小写。
shown-wait = 正在等待您的邮件客户端登录……
shown-wait-over = 您的邮件客户端还没有登录。它可能稍后才会登录：届时您可以在客户端密码列表中看到上次使用的时间。
shown-wait-help = 用不了？
shown-done = 完成
shown-replaces = 邮件客户端用新密码登录后，旧密码就会失效；最迟在您选择的过渡期结束时失效。
live-client = 您的邮件客户端
live-seen = 成功了：{ $client } 刚刚登录，用途：{ $how }。
live-seen-from = 成功了：{ $client } 刚刚登录，用途：{ $how }，来自 { $ip }。

over-title = 这个密码已经显示过
over-why = 为了您的安全，密码只显示一次；重新加载页面时，半分钟内还能再看到。如果您没有记下，请在列表中打开它并更换密码：您会得到一个新密码，旧密码随后失效。
over-list = 前往客户端密码列表

rotate = 更换密码
rotate-title = 为“{ $label }”更换密码
rotate-why = 您会为同一个邮件客户端得到一个新密码。旧密码继续有效，直到该邮件客户端用新密码登录，这样就不会漏收邮件。大多数邮件客户端会保存两处密码，一处用于收信，一处用于发信：哪一处用上了新密码，旧密码就在哪一处失效。
rotate-overlap = 过渡期（旧密码最多还能使用多久）
overlap-86400 = 一天
overlap-3600 = 一小时
overlap-604800 = 七天
overlap-0 = 没有过渡期，旧密码立即失效
rotate-make = 创建新密码

end = 停用
end-title = 要停用“{ $label }”吗？
end-what = 使用它的邮件客户端会立即停止工作，其他的照常使用。此操作无法撤销，但您随时可以创建新的客户端密码。
end-last-used = 上次使用：
end-never-used = 它从未使用过。
end-do = 立即停用
end-all-title = 要停用所有客户端密码吗？
end-all-what = { $count ->
    [0] 没有正在使用的客户端密码。
   *[other] 以下 { $count } 个邮件客户端会立即停止工作：
}
end-all-after = 安全登录保持开启。此操作无法撤销：之后每个邮件客户端都需要新的客户端密码。
end-all-do = 立即全部停用

detail-change = 名称和用途
detail-change-hint = 如果要放宽限制，可能需要再次登录。
detail-replaced = 它已有更新的密码：
detail-see = 查看详情
detail-stale = 这个密码已失效，但仍有邮件客户端在尝试。请在该邮件客户端中输入新的客户端密码，或在其中删除这个账户。在此之前不会有什么危害，只是它无法登录。
done-password-ended = 该客户端密码已停用。
done-passwords-ended = 您的所有客户端密码均已停用。
done-password-changed = 更改已保存。
password-moved = 已用新密码
moved-none = 尚未使用
