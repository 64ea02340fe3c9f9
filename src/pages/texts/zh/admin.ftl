# 管理：成员、批量停用、审计日志、服务密钥、组织。

admin-nav = 管理
admin-nav-members = 成员
admin-nav-departments = 部门
admin-nav-revocations = 批量停用
admin-nav-audit = 审计日志
admin-nav-keys = 服务密钥
admin-nav-organization = 组织

# 多个页面共用。
admin-any = 不限
admin-filter = 查看
admin-filter-none = 显示全部
admin-next = 更早的
admin-none-here = 目前没有找到，更早的还没有查。
admin-search-on = 继续往前查：
admin-download = 下载全部
admin-download-csv = CSV（电子表格）
admin-download-ndjson = NDJSON（程序）
admin-ended-by-somebody = 已被停用
admin-passwords-none-fit = 没有符合条件的客户端密码。名称必须完整输入。

# 列表上方的统计。
admin-totals = 统计
admin-totals-departments = 按部门
admin-totals-as-of = 统计于
admin-totals-none = 正在进行首次统计，请一分钟后再看。
admin-totals-active = 正常 { $count } 人
admin-totals-suspended = 暂停 { $count } 人
admin-totals-left = 已离开 { $count } 人
admin-totals-on = 已开启 { $count } 人
admin-totals-off = 未开启 { $count } 人
admin-totals-live = 有效 { $count } 个
admin-totals-never-used = 其中从未使用 { $count } 个
admin-totals-ended = 已停用 { $count } 个
admin-no = 否
admin-see = 查看
admin-by = 操作者：
admin-since = 自
admin-reason = 原因
admin-label = 名称
admin-made = 创建时间
admin-last-used = 最近使用
admin-opens = 可用于
admin-opens-all = 全部
admin-expires = 到期：
admin-state = 状态
admin-role = 角色
admin-member = 成员
admin-name = 显示名称
admin-secure = 安全登录
admin-passwords = 客户端密码
admin-id = 编号
admin-end = 停用
admin-what-happens = 会发生什么
admin-and-more = 另有 { $count } 个
admin-times = { $count } 次

admin-role-member = 成员
admin-role-member-means = 只能查看和更改自己的内容。
admin-role-auditor = 审计员
admin-role-auditor-means = 可以查看组织的全部内容，但不能更改他人的任何内容。
admin-role-department-admin = 部门管理员
admin-role-department-admin-means = 管理指定部门及其下级部门的成员。在成员页面选择这些部门。
admin-role-admin = 管理员
admin-role-admin-means = 管理角色更低的所有成员，停用客户端密码，创建服务密钥。
admin-role-owner = 所有者
admin-state-active = 正常
admin-state-suspended = 已暂停
admin-state-left = 已离开
admin-secure-on = 已开启
admin-secure-off = 已关闭
admin-secure-required = 已关闭，但必须开启

# 成员列表。
admin-members = 成员
admin-members-none = 没有符合条件的成员。邮箱地址须完整输入才能找到。
admin-warnings = 即将到期的客户端密码
admin-warnings-see = 哪些客户端密码即将到期
admin-warnings-why = 以下各项均已发出提醒：到期前 14 天、3 天和 1 天，或因长期未使用而失效前 14 天。请提醒成员：及时更换就不会中断收发邮件。
admin-warnings-none = 近期没有即将到期的客户端密码。
admin-warned-ends = 到期
admin-warned-why = 原因
admin-warned-at = 提醒时间
admin-warned-date = 到达到期日
admin-warned-idle = 长期未使用
admin-login-whole = 邮箱地址
admin-new-member = 新成员
admin-new-member-why = 这里不设置账户密码，由成员自己选择。
admin-new-member-do = 创建成员
admin-login-taken = 该地址已属于另一位成员。
done-member-made = 成员已创建。

