# Mail on a phone by a one-time link: the page behind it, and the link on the page with a new client password.

set-up-page = 设置邮件
set-up-title = 在此设备上使用 { $login } 的邮件
set-up-what = 此页面可设置 iPhone、iPad 或 Mac 上的“邮件”App。描述文件中已包含服务器、用户名和密码，您无需输入任何内容。
set-up-password = 使用的客户端密码：
set-up-once = 描述文件只能获取一次，有效期至
set-up-safari = 在 iPhone 或 iPad 上，必须用 Safari 打开此页面。其他浏览器可能只会把描述文件保存为普通文件。
set-up-get = 获取描述文件
set-up-then = 接下来的步骤
set-up-then-allow = 如果设备询问是否下载描述文件，请允许。
set-up-then-phone = 在 iPhone 或 iPad 上，打开“设置”，轻点顶部附近的“已下载描述文件”，然后轻点“安装”。
set-up-then-mac = 在 Mac 上，打开“系统设置”，搜索“描述文件”，然后双击新的描述文件。
set-up-signed = 描述文件已签名：安装前，设备会显示其签发者。
set-up-unsigned = 描述文件未签名，因此安装前设备会显示“未签名”，但不影响使用。请仅在链接由您本人创建时安装。

set-up-over = 此链接已失效
set-up-over-why = 这类链接只能使用一次，有效期为五分钟。此链接已被使用、已过期，或其客户端密码已被停用。
set-up-over-again = 如果您的设备上尚未设置好邮件，请轮换该客户端密码：您会得到新的密码和新的链接。
set-up-over-other = 如果您没有使用过此链接，则可能已被他人使用。请立即停用该客户端密码。
set-up-over-list = 前往您的客户端密码

one-step-title = 一步设置 iPhone、iPad 或 Mac
one-step-what = 无需输入：此链接会把服务器、用户名和密码带到设备上。链接只能使用一次，五分钟内有效。持有链接的人即拥有密码，请勿转发给任何人。
one-step-here = 设置此设备
one-step-elsewhere = 显示二维码，供其他设备使用
one-step-scan = 用 iPhone 或 iPad 的“相机”App 对准二维码，然后在 Safari 中打开链接。
