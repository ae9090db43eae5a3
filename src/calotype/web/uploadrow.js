// One file in the list: its picture, its words, how far it is, and what became of it.
import { h, icon } from "./dom.js";
import * as q from "./queue.js";
import { thumbnail } from "./thumbs.js";
import { rendition } from "./urls.js";
import { WORDS, wordFields } from "./words.js";

/** What helps, where the service says only what is wrong. */
const MENDS = {
  "refused-not-an-image": "JPEG, PNG, WebP, AVIF, GIF, TIFF, SVG and HEIC are taken.",
  "refused-empty": "Choose it again once it is whole.",
  "refused-truncated": "Copy it again from where it came from.",
  "refused-corrupt": "Open it in another program and save it anew.",
  "refused-svg-external": "Save the drawing with all of that inside.",
  "refused-unfinished": "Try it again when there is less to do, or save it smaller.",
  "too-large": "Save it smaller.",
  "refused-too-large": "Save it smaller.",
};

const percent = new Intl.NumberFormat(undefined, { style: "percent" });

export function bytes(number) {
  const [unit, per] = number < 1e6 ? ["kilobyte", 1e3] : ["megabyte", 1e6];
  const options = { style: "unit", unit, maximumFractionDigits: number < 1e7 && per > 1e3 ? 1 : 0 };
  return new Intl.NumberFormat(undefined, options).format(Math.max(1, number / per));
}

const imageUrl = ({ image }) => `/?${new URLSearchParams({ image: image.id })}`;

const ending = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);

/** What is said of a file in this state: text, and a symbol where it is an end. */
function said(item) {
  const { state, file, sent, problem } = item;
  switch (state) {
    case q.WAITING: return ["Waiting for its turn"];
    case q.SENDING: return [`${percent.format(file.size ? sent / file.size : 0)} of ${bytes(file.size)}`];
    case q.CHECKING: return ["Sent, now being looked at…"];
    case q.NEW: return ["Added", "done"];
    case q.KNOWN: return ["Already here", "same"];
    case q.REFUSED: return [["Refused.", ending(problem.message), MENDS[problem.code]].filter(Boolean).join(" "), "warning"];
    case q.FAILED: return [`Not sent. ${ending(problem.message)}`, "warning"];
    case q.CANCELLED: return ["Cancelled"];
    default: return [""];
  }
}

/** @param handlers `cancel(item)`, `retry(item)` and `remove(item)` are asked for by its buttons */
export class Row {
  element;
  #item;
  #words = wordFields(WORDS, { compact: true });
  #picture = h("div", { class: "item-picture" });
  #facts = h("span", {});
  #state = h("p", { class: "item-state" });
  #bar = h("progress", { max: 1, "aria-label": "Sent" });
  #actions = h("div", { class: "item-actions" });
  #fold;
  #handlers;
  #shown = "";

  constructor(item, place, handlers, { open }) {
    this.#item = item;
    this.#handlers = handlers;
    this.#facts.textContent = bytes(item.file.size);
    this.#fold = h("details", { class: "item-words", open },
      h("summary", {}, "Describe it"),
      h("div", { class: "word-grid" }, ...WORDS.map((name) => this.#words.nodes[name])));
    this.element = h("li", { class: "item" }, this.#picture,
      h("div", { class: "item-main" },
        h("div", { class: "item-head" },
          h("div", { class: "item-name" },
            h("h2", { title: place }, item.file.name), h("p", { class: "item-note" }, this.#facts)),
          this.#actions),
        this.#bar, this.#state, this.#fold));
    thumbnail(this.#picture, item.file, (width, height) => {
      this.#facts.textContent = `${bytes(item.file.size)} · ${width} × ${height}`;
    });
    this.update();
  }

  words() {
    return Object.fromEntries(WORDS.map((name) => [name, this.#words.value(name)]));
  }

  get isDescribed() {
    return Object.values(this.words()).some(Boolean);
  }

  focus() {
    this.#actions.firstElementChild?.focus({ preventScroll: true });
  }

  update() {
    const item = this.#item;
    const { state } = item;
    const [text, symbol] = said(item);
    this.#bar.hidden = ![q.SENDING, q.CHECKING].includes(state);
    if (state === q.SENDING) this.#bar.value = item.file.size ? item.sent / item.file.size : 0;
    else this.#bar.removeAttribute("value"); // nobody knows how long that takes
    if (state === q.SENDING && this.#shown === state) {
      this.#state.firstChild.textContent = text;
      return;
    }
    this.#shown = state;
    this.element.dataset.state = state;
    this.#state.replaceChildren(...[symbol && icon(symbol), h("span", {}, text)].filter(Boolean));
    this.#state.hidden = !text;
    const mendable = state !== q.REFUSED || item.problem.code === "bad-parameter";
    this.#fold.hidden = q.isTaken(item) || !mendable;
    this.element.classList.toggle("ended", this.#fold.hidden);
    for (const input of Object.values(this.#words.inputs)) input.readOnly = q.isUnderWay(item);
    if (q.isTaken(item)) this.#showTaken();
    this.#offer();
  }

  /** The image as the service has it now, and the way to it. */
  #showTaken() {
    const { image } = this.#item;
    const open = (...children) => h("a", { href: imageUrl(this.#item) }, ...children);
    this.element.querySelector("h2").replaceChildren(open(image.title || image.name));
    this.#facts.textContent = [`${image.width} × ${image.height}`, ...(image.tags ?? [])].join(" · ");
    if (this.#picture.querySelector(".kind")) {
      this.#picture.replaceChildren(h("img", { alt: "", src: rendition(image, Math.min(320, image.width)) }));
    }
  }

  #offer() {
    const item = this.#item;
    const { name } = item.file;
    const { cancel, retry, remove } = this.#handlers;
    const held = this.#actions.contains(document.activeElement);
    const button = (label, symbol, act) => h("button", { type: "button", class: "quiet round",
      title: label, "aria-label": `${label}: ${name}`, onclick: () => act(item) }, icon(symbol));
    const open = q.isTaken(item)
      ? h("a", { class: "pill", href: imageUrl(item), "aria-label": `Open ${item.image.title || name}` }, "Open")
      : null;
    const again = [q.FAILED, q.CANCELLED, q.REFUSED].includes(item.state)
      ? button("Try again", "retry", retry) : null;
    const gone = q.isUnderWay(item) ? button("Cancel", "close", cancel)
      : q.isTaken(item) ? null : button("Remove from the list", "close", remove);
    this.#actions.replaceChildren(...[open, again, gone].filter(Boolean));
    if (held) this.#actions.firstElementChild?.focus();
  }
}
