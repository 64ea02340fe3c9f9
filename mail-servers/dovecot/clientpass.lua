-- Asks clientpass about every password that a mail client sends to Dovecot (2.3.19 or later, 2.4.1 or later).
--
-- Nothing is to be changed in this file. The address and the service key come from the configuration beside it:
-- Dovecot 2.4 hands over `lua_settings`; 2.3 has no such thing, there they are environment variables.
--
--   accept                    PASSDB_RESULT_OK                 the user is in, under the login that clientpass gave
--   reject                    PASSDB_RESULT_PASSWORD_MISMATCH  final through `result_failure = return-fail`
--   defer                     PASSDB_RESULT_NEXT               the next passdb decides, whatever the rules say
--   no clear answer, any      PASSDB_RESULT_INTERNAL_FAILURE   "try again later"; final through
--   fault on either side                                       `result_internalfail = return-fail`
--
-- A fault is never a wrong password. There is no cache here, and no auth_passdb_get_cache_key(), which would
-- make one: a revoked password has to stop working at once.

local DEFAULTS = { url = "http://127.0.0.1:8600", key_file = "/etc/dovecot/clientpass.key" }
local MAX_LOGIN, MAX_PASSWORD, MAX_CLIENT = 320, 1024, 256 -- bytes; clientpass refuses the request beyond them

-- Postfix gives up after 10 s, so the answer has to be there well before. One attempt and no redirect: a second
-- try is the mail client's, and the key is for one address only. A setting that 2.3 does not know is ignored,
-- one that 2.4 does not know is an error.
local HTTP_2_3 = { connect_timeout_msecs = 1000, request_timeout_msecs = 3000, request_absolute_timeout_msecs = 4000,
                   max_attempts = 1, no_auto_retry = true, no_auto_redirect = true }
local HTTP_2_4 = { connect_timeout = "1s", request_timeout = "3s", request_absolute_timeout = "4s",
                   request_max_attempts = 1, auto_retry = "no", auto_redirect = "no" }

-- What Dovecot calls a service -> what clientpass calls a protocol. Anything else (lmtp, doveadm, a misspelt
-- smtpd_sasl_service) is a fault of configuration: logged, and temporary for the client.
local PROTOCOLS = { imap = "imap", pop3 = "pop3", smtp = "smtp", submission = "smtp", sieve = "sieve",
                    managesieve = "sieve", jmap = "jmap", caldav = "caldav", carddav = "carddav",
                    webdav = "webdav", xmpp = "xmpp" }

-- Only these hand over a password. A bearer token (XOAUTH2, OAUTHBEARER) also arrives as "the password" in 2.3;
-- letting it through to the next passdb would let the account password in by that way.
local PASSWORD_MECHANISMS = { PLAIN = true, LOGIN = true }

local settings, dialects, http, http_error

-- UTF-8 and JSON ---------------------------------------------------------------------------------------------

-- Length of the well-formed UTF-8 sequence at `i` (Unicode, table 3-7), or nil.
local function sequence_length(s, i)
  local a, b, c, d = s:byte(i, i + 3)
  local function tail(x) return x ~= nil and x >= 0x80 and x <= 0xBF end
  if a < 0x80 then return 1 end
  if a < 0xC2 or a > 0xF4 or not tail(b) then return nil end
  if a < 0xE0 then return 2 end
  if not tail(c) or (a == 0xE0 and b < 0xA0) or (a == 0xED and b > 0x9F) then return nil end
  if a < 0xF0 then return 3 end
  if not tail(d) or (a == 0xF0 and b < 0x90) or (a == 0xF4 and b > 0x8F) then return nil end
  return 4
end

