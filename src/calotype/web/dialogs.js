// Questions that must be answered before anything else: the browser's own modal dialog.
import { h } from "./dom.js";

/**
 * Opens a dialog and resolves with what `answer(value)` was given, or null if it was dismissed.
 *
 * @param build called with `answer`; returns the nodes under the title
 * @param within where it is put: inside the large view while that keeps the focus
 */
export function openDialog(title, build, within = document.body) {
  return new Promise((resolve) => {
    let given = null;
    const answer = (value) => {
      given = value;
      dialog.close();
    };
    const dialog = h("dialog", { class: "dialog", "aria-labelledby": "dialog-title" },
      h("div", { class: "dialog-body" }, h("h2", { id: "dialog-title" }, title), ...build(answer)));
    dialog.addEventListener("keydown", (event) => event.stopPropagation()); // not for the view below
    dialog.addEventListener("click", (event) => event.target === dialog && answer(null));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(given);
    });
    within.append(dialog);
    dialog.showModal();
  });
}

/** Resolves with true only if `action` was pressed. */
export async function confirm(title, { text, action, within }) {
  const answer = await openDialog(title, (answer) => [
    ...text.map((line) => h("p", {}, line)),
    h("div", { class: "dialog-actions" },
      h("button", { type: "button", class: "pill", autofocus: true, onclick: () => answer(false) },
        "Cancel"),
      h("button", { type: "button", class: "pill grave", onclick: () => answer(true) }, action)),
  ], within);
  return answer === true;
}
