// The token stands behind the # of the link: a browser sends that part to nobody, so it is in no log.
"use strict";
(() => {
  const token = location.hash.slice(1);
  const form = document.getElementById("form");
  const button = form.querySelector("button");
  const fields = ["organization", "domain", "owner", "password"];
  // An answer may get lost, and with it the keys that are shown once: sent again with this, it is the same answer. It
  // outlives a reload of the page.
  const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const idempotencyKey = sessionStorage.getItem("idempotency-key") ?? random();
  sessionStorage.setItem("idempotency-key", idempotencyKey);
  history.replaceState(null, "", location.pathname);

  const show = (field, text) => {
    document.getElementById(`${field}-error`).textContent = text;
    if (field !== "form") document.getElementById(field).setAttribute("aria-invalid", text !== "");
  };

  const refuse = (problem) => {
    let named = false;
    for (const error of problem.errors ?? []) {
      if (!fields.includes(error.field)) continue;
      show(error.field, `This ${error.detail}.`);
      if (!named) document.getElementById(error.field).focus();
      named = true;
    }
    if (!named) show("form", problem.detail);
  };

  const finish = (made) => {
    form.hidden = true;
    document.getElementById("lead").hidden = true;
    for (const key of ["operator_key", "mail_server_key"]) document.getElementById(key).textContent = made[key];
    document.getElementById("done").hidden = false;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    [...fields, "form"].forEach((field) => show(field, ""));
    button.disabled = true;
    try {
      const body = { token, ...Object.fromEntries(fields.map((field) => [field, form.elements[field].value])) };
      const answer = await fetch("/v1/setup", {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": idempotencyKey },
        body: JSON.stringify(body),
      });
      const made = await answer.json();
      if (answer.status === 201) finish(made); else refuse(made);
    } catch {
      show("form", "No answer came. Is the service still running? Press the button again: nothing is lost, and nothing made twice.");
    } finally {
      button.disabled = false;
    }
  });

  if (token === "") show("form", "The link is not complete: open the whole line that clientpass printed, with everything behind the #.");
})();