# 部门。
admin-departments = 部门
admin-departments-why = 部门包括自己的成员，也包括所有下级部门的成员。点击名称可查看成员。
admin-departments-some = 这些是您管理的部门及其下级部门。点击名称可查看成员。
admin-departments-none = 还没有部门。
admin-departments-more = 部门太多，无法全部显示：这里只列出最新的 { $count } 个。程序可以通过 REST 查看全部。
admin-new-department = 新部门
admin-new-department-below = 新建下级部门
admin-new-department-do = 创建部门
admin-department-name = 部门名称
admin-department-below = 上级部门
admin-department-top = 无：位于最上层
admin-department-move = 下级部门会一起移动。
admin-department-change = 更改部门
admin-department-members = 查看部门成员
admin-department-delete = 删除部门
admin-department-delete-means = 部门中没有成员、没有管理员、也没有下级部门时才能删除。成员和客户端密码都不受影响。
admin-department = 部门
admin-in-departments = 所属部门
admin-administers = 管理的部门
admin-change-departments = 更改部门
admin-departments-of = 成员的部门
admin-is-in = 该成员属于
admin-administers-those = 该成员管理
admin-administers-hint = 包括它们的所有下级部门。立即生效，对已打开的会话同样有效。
admin-departments-others = 另有 { $count } 个不由您管理的部门
done-departments-changed = 部门已更改。
done-department-made = 部门已创建。
done-department-changed = 部门已更改。
done-department-deleted = 部门已删除。

# 单个成员。
admin-own = 这是您自己。您自己的内容请在自己的页面更改：
admin-blocked = 错误验证码过多
admin-blocked-why = 连续 50 个验证码错误，来自未知地点的验证码不再被接受。成员从已知地点登录，或使用恢复码登录，也会解除。
admin-facts = 账户
admin-rename = 更改名称
admin-change-role = 更改角色
admin-signs-in = 登录方式
admin-signs-in-here = 在此用账户密码登录
admin-signs-in-elsewhere = 不在此登录：尚未在此设置账户密码
admin-invite = 邀请
admin-passwords-none = 没有客户端密码可以打开该成员的邮件。
admin-passwords-ended = 最近停用的
admin-ended-when = 停用时间
admin-ended-why = 原因
admin-still-tried = 仍在尝试
admin-live = 有效
admin-superseded = 正在更换
admin-ended-revoked-by-member = 由成员停用
admin-ended-revoked-by-admin = 由管理员停用
admin-ended-bulk-revocation = 批量停用
admin-ended-secure-login-off = 安全登录已关闭
admin-ended-account-password-changed = 账户密码已更改
admin-ended-member-suspended = 成员已暂停
admin-ended-member-left = 成员已离开
admin-ended-organization-dissolved = 组织已解散
admin-ended-rotated = 已被新的取代
admin-ended-expired = 已到期
admin-ended-idle = 长期未使用
admin-ended-leaked = 已泄露
admin-factors = 第二步验证
admin-factors-none = 尚未设置。
admin-factor-confirmed = 使用中
admin-factor-pending = 未确认
admin-codes-left = { $count ->
    [0] 没有剩余的恢复码。
   *[other] 剩余 { $count } 个恢复码。
}
admin-actions = 可执行的操作
admin-actions-hint = 执行前都会先说明将停用什么。
admin-changes = 操作记录
admin-changes-all = 在审计日志中查看全部
admin-changes-none = 没有记录。

