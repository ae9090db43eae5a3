// Colour, orientation and kind: what there is to choose from, and what is chosen.
import { countOf, h, icon } from "./dom.js";

const SHAPES = ["landscape", "portrait", "square"];
const KINDS = { jpeg: "JPEG", png: "PNG", webp: "WebP", avif: "AVIF", gif: "GIF", tiff: "TIFF",
  svg: "SVG", heic: "HEIC" };

/** The colour names that ingest gives, in the order of the rainbow, then from light to dark. */
const SWATCHES = {
  red: "#e03a3e", orange: "#f5871f", yellow: "#f8ce2b", green: "#3f9e4d", teal: "#1fa3a0",
  cyan: "#35c3dd", blue: "#2f6fde", indigo: "#4b4bc3", purple: "#8a4bc9", magenta: "#c93fb2",
  pink: "#f28cb5", brown: "#8a5a36", beige: "#e3d3b4", white: "#ffffff", gray: "#8e8e8e",
  black: "#161616",
};

const LABELS = { color: "", orientation: "", format: "", tag: "", license: "Licence ",
  creator: "By ", after: "After ", before: "Before ", width: "Width " };

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function labelOf(name, value) {
  const shown = name === "format" ? (KINDS[value] ?? value) : value;
  return LABELS[name] + (["color", "orientation"].includes(name) ? capital(shown) : shown);
}

export class Filters {
  #bar;
  #active;
  #choose;
  #shown = "";

  /** @param choose called with a filter's name and its new value, empty to remove it */
  constructor(bar, active, choose) {
    this.#bar = bar;
    this.#active = active;
    this.#choose = choose;
  }

  update(facets, filters) {
    this.#updateActive(filters);
    const shown = JSON.stringify([facets.color, facets.orientation, facets.format, filters]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const focused = this.#bar.contains(document.activeElement)
      ? document.activeElement.dataset.key
      : null;
    const groups = [
      this.#group("Colour", "color", this.#colors(facets.color ?? {}, filters.color)),
      this.#group("Orientation", "orientation", this.#shapes(facets.orientation ?? {}, filters)),
      this.#group("Kind", "format", this.#kinds(facets.format ?? {}, filters)),
    ].filter(Boolean);
    this.#bar.replaceChildren(...groups);
    this.#bar.hidden = groups.length === 0;
    if (focused) this.#bar.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  /** A group with nothing to choose between steps back. */
  #group(label, name, buttons) {
    const pressed = buttons.some((button) => button.ariaPressed === "true");
    if (buttons.length < 2 && !pressed) return null;
    return h("div", { class: "group", role: "group", "aria-label": label }, ...buttons);
  }

  #toggle(name, value, pressed, attributes, ...children) {
    return h("button", {
      type: "button",
      "aria-pressed": String(pressed),
      "data-key": `${name}:${value}`,
      onclick: () => this.#choose(name, pressed ? "" : value),
      ...attributes,
    }, ...children);
  }

  #colors(counts, chosen) {
    const order = Object.keys(SWATCHES);
    const known = (name) => name in SWATCHES || CSS.supports("color", name);
    return Object.keys({ ...counts, ...(chosen ? { [chosen]: 0 } : {}) })
      .filter(known)
      .sort((a, b) => order.indexOf(a) - order.indexOf(b))
      .map((name) => {
        const label = `${capital(name)}, ${countOf(counts[name] ?? 0, "image")}`;
        const button = this.#toggle("color", name, name === chosen,
          { class: "swatch", "aria-label": label, title: label });
        button.style.setProperty("--swatch", SWATCHES[name] ?? name);
        return button;
      });
  }

  #shapes(counts, { orientation }) {
    return SHAPES.filter((shape) => counts[shape] || shape === orientation).map((shape) =>
      this.#counted("orientation", shape, orientation, counts[shape], capital(shape), icon(shape)));
  }

  #kinds(counts, { format }) {
    return Object.keys({ ...counts, ...(format ? { [format]: 0 } : {}) })
      .sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0))
      .map((kind) => this.#counted("format", kind, format, counts[kind], KINDS[kind] ?? kind));
  }

  #counted(name, value, chosen, count = 0, label, symbol = null) {
    const attributes = { class: "choice", "aria-label": `${label}, ${countOf(count, "image")}` };
    return this.#toggle(name, value, value === chosen, attributes,
      symbol, h("span", {}, label), h("small", {}, String(count)));
  }

  #updateActive(filters) {
    const entries = Object.entries(filters);
    const chips = entries.map(([name, value]) => this.#chip(labelOf(name, value),
      `Remove the filter ${labelOf(name, value)}`, () => this.#choose(name, "")));
    if (chips.length > 1) {
      chips.push(this.#chip("Clear all", "Remove all filters", () => this.#choose(null, "")));
    }
    this.#active.replaceChildren(...chips);
    this.#active.hidden = chips.length === 0;
  }

  #chip(text, label, remove) {
    return h("li", {},
      h("button", { type: "button", class: "removable", "aria-label": label, onclick: remove },
        text, icon("close")));
  }
}
