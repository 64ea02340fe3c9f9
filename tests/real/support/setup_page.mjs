// Runs the script of the setup page in a document that knows only what it asks for. Arguments: the script, the address of
// the service, the token, and how often the button is pressed until there is an answer. Prints what the page shows.
import { readFileSync } from "node:fs";
import vm from "node:vm";

const [script, base, token, presses] = process.argv.slice(2);
const values = {
  organization: "Example", domain: "example.org", owner: "owner@example.org", password: "owner's password",
};

const elements = new Map();
const element = (id) => {
  if (!elements.has(id)) {
    const listeners = {};
    elements.set(id, {
      id, textContent: "", hidden: id === "done", disabled: false, attributes: {}, value: values[id],
      setAttribute(name, value) { this.attributes[name] = value; },
      focus() {},
      addEventListener(kind, listener) { listeners[kind] = listener; },
      querySelector: () => element("button"),
      elements: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }])),
      submit: () => listeners.submit({ preventDefault() {} }),
    });
  }
  return elements.get(id);
};
const stored = new Map();
const keys = [];

const page = {
  document: { getElementById: element },
  location: { hash: `#${token}`, pathname: "/setup" },
  history: { replaceState() {} },
  sessionStorage: { getItem: (name) => stored.get(name) ?? null, setItem: (name, value) => stored.set(name, value) },
  crypto: globalThis.crypto,
  fetch: (path, options) => {
    keys.push(options.headers["Idempotency-Key"]);
    return fetch(base + path, options);
  },
};
vm.runInNewContext(readFileSync(script, "utf8"), { ...page, Uint8Array, Object, console });

const shown = [];
for (let press = 0; press < Number(presses) && element("done").hidden; press += 1) {
  await element("form").submit();
  shown.push(element("form-error").textContent);
}
console.log(JSON.stringify({
  done: !element("done").hidden,
  shown,
  keys,
  operator_key: element("operator_key").textContent,
  mail_server_key: element("mail_server_key").textContent,
}));
