// What is shown, as the address bar says it: `?q=…&color=…&image=<id>`.

export const FILTERS = [
  "color", "orientation", "format", "tag", "license", "creator", "after", "before", "width",
];

/** @returns {{q: string, filters: Record<string, string>, image: string | null}} */
export function read() {
  const parameters = new URLSearchParams(location.search);
  const filters = {};
  for (const name of FILTERS) {
    const value = parameters.get(name);
    if (value) filters[name] = value;
  }
  return { q: parameters.get("q") ?? "", filters, image: parameters.get("image") };
}

export function format({ q, filters, image }) {
  const parameters = new URLSearchParams();
  if (q) parameters.set("q", q);
  for (const name of FILTERS) if (filters[name]) parameters.set(name, filters[name]);
  if (image) parameters.set("image", image);
  const text = parameters.toString();
  return text ? `/?${text}` : "/";
}

/** True if both show the same list, whatever image is open. */
export function sameList(one, other) {
  return format({ ...one, image: null }) === format({ ...other, image: null });
}

/** A new entry in the history; `note` is found again in `history.state`. */
export function push(state, note = {}) {
  history.pushState(note, "", format(state));
}

export function replace(state, note = history.state) {
  history.replaceState(note, "", format(state));
}