-- `s` with U+FFFD for every byte that is not UTF-8, and whether there was none.
local function to_utf8(s)
  if not s:find("[\128-\255]") then return s, true end
  local out, i, clean = {}, 1, true
  while i <= #s do
    local length = sequence_length(s, i)
    out[#out + 1] = length and s:sub(i, i + length - 1) or "\239\191\189"
    clean = clean and length ~= nil
    i = i + (length or 1)
  end
  return table.concat(out), clean
end

-- The first `limit` bytes of valid UTF-8, without half a character at the end.
local function cut(s, limit)
  while #s > limit or not select(2, to_utf8(s)) do s = s:sub(1, math.min(#s - 1, limit)) end
  return s
end

local function json_quote(s)
  local function escape(c)
    if c == '"' or c == "\\" then return "\\" .. c end
    return string.format("\\u%04x", c:byte())
  end
  return '"' .. s:gsub('[\1-\31"\\]', escape) .. '"'
end

local function encode_utf8(code)
  local function tail(shift) return string.char(0x80 + math.floor(code / shift) % 64) end
  if code < 0x80 then return string.char(code) end
  if code < 0x800 then return string.char(0xC0 + math.floor(code / 64)) .. tail(1) end
  if code < 0x10000 then return string.char(0xE0 + math.floor(code / 4096)) .. tail(64) .. tail(1) end
  return string.char(0xF0 + math.floor(code / 262144)) .. tail(4096) .. tail(64) .. tail(1)
end

local UNESCAPED = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

-- The \uXXXX at `i`, the second half of a surrogate pair with it; returns text and next position.
local function json_unicode(s, i)
  local code = tonumber(s:match("^\\u(%x%x%x%x)", i) or error("bad escape"), 16)
  if code >= 0xDC00 and code <= 0xDFFF then error("half a surrogate pair") end
  if code < 0xD800 or code > 0xDFFF then return encode_utf8(code), i + 6 end
  local low = tonumber(s:match("^\\u(%x%x%x%x)", i + 6) or error("half a surrogate pair"), 16)
  if low < 0xDC00 or low > 0xDFFF then error("half a surrogate pair") end
  return encode_utf8(0x10000 + (code - 0xD800) * 1024 + (low - 0xDC00)), i + 12
end

-- The string whose opening quote is at `i`; returns it and the position after its closing quote.
local function json_string(s, i)
  if s:sub(i, i) ~= '"' then error("string expected") end
  local out = {}
  i = i + 1
  while true do
    local plain, c = s:match('^([^"\\]*)(["\\])', i)
    if not plain or plain:find("[\1-\31]") then error("string does not end") end
    out[#out + 1] = plain
    i = i + #plain
    if c == '"' then return table.concat(out), i + 1 end
    local short = UNESCAPED[s:sub(i + 1, i + 1)]
    if short then
      out[#out + 1], i = short, i + 2
    else
      out[#out + 1], i = json_unicode(s, i)
    end
  end
end

local json_value

local function skip_space(s, i) return s:find("[^ \t\r\n]", i) or #s + 1 end

-- The members between `{ }` or the items between `[ ]`, the opening bracket at `i`.
local function json_container(s, i, depth)
  local object = s:sub(i, i) == "{"
  local close, out = object and "}" or "]", {}
  i = skip_space(s, i + 1)
  if s:sub(i, i) == close then return out, i + 1 end
  while true do
    local key, value = #out + 1, nil
    if object then
      key, i = json_string(s, i)
      if out[key] ~= nil then error("member twice") end
      i = skip_space(s, i)
      if s:sub(i, i) ~= ":" then error("colon expected") end
      i = i + 1
    end
    value, i = json_value(s, skip_space(s, i), depth + 1)
    out[key] = value
    i = skip_space(s, i)
    local c = s:sub(i, i)
    i = skip_space(s, i + 1)
    if c == close then return out, i end
    if c ~= "," then error("comma expected") end
  end
end

-- The value at `i` and the position after it. null, true and false become `false`: no field read here is one.
function json_value(s, i, depth)
  local c = s:sub(i, i)
  if depth > 8 then error("too deep") end
  if c == '"' then return json_string(s, i) end
  if c == "{" or c == "[" then return json_container(s, i, depth) end
  local number = s:match("^%-?%d+%.?%d*[eE]?[+-]?%d*", i)
  if number then return tonumber(number) or error("bad number"), i + #number end
  local word = s:match("^%a+", i)
  if word == "null" or word == "true" or word == "false" then return false, i + #word end
  error("value expected")
end

-- The members of the JSON object `s`, or nil where it is anything else. Values are parsed and not searched for,
-- so nothing that stands inside a label can pass for a verdict.
local function json_object(s)
  local parsed, object, after = pcall(json_value, s, skip_space(s, 1), 1)
  if parsed and s:match("^%s*{") and skip_space(s, after) > #s then return object end
  return nil
end

-- What is asked -----------------------------------------------------------------------------------------------

-- The client of an IMAP ID list, `"name" "TestMail" "version" "9.1"`, as a person would write it: TestMail 9.1.
local function client_name(id)
  local fields, key = {}, nil
  local hidden = id:gsub("\\(.)", { ['"'] = "\1", ["\\"] = "\2" }) -- so that a quote is the end of a string
  for quoted in hidden:gmatch('"([^"]*)"') do
    if key then
      fields[key:lower()], key = quoted:gsub("[\1\2]", { ["\1"] = '"', ["\2"] = "\\" }), nil
    else
      key = quoted
    end
  end
  if not fields.name then return id end
  return fields.version and fields.name .. " " .. fields.version or fields.name
end

-- The client as clientpass takes it, or nil.
local function client_of(req)
  if (req.client_id or "") == "" then return nil end
  local name = to_utf8(client_name(req.client_id):gsub("%c", " "))
  name = cut(name, MAX_CLIENT)
  return name ~= "" and name or nil
end

local function address(req) return req.remote_ip or req.rip or "" end

-- The body of the question. A password that is not UTF-8 (an old client typing Latin-1) goes out with U+FFFD in
-- place of the wrong bytes: no client password has that letter, so it cannot match one, and clientpass still
-- says `defer` where another source keeps the account password; that source then sees the bytes as they came.
local function question(req, password, protocol)
  local members = { '"login":' .. json_quote(req.user), '"password":' .. json_quote(password),
                    '"protocol":' .. json_quote(protocol) }
  local ip, client = address(req), client_of(req)
  if ip:find("^[%x:.]+$") then members[#members + 1] = '"client_ip":' .. json_quote(ip) end
  if client then members[#members + 1] = '"client":' .. json_quote(client) end
  return "{" .. table.concat(members, ",") .. "}"
end

-- Read for every question: a new key works at once, without a reload.
local function service_key()
  local file, why = io.open(settings.key_file, "r")
  if not file then return nil, "cannot read the service key: " .. why end
  local key = (file:read("*a") or ""):match("^%s*(%S+)%s*$")
  file:close()
  if not key then return nil, "no service key in " .. settings.key_file end
  return key
end

-- Makes Dovecot's HTTP client, unless there is one.
local function open_http()
  for _, options in ipairs(http and {} or dialects) do
    local made, client = pcall(dovecot.http.client, options)
    if made then
      http = client
      return
    end
    http_error = "no HTTP client: " .. tostring(client)
  end
end

-- Dovecot's client waits longer after every connection that fails, up to a minute, and would let everybody wait
-- although clientpass is back. It forgets that only with its end, which is when its garbage is collected.
local function close_http()
  http = nil
  collectgarbage()
end

-- Status and body of the answer; nil and why when there is none.
local function ask(body)
  open_http()
  if not http then return nil, http_error end
  local key, why = service_key()
  if not key then return nil, why end
  local request = http:request({ url = settings.url .. "/v1/verify", method = "POST" })
  request:add_header("Authorization", "Bearer " .. key)
  request:add_header("Content-Type", "application/json")
  -- One connection, one question. On a kept connection the first question after a restart of clientpass is lost,
  -- and an answer that stops halfway blocks this auth worker for good (2.3.19).
  request:add_header("Connection", "close")
  request:set_payload(body)
  local response = request:submit()
  local status = response:status()
  -- From 9000 on it is Dovecot's own: not reachable, connection lost, timed out.
  if status >= 9000 then return nil, "no answer from " .. settings.url .. ": " .. tostring(response:reason()) end
  return status, response:payload()
end

-- What the answer means ---------------------------------------------------------------------------------------

local function fault(why) return dovecot.auth.PASSDB_RESULT_INTERNAL_FAILURE, "clientpass: " .. why end

-- The second value of everything but OK is a string: 2.4 takes nothing else, and 2.3 reads the one of NEXT as
-- fields, so it stays empty.
local function refuse(req, why)
  local line = { "clientpass: refused ", req.user, ": ", why }
  local function add(name, value)
    if (value or "") ~= "" then line[#line + 1] = " " .. name .. '="' .. value .. '"' end
  end
  add("protocol", req.protocol or req.service)
  add("ip", address(req))
  add("session", req.session)
  add("client", client_of(req))
  -- Not req:log_info(), which says nothing unless auth_verbose is on.
  dovecot.i_info((table.concat(line):gsub("%c", "?")))
  return dovecot.auth.PASSDB_RESULT_PASSWORD_MISMATCH, ""
end

-- `code` of a problem or `reason` of a reject, fit for a log line.
local function word(value)
  return type(value) == "string" and #value <= 64 and value:match("^[%w_]+$") or "unknown"
end

local function verdict(req, answer)
  if answer.result == "reject" then
    return refuse(req, word(answer.reason))
  elseif answer.result == "defer" then
    return dovecot.auth.PASSDB_RESULT_NEXT, ""
  elseif answer.result ~= "accept" then
    return fault("an answer with no verdict")
  end
  local login = answer.login
  if type(login) ~= "string" or login == "" or login:find("%c") or not select(2, to_utf8(login)) then
    return fault("an accept without a login")
  end
  local id = answer.client_password_id
  if type(id) ~= "string" or not id:match("^[%x-]+$") then id = nil end
  -- By this field Dovecot 2.4 can close the sessions of one client password: doveadm kick -f user_client_password ID
  return dovecot.auth.PASSDB_RESULT_OK,
    { user = login, user_client_password = id, userdb_user_client_password = id }
end

local function check(req, password)
  local service = req.protocol or req.service or ""
  local protocol = PROTOCOLS[service:lower()]
  if not protocol then
    return fault('no protocol of clientpass is called "' .. service ..
                 '" (to try a password: doveadm auth test -x service=imap LOGIN)')
  end
  local sendable = to_utf8(password)
  if #sendable > MAX_PASSWORD then return refuse(req, "longer than any password") end
  if #req.user > MAX_LOGIN then return refuse(req, "longer than any login") end
  if not select(2, to_utf8(req.user)) then return refuse(req, "the login is not UTF-8") end

  local status, body = ask(question(req, sendable, protocol))
  if not status then
    close_http()
    return fault(body)
  end
  local answer = json_object(body or "")
  if status == 401 or status == 403 then
    return fault("it does not take the service key in " .. settings.key_file .. " (" .. status .. ")")
  elseif status ~= 200 then
    return fault("it answered " .. status .. " " .. word(answer and answer.code))
  elseif not answer then
    return fault("an answer that is not a JSON object")
  end
  return verdict(req, answer)
end

-- What Dovecot calls -------------------------------------------------------------------------------------------

-- In 2.4 `args` are the lua_settings, in 2.3 there are none. Never fails: that would stop all sign-in, also
-- where no clientpass is asked. What is wrong is said at each question instead.
function script_init(args)
  settings = {}
  for name, default in pairs(DEFAULTS) do
    local given = args and args[name] or os.getenv("CLIENTPASS_" .. name:upper())
    settings[name] = given and given ~= "" and given or default
  end
  settings.url = settings.url:gsub("/+$", "")
  dialects = args and { HTTP_2_4, HTTP_2_3 } or { HTTP_2_3, HTTP_2_4 }
  open_http()
  return 0
end

function auth_password_verify(req, password)
  local mechanism = req.mechanism or req.mech
  if mechanism and mechanism ~= "" and not PASSWORD_MECHANISMS[mechanism:upper()] then
    return refuse(req, mechanism .. " carries no password")
  end
  return check(req, password)
end

-- Asked where no password is at hand. Challenge-response sign-in (CRAM-MD5, SCRAM) needs the stored password and
-- is refused, or it would be a way around. Lookups without a sign-in (LMTP and doveadm on a proxy) and those
-- after a master user's are for the next passdb.
function auth_passdb_lookup(req)
  local mechanism = req.mechanism or req.mech or ""
  if mechanism == "" or req.skip_password_check then return dovecot.auth.PASSDB_RESULT_NEXT, "" end
  return refuse(req, mechanism .. " carries no password")
end