# 对成员的操作，以及会停用什么。
admin-end-all = 停用全部客户端密码
admin-suspend = 暂停该成员
admin-reactivate = 恢复该成员
admin-remove-factors = 移除第二步验证
admin-secure-login-off = 关闭安全登录
admin-lift-block = 重新接受验证码
admin-leave = 将该成员移出组织
admin-ends-passwords = { $count ->
    [0] 没有有效的客户端密码，因此不会停用任何一个。
   *[other] { $count } 个客户端密码立即永久失效：
}
admin-ends-factors = { $count ->
    [0] 没有设置第二步验证。
   *[other] { $count } 个身份验证器将被移除，恢复码也一并移除。
}
admin-ends-sessions = 该成员在所有地方退出登录。
admin-end-all-goes-on = 安全登录保持开启，登录不受影响。成员可以创建新的客户端密码。
admin-suspend-mail = 在您恢复该成员之前，邮件和登录都不可用。
admin-suspend-back = 恢复成员不会恢复任何客户端密码，成员需要创建新的。
admin-reactivate-ends = 不会停用任何内容。成员可以重新登录和使用邮件。
admin-reactivate-new = 以前的客户端密码仍然失效。如果安全登录已开启，成员需要为邮件创建新的。
admin-remove-factors-mail = 安全登录将关闭，但在成员登录、设置新的第二步验证并开启安全登录之前，邮件保持关闭。
admin-secure-login-off-mail = 此后邮件客户端仅凭账户密码即可登录。
admin-secure-login-off-waives = 安全登录已经关闭。今后不再要求该成员开启；不会停用任何内容。
admin-told = 成员下次登录时会得到通知。
admin-lift-block-ends = 不会停用任何内容。任何地点的验证码都会重新被接受。
admin-lift-block-care = 可能有人正在猜测验证码，并且知道账户密码。仅在成员本人请求时才这样做；否则必须更改账户密码。
admin-leave-factors = 身份验证器和恢复码将被移除。
admin-leave-address = 邮箱地址可以分配给他人。
admin-leave-ever = 此操作无法撤销。如果只是暂时的，请改为暂停该成员。
admin-end-one = 停用此客户端密码
admin-end-one-means = 使用它的邮件客户端立即永久停止，其他的不受影响。
admin-end-one-over = 它已经停用。
admin-role-at-once = 立即生效，对已打开的会话同样有效。
done-member-end-all = 全部客户端密码已停用。
done-ended-one = 该客户端密码已停用。
done-member-suspend = 该成员已暂停。
done-member-reactivate = 该成员已恢复。
done-member-remove-factors = 第二步验证已移除。
done-member-secure-login-off = 安全登录已关闭。
done-member-lift-block = 已重新接受验证码。
done-member-leave = 该成员已移出组织。
done-renamed = 名称已更改。
done-role-changed = 角色已更改。

