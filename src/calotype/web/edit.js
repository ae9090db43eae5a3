// Changing what is said of an image, and taking it away: the form in the panel of the large view.
import { confirm } from "./dialogs.js";
import { h } from "./dom.js";
import { askForKey } from "./keyform.js";
import { splitTags, typed, WORDS, wordFields } from "./words.js";
import { change, record, remove, wantsKey } from "./writes.js";

/**
 * What was typed and not saved, by image: leafing to the next one loses nothing. `base` is what
 * the typing began from, `etag` names that version.
 */
const drafts = new Map();

addEventListener("beforeunload", (event) => drafts.size && event.preventDefault());

export const hasDraft = (id) => drafts.has(id);

/**
 * The form for `image`.
 *
 * @param done `saved(image)` and `removed(image)` with what the service keeps now; `closed()` when
 *   nothing more is to be done here
 */
export function editForm(image, done) {
  return new Editor(image, done).element;
}

class Editor {
  element;
  #id;
  #image; // the record as it was last seen
  #base; // its words, as the fields had them
  #etag = null;
  #loaded;
  #done;
  #fields = wordFields(WORDS);
  #theirs = {};
  #message = h("div", { class: "form-message", role: "alert" });
  #save = h("button", { class: "pill strong" }, "Save");

  constructor(image, done) {
    this.#id = image.id;
    this.#done = done;
    const draft = drafts.get(image.id);
    this.#image = image;
    this.#base = draft?.base ?? typed(image);
    this.#etag = draft?.etag ?? null;
    this.#build();
    for (const name of WORDS) this.#fields.set(name, draft?.values[name] ?? this.#base[name]);
    this.#loaded = this.#look().catch((error) => this.#say(error.message));
  }

  #build() {
    for (const name of WORDS) {
      this.#theirs[name] = h("div", { class: "theirs", hidden: true });
      this.#fields.nodes[name].append(this.#theirs[name]);
    }
    this.element = h("form", { class: "edit", "aria-label": "Edit", novalidate: true,
      onsubmit: (event) => this.#submitted(event),
      oninput: () => this.#remember(),
      onkeydown: (event) => this.#keyed(event) },
    this.#message,
    ...WORDS.map((name) => this.#fields.nodes[name]),
    h("div", { class: "edit-actions" }, this.#save,
      h("button", { type: "button", class: "pill", onclick: () => this.#cancel() }, "Cancel"),
      h("button", { type: "button", class: "pill plain", onclick: () => this.#askToDelete() }, "Delete…")));
  }

  #values() {
    return Object.fromEntries(WORDS.map((name) => [name, this.#fields.value(name)]));
  }

  #isTouched(name) {
    return this.#fields.value(name) !== this.#base[name].trim();
  }

  #remember() {
    if (WORDS.some((name) => this.#isTouched(name))) {
      drafts.set(this.#id, { base: this.#base, etag: this.#etag, values: this.#values() });
    } else drafts.delete(this.#id);
  }

  /** Takes up the record as it is now. True if somebody else has changed what is typed over here. */
  async #look() {
    const { image, etag } = await record(this.#id);
    const now = typed(image);
    let clash = false;
    for (const name of WORDS) {
      const changed = now[name] !== this.#base[name];
      if (!this.#isTouched(name)) this.#fields.set(name, now[name]);
      else if (changed && now[name] !== this.#fields.value(name)) {
        this.#showTheirs(name, now[name]);
        clash = true;
      }
    }
    this.#image = image;
    this.#base = now;
    this.#etag = etag;
    this.#remember();
    if (clash) this.#sayClash();
    return clash;
  }

  #showTheirs(name, text) {
    const take = () => {
      this.#fields.set(name, text);
      this.#theirs[name].hidden = true;
      this.#fields.inputs[name].focus();
      this.#remember();
    };
    this.#theirs[name].replaceChildren(
      h("p", {}, h("span", { class: "theirs-label" }, "Theirs: "), text || "nothing"),
      h("button", { type: "button", class: "link", onclick: take }, "Take theirs"));
    this.#theirs[name].hidden = false;
  }

  #sayClash() {
    this.#say("Somebody else has changed this image meanwhile. Your text is kept; theirs stands "
      + "below it. Saving now puts yours in its place.");
  }

  #say(text) {
    this.#message.replaceChildren(...(text ? [h("p", {}, text)] : []));
    if (text) this.#message.scrollIntoView({ block: "nearest" });
  }

  /** The members that were changed, as a merge patch. */
  #changes() {
    const changed = WORDS.filter((name) => this.#isTouched(name));
    return Object.fromEntries(changed.map((name) => {
      const text = this.#fields.value(name);
      return [name, name === "tags" ? splitTags(text) : text];
    }));
  }

  async #submitted(event) {
    event?.preventDefault();
    await this.#loaded;
    const members = this.#changes();
    if (!Object.keys(members).length) return this.#cancel();
    this.#say("");
    await this.#guarded(async () => {
      if (this.#etag === null && (await this.#look())) return;
      const { image } = await change(this.#id, members, this.#etag);
      drafts.delete(this.#id);
      this.#done.saved(image);
    }, () => this.#submitted());
  }

  async #askToDelete() {
    const { title, name } = this.#image;
    const sure = await confirm(`Delete “${title || name}”?`, {
      text: [
        "It can no longer be found, and its addresses stop working.",
        "If it was uploaded, the original goes for good. A file in a folder or bucket that is only "
        + "followed stays where it is.",
      ],
      action: "Delete",
      within: this.element.closest(".pswp"),
    });
    if (sure) await this.#delete();
  }

  async #delete() {
    await this.#loaded;
    await this.#guarded(async () => {
      // Gone already is as good.
      await remove(this.#id, this.#etag).catch((error) => {
        if (error.status !== 404) throw error;
      });
      drafts.delete(this.#id);
      this.#done.removed(this.#image);
    }, () => this.#delete());
  }

  /** Runs `write`; says what went wrong, or asks for what is missing and does it `again`. */
  async #guarded(write, again) {
    this.#busy(true);
    try {
      await write();
    } catch (error) {
      this.#busy(false);
      await this.#failed(error, again);
    }
    this.#busy(false);
  }

  async #failed(error, again) {
    if (error.status === 412) return this.#changedMeanwhile();
    if (wantsKey(error)) {
      const reason = `${error.message} What you typed is kept.`;
      if (await askForKey(reason, this.element.closest(".pswp"))) await again();
      return undefined;
    }
    return this.#say(`That did not work, and your text is kept. ${error.message}`);
  }

  /** 412: theirs is shown beside what was typed, and the next attempt is made upon theirs. */
  async #changedMeanwhile() {
    this.#say("Somebody else has changed this image meanwhile. Your text is kept.");
    try {
      if (await this.#look()) return;
      this.#say("Somebody else has changed this image meanwhile: their changes are in the fields "
        + "now, and your text is kept. Look at it once more.");
    } catch (error) {
      this.#say(error.status === 404 ? "Somebody else has deleted this image." : error.message);
    }
  }

  #busy(busy) {
    for (const button of this.element.querySelectorAll(".edit-actions button")) button.disabled = busy;
    for (const input of Object.values(this.#fields.inputs)) input.readOnly = busy;
  }

  #cancel() {
    drafts.delete(this.#id);
    this.#done.closed();
  }

  /** The keys of the large view mean something else while one types. */
  #keyed(event) {
    event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      this.#done.closed(); // what was typed is still there when the form is opened again
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      void this.#submitted(event);
    }
  }
}
