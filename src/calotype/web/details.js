// The panel beside the large view: what the image is, whose it is, and how to use it elsewhere.
import { copy } from "./clipboard.js";
import { h, icon } from "./dom.js";
import * as key from "./key.js";
import { absolute, htmlFor, shareable, shareableWidths } from "./urls.js";

/** Room for the panel beside the image; else it is a sheet below it. */
export const roomy = matchMedia("(min-width: 900px)");

const dates = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeZone: "UTC" });

function size(bytes) {
  const unit = bytes < 1e6 ? "kilobyte" : "megabyte";
  const value = bytes / (bytes < 1e6 ? 1e3 : 1e6);
  return new Intl.NumberFormat(undefined, {
    style: "unit", unit, maximumSignificantDigits: 2,
  }).format(value);
}

/** A licence is often a URL; anything but http(s) stays text. */
function link(text) {
  return /^https?:\/\//i.test(text) ? h("a", { href: text, rel: "noopener license" }, text) : text;
}

function facts(image) {
  const day = image.created && new Date(image.created);
  const rows = [
    ["Size", `${image.width} × ${image.height}`],
    ["File", `${image.format.toUpperCase()}, ${size(image.bytes)}`],
    ["Taken", day && !Number.isNaN(day.getTime()) && dates.format(day)],
    ["Name", image.name],
  ];
  return h("dl", { class: "facts" },
    ...rows.filter(([, value]) => value).map(([name, value]) =>
      h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** Whose it is, and on what terms it may be used. */
function credit(image, choose) {
  const by = image.creator && h("button", { type: "button", class: "creator",
    title: `Images by ${image.creator}`, onclick: () => choose("creator", image.creator) }, image.creator);
  return [
    by ? h("span", {}, h("span", { class: "unseen" }, "Credit: "), by) : null,
    image.license ? h("span", {}, h("span", { class: "unseen" }, "Licence: "), link(image.license)) : null,
  ].filter(Boolean);
}

function tags(image, choose) {
  if (!image.tags?.length) return null;
  return h("ul", { class: "tags", role: "list", "aria-label": "Tags" },
    ...image.tags.map((tag) => h("li", {},
      h("button", { type: "button", class: "tag", onclick: () => choose("tag", tag) }, tag))));
}

function colors(image, choose) {
  if (!image.colors?.length) return null;
  return h("ul", { class: "colors", role: "list", "aria-label": "Colours" },
    ...image.colors.map(({ name, hex }) => {
      const label = `Images with ${name}`;
      const button = h("button", { type: "button", class: "swatch", "aria-label": label,
        title: label, onclick: () => choose("color", name) });
      button.style.setProperty("--swatch", hex);
      return h("li", {}, button);
    }));
}

/** Which width is copied; remembered from image to image while the page is open. */
let chosen = 800;

function widthChoice(image) {
  const offered = [...shareableWidths(image), "original"];
  const checked = offered.find((width) => width >= chosen) ?? "original";
  return h("fieldset", { class: "widths" },
    h("legend", {}, "Width"),
    ...offered.map((width) => h("label", {},
      h("input", { type: "radio", name: "width", value: width, checked: width === checked,
        onchange: () => (chosen = width) }),
      width === "original" ? h("span", {}, "Original")
        : h("span", {}, `${width}`, h("span", { class: "unit" }, " px")))));
}

function use(image) {
  const widths = widthChoice(image);
  const picked = () => {
    const { value } = widths.querySelector(":checked");
    return value === "original" ? value : Number(value);
  };
  const status = h("p", { class: "status unseen", role: "status" });
  const copier = (label, symbol, what, text) => {
    const button = h("button", { type: "button", class: "pill",
      onclick: () => copy(text(), { button, status, what, icon: symbol }) },
    icon(symbol), h("span", {}, label));
    return button;
  };
  return h("div", { class: "use" },
    widths,
    h("div", { class: "copies" },
      copier("Copy URL", "copy", "URL", () => shareable(image, picked())),
      copier("Copy HTML", "code", "HTML", () => htmlFor(image, picked()))),
    h("a", { class: "pill strong", href: absolute(image.urls.original),
      download: image.name.split("/").pop() }, icon("download"), "Download original"),
    status);
}

let editing = null; // edit.js, once somebody edits: nobody without a key fetches it

/**
 * The panel, to be put inside the viewer, and the button that opens and closes it.
 * `choose(filter, value)` searches for a tag or a colour; `fold(open)` tells of its being opened;
 * `saved(image)` and `removed(image)` of what was changed in it, where there is a key to do so.
 */
export function createDetails({ choose, fold, saved, removed }) {
  const title = h("h2", { id: "details-title" });
  const byline = h("p", { class: "byline" });
  const toggle = h("button", { type: "button", class: "pswp__button", "aria-controls": "details-body",
    "aria-label": "Details", title: "Details (I)", onclick: () => panel.setOpen(!panel.open) },
  icon("info"));
  const pencil = h("button", { type: "button", class: "quiet round", "aria-label": "Edit",
    title: "Edit (E)", onclick: () => panel.edit() }, icon("edit"));
  const body = h("div", { class: "details-body", id: "details-body" });
  const status = h("p", { class: "unseen", role: "status" });
  const element = h("aside", { class: "details", "aria-labelledby": "details-title" },
    h("div", { class: "details-head", onclick: pulled },
      h("div", { class: "details-what" }, title, byline), pencil), status, body);
  let shown = null;

  /** A sheet is also opened and closed by its head; the button is there for the keyboard. */
  function pulled(event) {
    if (!roomy.matches && !event.target.closest("button, a")) panel.setOpen(!panel.open);
  }

  const panel = {
    element,
    toggle,
    open: false,
    setOpen(open) {
      panel.open = open;
      toggle.setAttribute("aria-expanded", String(open));
      element.classList.toggle("open", open);
      body.inert = !open;
      fold(open);
    },
    show(image) {
      shown = image;
      status.textContent = "";
      pencil.hidden = key.current() === null;
      const unsaved = editing?.hasDraft(image.id) ?? false;
      pencil.classList.toggle("unsaved", unsaved);
      pencil.setAttribute("aria-label", unsaved ? "Edit, not saved" : "Edit");
      title.textContent = image.title || image.name;
      byline.replaceChildren(...credit(image, choose));
      body.replaceChildren(
        ...[
          image.description ? h("p", { class: "description" }, image.description) : null,
          use(image), tags(image, choose), colors(image, choose), facts(image),
        ].filter(Boolean));
      body.scrollTop = 0;
    },
    /** The fields in the place of what they say. */
    async edit() {
      const image = shown;
      if (key.current() === null || body.querySelector(".edit")) return;
      editing ??= await import("./edit.js");
      if (shown !== image) return;
      const back = () => {
        if (!element.contains(form) || shown !== image) return;
        panel.show(image);
        pencil.focus();
      };
      const form = editing.editForm(image, {
        closed: back,
        saved(now) {
          saved(now);
          if (shown.id !== now.id) return;
          panel.show(now);
          pencil.focus();
          status.textContent = "Saved.";
        },
        removed,
      });
      panel.setOpen(true);
      pencil.hidden = true;
      body.replaceChildren(form);
      body.scrollTop = 0;
      form.querySelector("input").focus();
    },
  };
  return panel;
}