# 批量停用客户端密码。
admin-revocations = 批量停用客户端密码
admin-which = 哪些
admin-which-hint = 填写的内容会缩小范围：只有符合全部条件的才会停用。
admin-which-some = 仅限符合以下条件的
admin-which-all = 整个组织的全部
admin-label-exact = 名称（与成员所写完全一致）
admin-of-members = 属于这些成员
admin-of-members-lines = 仅限这些成员（邮箱地址，每行一个）
admin-no-such-member = 没有成员使用地址 { $login }。
admin-no-such-members = { $count ->
    [one] 没有成员使用地址 { $logins }。
   *[other] 没有成员使用这些地址：{ $logins }。
}
admin-opens-any = 可用于以下任一协议
admin-created-before = 创建早于
admin-last-used-before = 用过，但此后未再使用
admin-uses = 使用情况
admin-never-used = 从未使用
admin-once-used = 至少用过一次
admin-dates-utc = 日期从 UTC 零点开始。
admin-preview = 预览
admin-preview-do = 查看将停用哪些
admin-preview-ends-nothing = 此步骤不会停用任何内容。
admin-earlier = 以往记录
admin-earlier-none = 没有记录。
admin-would-end = { $count } 个将停用
admin-preview-finds = { $count ->
    [0] 没有客户端密码将停用
   *[other] { $count } 个客户端密码将停用
}
admin-preview-members = { $count ->
    [0] 不涉及任何成员。
   *[other] 涉及 { $count } 位成员。
}
admin-preview-nothing-yet = 尚未停用任何内容。
admin-sample = 其中一部分
admin-left = 保留的
admin-left-count = { $count ->
    [0] 组织中没有其他有效的客户端密码：此后没有任何邮件客户端能用客户端密码登录。
   *[other] 组织中另有 { $count } 个客户端密码保持有效。
}
admin-left-many = 组织中有效的客户端密码过多，无法在此统计其余数量。
admin-kept = 以下也符合条件，但会保留，因为其成员的角色与您相同或更高：
admin-left-later = 预览之后创建的也会保留。成员随时可以创建新的客户端密码。
admin-end-them = 停用它们
admin-end-them-means = 邮件客户端立即停止，这些客户端密码无法恢复。
admin-reason-why = 原因（保存在审计日志中）
admin-count = 为确认无误，请输入将停用的客户端密码数量：{ $count }
admin-count-wrong = 这不是预览中的数量。没有停用任何内容。
admin-end-them-do = 停用 { $count } 个客户端密码
admin-of-departments = 属于以下任一部门（含下级）
admin-secure-login-of = 成员的安全登录
admin-tied-to = 仅限以下网络内的
admin-tied-to-such = 仅限以下网络内的（例如 192.0.2.0/24）
admin-running = 进行中
admin-stopped = 已中止
admin-failed = 未完成
admin-revocation-running = 正在停用客户端密码
admin-revocation-stopped-means = 已被中止。此前停用的保持停用。
admin-revocation-failed-means = 组织已解散，因此无法继续；其余的已随解散一并停用。
admin-progress = 进度
admin-progress-members = 已处理 { $all } 位成员中的 { $passed } 位。
admin-running-goes-on = 关闭此页面或服务重启后，仍会继续进行。
admin-look-again = 再次查看
admin-stop = 中止
admin-stop-means = 不再停用更多密码。已停用的保持停用。
done-stopped = 已中止。已停用的保持停用。
done-ending-many = 已开始。
admin-revocation = 已停用的内容
admin-revocation-differs = 条件找到了 { $count } 个。其中有的在此期间已经停用，或其成员的角色现在过高；也可能有替换它们的新密码一并停用。
done-ended-many = 完成，已全部停用。

