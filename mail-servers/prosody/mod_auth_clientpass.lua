-- Asks clientpass about every password that an XMPP client sends to Prosody (0.12 or later).
--
-- Nothing is to be changed in this file: the address and the service key come from the configuration beside it.
--
--   accept                    in
--   reject, defer             not-authorized: Prosody has no next source
--   anything else, nothing    temporary-auth-failure: a fault is never a wrong password
--
-- Nothing is remembered: a revoked password has to stop working at once.

local async = require "util.async";
local http = require "net.http";
local json = require "util.json";
local new_sasl = require "util.sasl".new;
local timer = require "util.timer";
local unescape = require "util.jid".unescape;

local url = module:get_option_string("clientpass_url", "http://127.0.0.1:8600");
local key_file = module:get_option_string("clientpass_key_file", "/etc/prosody/clientpass.key");
local PATIENCE = 6; -- seconds; clientpass answers in less than five

-- Read at every question, so that a new key counts at once.
local function read_key()
	local file, why = io.open(key_file);
	local key = file and file:read("*l");
	if file then file:close(); end
	key = key and key:match("^%s*(cpk_%w+)%s*$");
	return key, key == nil and (why or key_file.." has no service key") or nil;
end

-- The answer as it came, or nil and why there is none. Other members go on meanwhile.
local function ask(question, key)
	local wait, done = async.waiter();
	local body, code, over;

	local function answered(text, status)
		if over then return; end
		over, body, code = true, text, status;
		done();
	end

	local headers = { ["Authorization"] = "Bearer "..key; ["Content-Type"] = "application/json" };
	http.request(url.."/v1/verify", { method = "POST"; headers = headers; body = json.encode(question) }, answered);
	timer.add_task(PATIENCE, function () answered("no answer for "..PATIENCE.." s", 0); end);
	wait();

	local answer = code == 200 and json.decode(body);
	if type(answer) ~= "table" then
		return nil, code == 0 and body or "it answered "..tostring(code);
	end
	return answer;
end

-- true, false, or nil where nobody can tell.
local function verdict(login, password, client_ip)
	local key, why = read_key();
	local answer;
	if key then
		local question = { login = login; password = password; protocol = "xmpp"; client_ip = client_ip };
		answer, why = ask(question, key);
	end

	local result = answer and answer.result;
	if result == "accept" then return true; end
	if result == "reject" or result == "defer" then
		module:log("info", "clientpass: refused %s: %s", login, answer.reason or result);
		return false;
	end
	module:log("error", "clientpass: no answer from %s: %s", url, why or "it is not understood");
	return nil;
end

local provider = {};

-- Whom a session is of stays Prosody's business: the part before the @, of this host.
local function is_right(session, username, password)
	return verdict(unescape(username).."@"..module.host, password, session and session.ip);
end

function provider.test_password(username, password)
	return is_right(nil, username, password) or nil, "not authorized";
end

-- Nobody is asked who exists: clientpass does not say it.
function provider.user_exists() return true; end

function provider.get_password() return nil, "passwords are in clientpass"; end
provider.set_password, provider.create_user, provider.delete_user =
	provider.get_password, provider.get_password, provider.get_password;

function provider.get_sasl_handler(session)
	local cannot_tell;

	local handler = new_sasl(module.host, {
		plain_test = function (_, username, password)
			local right = is_right(session, username, password);
			cannot_tell = right == nil;
			return right == true, true;
		end;
	});

	-- Prosody knows right and wrong; the third is put in its place here.
	local process = handler.process;
	function handler:process(message)
		cannot_tell = false;
		local status, condition, text = process(self, message);
		if cannot_tell then
			return "failure", "temporary-auth-failure", "Please try again later.";
		end
		return status, condition, text;
	end

	function handler:clean_clone() -- luacheck: ignore 212/self
		return provider.get_sasl_handler(session);
	end

	return handler;
end

module:provides("auth", provider);
