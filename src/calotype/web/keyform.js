// Asks for the API key, once, and lets the service say whether it is one.
import { openDialog } from "./dialogs.js";
import { h } from "./dom.js";
import * as key from "./key.js";
import { keySelf } from "./writes.js";

const CREATE = "calotype keys create --scope write";

/** Why the service would not take the key, in words, or null if it may write. */
async function refusal(text) {
  if (!/^[\x21-\x7e]+$/.test(text)) return "A key begins with ck_ and has no spaces in it.";
  try {
    const { scopes } = await keySelf(text);
    if (scopes.includes("write")) return null;
    return `This key may not change anything. Make one that may: ${CREATE}`;
  } catch (error) {
    if (error.status !== 401) return `The key could not be checked: ${error.message}`;
    return "This key is not valid here. Was it copied whole, or has it been revoked?";
  }
}

let made = 0; // the page has one form, a dialog may have another

/** The form; `accepted()` is called when the key has been checked and kept. */
export function keyForm({ accepted, buttons = [] }) {
  const id = `key-${(made += 1)}`;
  const field = h("input", { id, name: "key", type: "password", required: true,
    autocomplete: "off", autocapitalize: "off", spellcheck: "false", placeholder: "ck_…",
    "aria-describedby": `${id}-error` });
  const remember = h("input", { type: "checkbox", name: "remember" });
  const error = h("p", { class: "field-error", id: `${id}-error`, role: "alert" });
  const submit = h("button", { class: "pill strong" }, "Use this key");

  async function check(event) {
    event.preventDefault();
    const text = field.value.trim();
    error.textContent = "";
    submit.disabled = true;
    const reason = await refusal(text);
    submit.disabled = false;
    error.textContent = reason ?? "";
    field.setAttribute("aria-invalid", String(reason !== null));
    if (reason !== null) return field.focus();
    key.keep(text, remember.checked);
    field.value = "";
    accepted();
  }

  return h("form", { class: "key-form", novalidate: true, onsubmit: check },
    h("div", { class: "labelled" }, h("label", { for: id }, "API key"), field, error),
    h("label", { class: "check" }, remember, h("span", {}, "Remember on this device")),
    h("div", { class: "dialog-actions" }, ...buttons, submit));
}

export const howToMake = () =>
  h("p", {}, "Whoever runs this service makes one: ", h("code", {}, CREATE));

/** Asks in a dialog; resolves with whether there is a key now. */
export async function askForKey(reason, within) {
  const answer = await openDialog("Another key is needed", (answer) => [
    h("p", {}, reason),
    keyForm({
      accepted: () => answer(true),
      buttons: [h("button", { type: "button", class: "pill plain", onclick: () => answer(null) }, "Not now")],
    }),
  ], within);
  return answer === true;
}
