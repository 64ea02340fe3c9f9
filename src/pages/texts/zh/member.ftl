# 成员自己的页面：概览、首次设置、登录与安全、操作记录、帮助。

on = 已开启
off = 已关闭
since = 开启时间：
later = 以后再说
older = 更早的记录
change = 更改

overview-hello = 您好，
overview-stale = 有邮件客户端仍在尝试已失效的“{ $label }”
overview-soon = “{ $label }”即将到期
overview-soon-at = 到期时间：
overview-soon-advice = 如果仍在使用，请更换密码：您会得到一个新密码，收发邮件不会中断。也可以在规则允许的范围内改为更晚的日期。
overview-idle = “{ $label }”因长期未使用即将失效
overview-idle-advice = 如果仍需要，请在此之前用该客户端收一次邮件；如果不再需要，则无需任何操作。
overview-forgotten = “{ $label }”已有 90 天未使用
overview-forgotten-advice = 如果不再需要，请停用它。

offer = 所有者{ $owner }提出把“{ $name }”的所有权移交给您
offer-means = 如果您接受，您立即成为所有者，现在的所有者成为管理员。所有者可以任命和更改管理员，可以解散组织；在他人成为所有者之前，所有者不能离开。如果您谢绝，不会有任何变化。
offer-until = 提议的有效期至
offer-accept = 接受所有权
offer-decline = 谢绝
done-offer-accepted = 您现在是所有者。
done-offer-declined = 已谢绝移交提议，没有任何变化。

secure-login = 安全登录
secure-login-on-means = 您登录时需要两步验证，每个邮件客户端都有自己的密码。账户密码不能用来打开邮件。
secure-login-off-means = 现在仅凭账户密码就能打开您的邮件。开启安全登录后，账户由第二步验证保护，每个邮件客户端都有自己的密码，您可以单独停用其中一个而不影响其他。
secure-login-required-means = 您的组织要求使用安全登录。开启之前，您无法收发邮件。
secure-login-turn-on = 开启安全登录
secure-login-turn-off = 关闭安全登录
secure-login-off-title = 要关闭安全登录吗？
secure-login-off-after = 关闭后，仅凭账户密码就又能打开您的邮件，不再需要第二步验证。您的客户端密码将永久失效，即使以后再次开启安全登录也不会恢复。
stops = 以下 { $count } 个邮件客户端将立即停止工作，并且无法恢复：
stops-none = 没有正在使用的客户端密码，因此不会影响任何邮件客户端。
done-secure-login-on = 安全登录已开启。现在每个邮件客户端都需要自己的客户端密码：请在这里创建第一个。
done-secure-login-off = 安全登录已关闭。所有客户端密码均已失效。

notice-account-password-changed = 您的账户密码被他人重新设置
notice-second-factor-removed = 您的一个身份验证器被他人移除
notice-second-factors-removed = 您的身份验证器和恢复码被他人移除
notice-secure-login-off = 您的安全登录被他人关闭
notice-invitation-created = 有人创建了一个可以为您设置新账户密码的链接
notice-data-restored = 本服务的数据已从备份恢复
notice-client-password-leaked = 您的一个客户端密码在别处被发现，已停用：请为停止工作的邮件客户端创建新的密码
notice-session-leaked = 您的一个登录会话在别处被发现，已结束：如果您不清楚原因，请更改账户密码
notice-other = 他人更改了您账户中的内容
notice-advice = 如果您对此不知情，请联系管理员。
notice-seen = 我知道了
done-acknowledged = 通知已收起。
by-you = 由您本人操作
by-administrator = 由管理员操作
by-program = 由组织的程序操作
by-service = 由本服务自动操作

steps = 步骤
step-second = 第二步验证
step-codes = 恢复码
step-secure-login = 安全登录
step-password = 第一个客户端密码
start-authenticator = 第一步：身份验证器
start-authenticator-what = 身份验证器是手机上的一个应用，每半分钟显示一个新的六位数验证码。在这里登录时，您先输入账户密码，再输入验证码。邮件客户端不会要求验证码。
start-authenticator-which = 如果还没有，请在手机的应用商店下载一个，例如 Aegis、FreeOTP、Google Authenticator 或 Microsoft Authenticator。许多密码管理器也有这项功能。
start-authenticator-do = 我已经有了，显示二维码
start-passkey = 如果您更愿意用指纹、面容或 PIN 登录，也可以改为创建通行密钥。
start-passkey-do = 改为创建通行密钥
start-on = 现在开启安全登录
start-on-means = 安全登录一开启，邮件客户端就不能再用账户密码登录：每个邮件客户端都需要自己的客户端密码。下一步就会创建第一个，请把手机或电脑准备在手边。

