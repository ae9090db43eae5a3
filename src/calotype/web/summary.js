// What is said about the list: how many, how they matched, and what to do when there are none.
import { copy } from "./clipboard.js";
import { countOf, h, icon } from "./dom.js";
import { absolute, bestMatch, isSigned } from "./urls.js";

const quoted = (text) => `“${text}”`;

/** Sets the text only if it differs, so that a live region does not repeat itself. */
function say(node, ...parts) {
  const text = parts.map((part) => part.textContent ?? part).join("");
  if (node.textContent !== text) node.replaceChildren(...parts);
}

export function sayCount(node, { q, total, match }) {
  const count = h("strong", {}, countOf(total, "image"));
  if (total === 0) return say(node, "");
  if (match === "near") {
    return say(node, `No exact match for ${quoted(q)}, near spellings: `, count);
  }
  if (match === "some") {
    return say(node, `Some of the words of ${quoted(q)}: `, count);
  }
  return say(node, count);
}

/** The query as a URL that answers with the image itself, unless it would need a signature. */
export function showEndpoint(node, { q, filters, total, items }) {
  node.hidden = !q.trim() || total === 0 || items.some(isSigned);
  if (node.hidden) return;
  const path = bestMatch(q.trim(), filters);
  const status = h("span", { class: "unseen", role: "status" });
  const button = h("button", {
    type: "button", class: "quiet round", title: "Copy this URL",
    "aria-label": "Copy the URL of the best match",
    onclick: () => copy(absolute(path), { button, status, what: "URL of the best match", icon: "copy" }),
  }, icon("copy"));
  node.replaceChildren(
    h("a", { href: path, title: "The best match itself, as a URL" },
      h("code", {}, decodeURI(path).replaceAll(" ", "%20"))),
    button, status,
  );
}

function message(node, title, ...rest) {
  node.replaceChildren(h("h2", {}, title), ...rest);
  node.hidden = false;
}

export function hideMessage(node) {
  node.hidden = true;
  node.replaceChildren();
}

/** Nothing matches: no image is shown, and there is a way on. */
export function sayNoMatch(node, { q, filters, suggestions }, { search, clear }) {
  const filtered = Object.keys(filters).length > 0;
  const title = q ? `Nothing matches ${quoted(q)}` : "Nothing matches these filters";
  const choices = suggestions.map((suggestion) =>
    h("button", { type: "button", class: "pill", onclick: () => search(suggestion) }, suggestion));
  message(node, title,
    choices.length ? h("p", {}, "Perhaps one of these:") : null,
    choices.length ? h("div", { class: "choices" }, ...choices) : null,
    h("div", { class: "choices" },
      filtered && q
        ? h("button", { type: "button", class: "pill plain", onclick: clear }, "Search without the filters")
        : null,
      h("button", { type: "button", class: "pill plain", onclick: () => search("") }, "Show all images")));
}

export function sayEmpty(node, ingest) {
  if (ingest?.running) {
    const far = ingest.total ? `${ingest.done} of ${countOf(ingest.total, "file")}` : "the first files";
    return message(node, "Indexing your images", h("p", {}, `Reading ${far}. They appear here as they are found.`));
  }
  return message(node, "No images yet",
    h("p", {}, "Put some into the folder that is being served, and they appear here. Or serve another one:"),
    h("p", {}, h("code", {}, "calotype serve ~/Pictures")),
    h("a", { class: "pill", href: "/upload" }, "Upload images"));
}

export function sayUnreachable(node, error, retry) {
  const down = error.name === "Unreachable" || error.status === undefined;
  message(node, down ? "Calotype does not answer" : "That did not work",
    h("p", {}, down ? "Is the server running? This page tries again by itself." : error.message),
    // What is wrong with the question stays wrong however often it is asked.
    error.status === 400
      ? h("a", { class: "pill", href: "/" }, "Show all images")
      : h("button", { type: "button", class: "pill", onclick: retry }, "Try again"));
}

/** How far the indexing is, as a thin line under the header. */
export function showProgress(bar, ingest) {
  bar.hidden = !ingest?.running;
  if (bar.hidden) return;
  const share = ingest.total ? ingest.done / ingest.total : 0;
  bar.style.transform = `scaleX(${Math.max(0.02, Math.min(1, share))})`;
}
