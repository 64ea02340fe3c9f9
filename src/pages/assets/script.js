// What the pages do beside what they say: times of the visitor's place, copying, showing on demand, looking again.
// Everything works without it but this. It makes no markup.
"use strict";

// Times are UTC in the page.
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  const language = document.documentElement.lang;
  time.title = at.toISOString();
  time.textContent = at.toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
}

// A button says for a moment that it has copied.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  const label = button.textContent;
  const name = button.getAttribute("aria-label");
  const says = (text, named) => {
    button.textContent = text;
    if (name) button.setAttribute("aria-label", named);
  };
  button.addEventListener("click", async () => {
    let said = button.dataset.failed;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      said = button.dataset.copied;
    } catch {
      const shown = document.getElementById(button.dataset.of);
      if (shown) getSelection().selectAllChildren(shown);
    }
    says(said, said);
    setTimeout(() => says(label, name), 4000);
  });
}

// A typed password is shown on demand.
for (const button of document.querySelectorAll("button[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  const show = button.textContent;
  button.hidden = false;
  button.addEventListener("click", () => {
    const hidden = field.type === "password";
    field.type = hidden ? "text" : "password";
    button.textContent = hidden ? button.dataset.hide : show;
    field.focus();
  });
}

// What is shown on demand, such as a QR code with a password in it, is hidden again when nobody looks.
for (const button of document.querySelectorAll("button[data-toggle]")) {
  const shown = document.getElementById(button.dataset.toggle);
  const hide = () => { shown.hidden = true; button.setAttribute("aria-expanded", "false"); };
  hide();
  button.hidden = false;
  button.addEventListener("click", () => {
    shown.hidden = !shown.hidden;
    button.setAttribute("aria-expanded", String(!shown.hidden));
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) hide(); });
}

// A link brings its token behind the #, which no server sees. Whoever changes the language keeps it.
const token = document.querySelector("input[data-token]");
if (token) {
  const take = () => {
    if (location.hash.length > 1) {
      token.value = decodeURIComponent(location.hash.slice(1));
      const typed = token.closest("[data-typed]");
      if (typed) typed.hidden = true;
      history.replaceState(null, "", location.pathname + location.search);
    }
    if (token.value) document.querySelector("form[action^='/language']").action = `/language#${encodeURIComponent(token.value)}`;
  };
  take();
  addEventListener("hashchange", take);
}

// Buttons that only a script makes work.
for (const button of document.querySelectorAll("button[data-do]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    if (button.dataset.do === "print") print();
    if (button.dataset.do === "download") {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([button.dataset.text], { type: "text/plain" }));
      link.download = button.dataset.name;
      link.click();
      URL.revokeObjectURL(link.href);
    }
  });
}

// What has to be agreed to first.
for (const box of document.querySelectorAll("input[data-enables]")) {
  const button = document.getElementById(box.dataset.enables);
  const set = () => { button.disabled = !box.checked; };
  box.addEventListener("change", set);
  set();
}

// Passkeys, where the browser has them: a button asks for one, and the form brings what it says.
if (window.PublicKeyCredential) {
  const read = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const write = (bytes) => bytes && btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const named = (all) => all.map((one) => ({ ...one, id: read(one.id) }));
  const make = async (options) => {
    const user = { ...options.user, id: read(options.user.id) };
    const made = await navigator.credentials.create({ publicKey: { ...options, user, excludeCredentials: named(options.excludeCredentials) } });
    const said = made.response;
    return { id: write(made.rawId), client: write(said.clientDataJSON), data: write(said.getAuthenticatorData()), key: write(said.getPublicKey()), algorithm: said.getPublicKeyAlgorithm() };
  };
  const show = async (options) => {
    const shown = await navigator.credentials.get({ publicKey: { ...options, allowCredentials: named(options.allowCredentials) } });
    const said = shown.response;
    return { id: write(shown.rawId), client: write(said.clientDataJSON), data: write(said.authenticatorData), signature: write(said.signature), user: write(said.userHandle) };
  };

  for (const part of document.querySelectorAll("[data-passkeys]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-no-passkeys]")) part.hidden = true;
  for (const part of document.querySelectorAll("details[data-beside-passkeys]")) part.open = false;
  for (const button of document.querySelectorAll("button[data-passkey]")) {
    const part = button.closest("[data-passkeys]");
    const failed = part.querySelector("[data-failed]");
    button.addEventListener("click", async () => {
      const purpose = button.dataset.passkey;
      failed.textContent = "";
      button.disabled = true;
      try {
        const answer = await fetch("/passkeys/options", { method: "POST", body: new URLSearchParams({ passkey_for: purpose }) });
        // Without a passkey in it the form says what is missing.
        if (answer.ok) {
          const options = await answer.json();
          options.challenge = read(options.challenge);
          const said = await (purpose === "create" ? make(options) : show(options));
          part.querySelector("input").value = JSON.stringify({ for: purpose, ...said });
        }
        button.form.submit();
      } catch {
        failed.textContent = failed.dataset.failed;
      }
      button.disabled = false;
    });
  }
}

// Has the mail client signed in? Asked every two seconds for ten minutes.
const live = document.querySelector("[data-live]");
if (live) {
  const until = Date.now() + 10 * 60 * 1000;
  const look = async () => {
    if (Date.now() > until) { live.querySelector("[data-waiting]").hidden = true; live.querySelector("[data-over]").hidden = false; return; }
    try {
      const answer = await fetch(live.dataset.live, { headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.status === 404) return;
      const seen = await answer.json();
      if (seen.said) {
        live.querySelector("[data-waiting]").hidden = true;
        const said = live.querySelector("[data-seen]");
        said.textContent = seen.said;
        said.hidden = false;
        live.classList.add("seen");
        return;
      }
    } catch { /* The next look may get through. */ }
    setTimeout(look, 2000);
  };
  look();
}

// How far has it come? Looked at every two seconds for ten minutes; once it is over the page is another. The browser reads
// the page itself: text made into a page by a script is what the policy of these pages forbids.
const running = document.querySelector("[data-running]");
if (running) {
  const until = Date.now() + 10 * 60 * 1000;
  const look = () => {
    if (Date.now() > until) return;
    const asked = new XMLHttpRequest();
    asked.open("GET", location.pathname);
    asked.responseType = "document";
    asked.addEventListener("loadend", () => {
      // Where there is none the next look may get through.
      const page = asked.status === 200 && asked.response;
      const now = page && page.querySelector("[data-running]");
      if (page && !now) { location.replace(location.pathname); return; }
      if (now) running.querySelector("[data-progress]").replaceChildren(...now.querySelector("[data-progress]").children);
      setTimeout(look, 2000);
    });
    asked.send();
  };
  setTimeout(look, 2000);
}

// A secret is gone from the page when the visitor is, whatever a browser keeps for its back button.
addEventListener("pagehide", () => {
  for (const secret of document.querySelectorAll("[data-secret]")) {
    secret.replaceChildren();
    secret.removeAttribute("href");
    for (const name of ["copy", "text"]) delete secret.dataset[name];
  }
});
addEventListener("pageshow", (shown) => {
  if (shown.persisted && document.querySelector("[data-secret]")) location.replace(document.querySelector("[data-secret]").dataset.gone || "/passwords");
});