factor-title = 您的身份验证器
factor-scan = 请打开身份验证器，选择添加账户，然后扫描这个二维码。它只显示这一次。如果您正在用这部手机查看本页，请打开下面的“无法扫描”。
factor-qr = 包含身份验证器密钥的二维码
factor-by-hand = 无法扫描
factor-by-hand-how = 请把这个密钥输入或复制到身份验证器中。如果需要选择，请选：基于时间、六位数字、30 秒。
factor-copy-key = 复制密钥
factor-again = 身份验证器中已有密钥。请等它显示下一个验证码，然后输入。
factor-code = 身份验证器上现在显示的六位数字
factor-confirm = 确认
factor-start-over = 重新开始
factor-pending = 尚未确认
factor-add = 添加身份验证器
passkey = 通行密钥
passkey-add = 添加通行密钥
passkey-new = 新的通行密钥
passkey-what = 通行密钥保存在您的手机、电脑、密码管理器或安全密钥中。用它登录时，只需验证指纹、面容或 PIN，什么都不用输入。邮件客户端不会要求通行密钥。
passkey-without = 此浏览器无法创建通行密钥。请换一个浏览器，或使用身份验证器。
passkey-label = 名称
passkey-label-hint = 例如“我的手机”或“蓝色安全密钥”。可以留空。
passkey-make = 创建通行密钥
passkey-not-made = 没有创建通行密钥。请重试。已经为您保存了通行密钥的设备不会再创建一个。
done-passkey-made = 通行密钥已创建，从现在起可以用它登录。
factor-remove = 移除
factor-remove-title = 要移除“{ $label }”吗？
factor-remove-what = 登录时将不再接受它。您的其他身份验证器和通行密钥照常使用。
factor-remove-last = 这是您最后一个第二步验证方式。移除后，安全登录将关闭，恢复码也将失效。
factor-remove-do = 确定移除
factors = 第二步验证
factors-what = 请再设置一个身份验证器或通行密钥，例如在平板或电脑上。这样即使手机丢了，您仍然可以登录。
done-factor-confirmed = 身份验证器已确认。
done-factor-removed = 已移除。

codes-title = 恢复码
codes-what = 如果手机或通行密钥丢了，可以在第二步输入其中一个恢复码。每个只能使用一次。请把它们保存在不用手机也能找到的地方：写在纸上，或存入密码管理器。它们只显示这一次。
codes-saved = 我已保存好
codes-download = 下载
codes-print = 打印
codes-file = { $login } 在 { $name } 的恢复码。每个只能使用一次。
codes-left = { $count ->
    [0] 恢复码已全部用完。
   *[other] 还剩 { $count } 个恢复码。
}
codes-why = 如果身份验证器或通行密钥丢了，可以用恢复码登录。
codes-few = 如果恢复码用完、手机又丢了，就只有管理员能帮您重新登录。请及早生成新的恢复码。

account-password-change = 更改账户密码
account-password-change-what = 这是您在这里登录所用的密码。更改后，您在其他地方的登录会全部退出。
account-password-current = 当前账户密码
account-password-new = 新账户密码
account-password-rules = 至少 8 个字符。最好用几个词组成一个较长的密码。
done-account-password-changed = 您的账户密码已更改。

sessions = 您的登录会话
sessions-what = 如果其中有您不认识的，请结束它，然后更改账户密码。
sessions-end-others = 结束其他所有登录会话
session-own = 当前
session-unknown = 未知程序
session-begun = 登录时间：
session-seen = 最近活动：
session-end = 结束
done-session-ended = 该登录会话已结束。
done-sessions-ended = 其他登录会话已全部结束。

leaks = 在别处发现
leaks-short = 在不该出现的地方（日志、邮件或网页）发现了密码、密钥或链接？
leaks-link = 报告
leaks-what = 请粘贴发现的内容，整份日志或整个页面都可以。系统会从中找出具有我们的密码、密钥、登录会话和链接格式的内容。如果其中有属于我们的，无论属于谁，都会立即永久停用，并通知相关的人。
leaks-paste = 发现的内容
leaks-answer = 无论发现了什么，回答都一样，因此没有人能在这里试探密码。粘贴的内容不会保存。
leaks-do = 报告并停用
leaks-none = 其中没有符合我们格式的内容。客户端密码由六组、每组五个字母组成；密钥、登录会话和链接以 cpk_、cps_、cpt_、cpi_ 或 cpl_ 开头。
done-leaks-reported = 已报告。如果其中有属于我们的，它已停用。