# 审计日志。
admin-audit = 审计日志
admin-audit-none = 没有符合条件的记录。
admin-audit-member = 对象（地址）
admin-audit-actor = 操作者（地址）
admin-audit-action = 操作
admin-audit-since = 起始日期（UTC）
admin-audit-until = 截止日期（UTC）
admin-audit-when = 时间
admin-audit-what = 操作
admin-audit-who = 操作者
admin-own-account = 本人账户
admin-audit-whom = 对象
admin-actor-key = 服务密钥 { $label }
admin-actor-system = 服务自身
admin-actor-setup = 初始设置
admin-actor-terminal = 运行者（命令行）
admin-event-ended = { $count ->
    [0] 没有停用客户端密码。
   *[other] 停用了 { $count } 个客户端密码。
}
admin-event-role = 角色：{ $before }，现为{ $after }
admin-event-ip = 来自 { $ip }
action-organization-created = 组织已创建
action-organization-updated = 组织已更名
action-organization-dissolved = 组织已解散
action-ownership-offered = 所有权已提出移交
action-ownership-offer-ended = 所有权移交提议已结束
action-ownership-handed-over = 所有权已移交
action-policy-put = 策略已更改
action-client-password-idle = 长期未使用的客户端密码已终止
action-domain-added = 域名已添加
action-domain-removed = 域名已移除
action-department-created = 部门已创建
action-department-updated = 部门已更改
action-department-deleted = 部门已删除
action-department-members-changed = 部门成员已更改
action-member-created = 成员已创建
action-member-updated = 名称、角色或部门已更改
action-member-suspended = 成员已暂停
action-member-reactivated = 成员已恢复
action-member-left = 成员已离开
action-account-password-changed = 账户密码已设置
action-second-factor-added = 开始设置身份验证器
action-second-factor-confirmed = 身份验证器已设置
action-second-factor-removed = 身份验证器已移除
action-second-factors-removed = 第二步验证已移除
action-code-block-lifted = 已重新接受验证码
action-secure-login-on = 安全登录已开启
action-secure-login-off = 安全登录已关闭
action-secure-login-waived = 不再要求安全登录
action-invitation-created = 已生成设置账户密码的链接
action-invitation-redeemed = 已通过链接设置账户密码
action-invitation-ended = 设置账户密码的链接已作废
action-recovery-codes-renewed = 已生成新的恢复码
action-setup-link-created = 已生成客户端设置链接
action-setup-link-fetched = 已通过链接设置客户端
action-session-created = 已登录
action-session-reauthenticated = 再次验证登录
action-session-ended = 已退出登录
action-sessions-ended = 其他会话已结束
action-client-password-issued = 客户端密码已创建
action-client-password-updated = 客户端密码已更改
action-client-password-rotated = 客户端密码已更换
action-client-password-moved = 新密码已启用，旧客户端密码停用
action-client-password-revoked = 客户端密码已停用
action-client-passwords-revoked = 全部客户端密码已停用
action-revocation-started = 开始批量停用客户端密码
action-revocation-stopped = 中止了批量停用客户端密码
action-revocation-failed = 批量停用客户端密码无法继续
action-revocation-done = 批量停用客户端密码
action-service-key-created = 服务密钥已创建
action-service-key-revoked = 服务密钥已停用
action-leaks-reported = 报告了在别处发现的内容
action-client-password-leaked = 客户端密码在别处被发现，已停用
action-setup-link-leaked = 设置链接在别处被发现，已作废
action-session-leaked = 登录会话在别处被发现，已结束
action-invitation-leaked = 设置账户密码的链接在别处被发现，已作废
action-service-key-leaked = 服务密钥在别处被发现，已停用
action-service-key-leak-reported = 邮件服务器的密钥在别处被发现：需要更换
action-setup-token-leaked = 服务的初始设置链接在别处被发现，已作废
action-pepper-added = 密钥环已添加密钥
action-pepper-retired = 密钥环已停用密钥
action-data-restored = 已从备份恢复
action-notice-acknowledged = 通知已读

# 服务密钥。
admin-keys = 服务密钥
admin-keys-why = 程序用服务密钥代替登录。邮件服务器用它来核对客户端密码。
admin-keys-none = 没有绑定到此组织的密钥。
admin-key-leaked = 在别处被发现：请更换
admin-leaks-after = 审计日志会写明此组织中有哪些已停用。邮件服务器的密钥不会停用，否则邮件会中断：它会在服务密钥列表中标出，请更换它。
admin-leaks-scan = 以下命令可以检查文件、压缩包和整个代码仓库：
admin-keys-others = 适用于所有组织的密钥不在此列出。服务的运行者可用此命令查看：clientpass service-keys list
admin-key-for = 用途
admin-key-operator = 运行者
admin-key-operator-end = 使用它的程序立即停止。
admin-key-mail-server = 邮件服务器
admin-key-mail-server-means = 只能询问密码能否打开邮件，不能做其他任何事。
admin-key-mail-server-end = 使用它的邮件服务器将无法再核对密码：在换上另一个密钥之前，邮件客户端会收到临时错误。请先为它换上新密钥。
admin-key-directory = 目录
admin-key-directory-means = 创建、更改和暂停角色低于管理员的成员。
admin-key-directory-end = 用它创建和更改成员的程序立即停止。
admin-key-auditor = 审计员
admin-key-auditor-means = 读取此组织除机密以外的全部内容。
admin-key-auditor-end = 用它读取内容的程序立即停止。
admin-new-key = 新密钥
admin-new-key-why = 该密钥仅用于此组织，且只显示一次。
admin-new-key-label = 例如将使用它的机器的名称。
admin-new-key-do = 创建密钥
admin-key-made = 密钥已创建
admin-key-once = 请现在将它复制到使用的地方。它只显示这一次，之后任何人都无法查看。
admin-key-stored = 我已保存
admin-end-key = 停用此密钥
done-key-ended = 该密钥已停用。

