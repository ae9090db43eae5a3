// What is said of an image, as fields to type in: before it is sent, and afterwards.
import { h } from "./dom.js";

export const WORDS = ["title", "description", "alt", "tags"];

const FIELDS = {
  title: { label: "Title" },
  description: { label: "Description", lines: 3 },
  alt: { label: "Alternative text", hint: "for those who cannot see it", lines: 2 },
  tags: { label: "Tags", hint: "with commas between them" },
  creator: { label: "Creator" },
  license: { label: "Licence", hint: "a name or a URL" },
};

/** Tags as they are typed; one with a comma in it stands in quotes. */
export function joinTags(tags) {
  return (tags ?? []).map((tag) => (tag.includes(",") ? `"${tag}"` : tag)).join(", ");
}

export function splitTags(text) {
  const tags = [...text.matchAll(/\s*(?:"([^"]*)"\s*(?=,|$)|([^,]+))/g)]
    .map(([, quoted, plain]) => (quoted ?? plain).trim())
    .filter(Boolean);
  return [...new Set(tags)];
}

/** As a browser gives back what it was given to edit. */
const lines = (text) => (text ?? "").replace(/\r\n?/g, "\n");

/** The words of a record, as they are typed. */
export function typed(image) {
  return {
    title: image.title ?? "",
    description: lines(image.description),
    alt: lines(image.alt),
    tags: joinTags(image.tags),
  };
}

let made = 0;

/** Labelled fields for `names`: `nodes[name]` to be put in place, `value(name)`, `set(name, text)`. */
export function wordFields(names, { compact = false } = {}) {
  const nodes = {};
  const inputs = {};
  for (const name of names) {
    const { label, hint, lines } = FIELDS[name];
    const id = `word-${(made += 1)}`;
    const attributes = { id, name, autocomplete: "off", enterkeyhint: "done" };
    inputs[name] = lines && !compact
      ? h("textarea", { ...attributes, rows: lines, enterkeyhint: "enter" })
      : h("input", { ...attributes, type: "text" });
    nodes[name] = h("div", { class: "labelled", "data-word": name },
      h("label", { for: id }, label, hint ? h("small", {}, ` ${hint}`) : null), inputs[name]);
  }
  return {
    nodes,
    inputs,
    value: (name) => inputs[name].value.trim(),
    set: (name, text) => (inputs[name].value = text),
  };
}