activity-lead = 您账户上进行过的操作，最新的在最前面。
action-other = 其他操作

help-title = 为什么我的邮件用不了？
help-found = 原因是，或可能是：
help-nothing = 从这里看一切正常：安全登录已开启，客户端密码有效。请检查邮件客户端本身：
help-go = 前往该页面
help-always = 在邮件客户端中检查什么
help-always-login = 用户名：您的完整邮箱地址，即
help-always-password = 密码：本服务的客户端密码，不是账户密码。
help-always-both = 大多数邮件客户端会保存两处密码，一处用于收信，一处用于发信。两处都要更改。
help-always-new = 如果密码已经找不到，请创建一个新的客户端密码，并停用旧的。只需两分钟。

finding-not-active = 账户已暂停
finding-not-active-advice = 在管理员恢复账户之前，任何邮件客户端都无法登录。
finding-secure-login-required = 要求使用安全登录，但尚未开启
finding-secure-login-required-advice = 开启之前无法收发邮件。请先开启，然后为每个邮件客户端创建一个客户端密码。
finding-secure-login-off = 安全登录已关闭
finding-secure-login-off-advice = 现在邮件客户端需要使用账户密码。客户端密码不能用：关闭安全登录时它们已全部失效。请在邮件客户端中输入账户密码，或开启安全登录并创建新的客户端密码。
finding-no-client-password = 没有有效的客户端密码
finding-no-client-password-advice = 开启安全登录后，每个邮件客户端都需要客户端密码，账户密码会被拒绝。请创建一个，并在邮件客户端中输入。
finding-stale-use = 有邮件客户端仍在尝试“{ $label }”（{ $why }）
finding-stale-use-advice = 请创建新的客户端密码，并在该邮件客户端中输入。如果不再使用该邮件客户端，请在其中删除这个账户。
finding-networks-only = “{ $label }”只能在某些网络中使用
finding-networks-only-advice = 在其他网络中会被拒绝。如果邮件客户端要在外面使用，请取消网络限制。
finding-cannot-read = “{ $label }”可以发送邮件，但不能读取邮件
finding-cannot-read-advice = 对打印机来说，这样是对的。邮件客户端还需要读取邮件：请更改它的用途。
finding-cannot-send = “{ $label }”可以读取邮件，但不能发送邮件
finding-cannot-send-advice = 如果无法发送邮件，请更改它的用途。
finding-superseded = “{ $label }”正在更换密码
finding-superseded-advice = 已为它创建新密码。请在旧密码失效之前，在邮件客户端中输入新密码。
finding-never-used = “{ $label }”从未使用过
finding-never-used-advice = 如果邮件客户端无法登录，其中保存的可能还是别的密码。请检查用户名，并重新输入密码。

# 邮件是在哪里、用什么打开的。
log-ins = 您的邮件是在哪里打开的
log-ins-lead = 使用您的某个客户端密码登录成功的邮件客户端；如果账户密码仍可打开邮件，也包括使用账户密码的。如果有您不认识的，请停用它所用的客户端密码。
log-ins-here = 在哪里使用过
log-ins-admin = 邮件是在哪里打开的
log-ins-of = 该成员的邮件是在哪里打开的
log-ins-all = 查看全部
log-ins-last = 最近一次
log-ins-from = 来自
log-ins-client = 邮件客户端
log-ins-with = 使用
log-ins-since = 最早一次
log-ins-times = { $count } 次
log-ins-not-said = 未知
log-ins-anywhere = 多个网络
log-ins-forgotten = 很久以前停用的客户端密码
log-ins-several = 多个客户端密码
log-ins-account-password = 账户密码
log-ins-passed-on = 已转给其他来源，只有它知道密码是否正确
log-ins-none = 最近 { $count } 天没有打开过邮件。
log-ins-none-kept = 您的组织不保存登录记录。
log-ins-kept = 登录记录保存 { $count } 天。记录很多时，较早的按网络合并。不列出失败的尝试。