# 组织。
admin-organization = 组织
admin-organization-name = 组织名称
admin-organization-rename = 更改名称
done-organization-renamed = 组织已更名。
admin-domains = 域名
admin-domain = 域名
admin-domain-since = 起始时间
admin-domains-more = 还有更多未在此显示。
admin-domains-hint = 成员的地址属于这些域名。域名由服务的运行者添加和移除。
admin-managers = 权限高于普通成员的人
admin-at-least = 至少 { $count } 位
admin-managers-hint = 除所有者外，任何人都不能更改角色相同或更高的人。
admin-ownership = 所有权
admin-offered-to = 已提出移交给
admin-offered-until = 可接受至
admin-offer-means = 您可以提出把组织移交给另一位成员。在对方于七天内接受之前，不会有任何变化。对方接受后成为所有者，您则成为管理员：您不能再任命或更改管理员，只有新的所有者才能把组织移交回来。
admin-offer-to = 成员的邮箱地址
admin-offer-do = 提出移交所有权
admin-offer-withdraw = 撤回提议
done-offer-made = 移交提议已提出。该成员登录后会看到。
done-offer-withdrawn = 移交提议已撤回。

# 表单中的错误。
fault-display-name-too-short = 请输入名称。
fault-name-too-short = 请输入名称。
fault-reason-too-short = 请说明原因，它会保存在审计日志中。
fault-label-not-found = 这里从未有过此名称的客户端密码。请核对成员的写法。
fault-filter-too-short = 没有填写任何条件。请缩小范围，或选择整个组织的全部。
fault-department-ids-missing = 请至少选择一个部门。
fault-department-ids-too-long = 最多 100 个部门。
fault-admin-department-ids-too-long = 最多 100 个部门。
fault-member-id-not-found = 没有成员使用此地址。
fault-member-id-not-allowed = 必须是状态正常的成员，并且不是所有者本人。
fault-member-ids-out-of-range = 一次最多 500 位成员。
fault-member-not-found = 没有成员使用此地址。
fault-actor-not-found = 没有成员使用此地址。

admin-reset = 重设账户密码
admin-invite-what = 您将得到一个七天内有效、只能使用一次的链接。请用只有该成员能看到的方式交给他：打开链接的人可以设置账户密码。
admin-invite-again = 该成员已有账户密码。链接一经使用，旧密码、所有登录会话和客户端密码都会失效；该成员会得知链接由您生成。
admin-invite-do = 生成链接
admin-invited = 链接已生成
admin-invited-once = 链接只显示这一次。如果丢失，请重新生成：旧链接随即失效。
admin-invited-until = 有效期至
admin-invited-copy = 复制链接
admin-invited-done = 我已转交
admin-invitation-open = 设置账户密码的链接尚未使用，有效期至
admin-invitation-end = 作废链接
done-invitation-ended = 该链接已作废。
admin-export = 下载已停用的列表（CSV）

admin-many-members = 批量加入或移出成员
admin-many-members-what = 请填写组织成员的邮箱地址，每行一个，最多 10,000 个。只要有一个有误，就不会进行任何更改。
admin-many-members-lines = 成员（邮箱地址，每行一个）
admin-many-members-none = 请至少填写一个邮箱地址。
admin-many-members-too-many = 超过了 10,000 个，请分批进行。
admin-many-members-add = 加入部门
admin-many-members-remove = 移出部门
done-department-members-changed = 部门成员已更改。
admin-event-departments = 部门：{ $names }
admin-event-administers = 管理：{ $names }
admin-event-added = 加入了 { $count } 位成员
admin-event-removed = 移出了 { $count } 位成员
