// Copying, and saying so: the button shows it, and a status line tells a screen reader.
import { setIcon } from "./dom.js";

/** The clipboard API exists on HTTPS and localhost only; a server on the LAN takes the old way. */
async function write(text, within) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // denied: the old way may still be allowed
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  const focused = document.activeElement;
  within.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return copied;
}

const resets = new WeakMap();

/** Copies `text`; `status` is a live region near the button, `what` names what was copied. */
export async function copy(text, { button, status, what, icon }) {
  const copied = await write(text, button.parentElement);
  status.textContent = copied ? `${what} copied.` : text;
  status.classList.toggle("unseen", copied); // refused: the text is there to be taken by hand
  setIcon(button, copied ? "done" : "close");
  clearTimeout(resets.get(button));
  resets.set(
    button,
    setTimeout(() => {
      setIcon(button, icon);
      if (copied) status.textContent = "";
    }, 2500),
  );
}
