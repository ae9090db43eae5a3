// The page: keeps the address bar, the list and the large view telling the same story.
import * as address from "./address.js";
import * as api from "./api.js";
import { h } from "./dom.js";
import * as key from "./key.js";
import { Filters } from "./filters.js";
import { Gallery, whenNearEnd } from "./gallery.js";
import { Results } from "./results.js";
import * as summary from "./summary.js";
import { Viewer } from "./viewer.js";
import { wroteLately } from "./writes.js";

const TYPING_PAUSE = 120; // ms without a key before a search starts
const RETRY = 3000; // ms between looks at a server that does not answer
const LOOK = 1500; // ms between looks at an index that is still growing
const LOOKS = 6; // for an image that was added a moment ago
const SOON = 400; // ms between them
const TOLD = 6000; // ms that a passing remark stays

const at = (id) => document.getElementById(id);
const [form, field, list, message] = ["search", "q", "gallery", "message"].map(at);

let state = address.read();
let results = null;
let drafting = false; // the history's last entry is a query that is still being typed
let typing = 0;
let later = 0;

const gallery = new Gallery(list, (id) => openImage(id));
const filters = new Filters(at("filters"), at("active"), choose);
const end = whenNearEnd(at("more"), () => results?.hasMore && more().catch(sayMoreFailed));
const viewer = new Viewer({
  thumbnail: (id) => gallery.thumbnail(id),
  more: () => more(),
  changed: viewed,
  closed: viewerClosed,
  choose(filter, value) {
    viewer.drop();
    go({ q: "", filters: { [filter]: value }, image: null });
  },
  saved: (image) => gallery.update(image),
  removed,
});

/** Fetches what `state` says and shows it; an answer that comes too late is dropped. */
async function refresh({ prefix = false, quiet = false } = {}) {
  clearTimeout(later);
  const wanted = new Results(state.q, state.filters, { prefix, fresh: quiet || wroteLately() });
  results?.drop();
  results = wanted;
  document.body.classList.toggle("busy", !quiet);
  try {
    await wanted.first();
  } catch (error) {
    if (error.name !== "AbortError" && results === wanted) fail(error);
    return false;
  }
  if (results !== wanted) return false;
  document.body.classList.remove("busy");
  show();
  return true;
}

function show() {
  const { q, filters: chosen } = state;
  gallery.show(results.items, state);
  filters.update(results.facets, chosen);
  summary.sayCount(at("count"), results);
  summary.showEndpoint(at("endpoint"), results);
  document.title = q ? `${q} · Calotype` : "Calotype";
  at("more").replaceChildren();
  list.hidden = results.total === 0;
  if (results.total > 0) summary.hideMessage(message);
  else if (q || Object.keys(chosen).length) sayNoMatch();
  else void waitForImages();
  end.again();
}

function sayNoMatch() {
  summary.sayNoMatch(message, results, {
    search: (text) => go({ q: text, filters: {}, image: null }),
    clear: () => go({ ...state, filters: {} }),
  });
}

function fail(error) {
  document.body.classList.remove("busy");
  if (error.code === "not-ready") return void waitForImages();
  gallery.show([], state);
  list.hidden = true;
  at("filters").hidden = at("endpoint").hidden = true;
  at("count").textContent = "";
  summary.sayUnreachable(message, error, () => refresh());
  if (error instanceof api.Unreachable) later = setTimeout(refresh, RETRY);
}

/** An empty library, or an index that is not ready: says which, and looks again. */
async function waitForImages() {
  const mine = results;
  const ingest = await api.indexing();
  if (results !== mine || results.total > 0) return;
  summary.sayEmpty(message, ingest);
  later = setTimeout(() => refresh({ quiet: true }), LOOK);
}

/** While the source is being indexed: shows how far it is, and new images to whoever is at the top. */
async function follow() {
  const ingest = await api.indexing();
  summary.showProgress(at("progress"), ingest);
  if (!ingest?.running) return false;
  setTimeout(async () => {
    const again = await follow();
    const idle = scrollY < 200 && !viewer.isOpen && !drafting;
    if (idle || !again) await refresh({ quiet: true });
  }, LOOK);
  return true;
}

async function more() {
  const mine = results;
  const known = mine.items.length;
  const fresh = await mine.more();
  if (results !== mine) return [];
  // Both the page's end and the large view may ask; the first to hear of it shows it.
  if (mine.shown !== mine.items.length && mine.items.length > known) {
    mine.shown = mine.items.length;
    gallery.append(fresh, state);
    at("more").replaceChildren();
    end.again();
  }
  return fresh;
}

function sayMoreFailed(error) {
  if (error.name === "AbortError") return;
  at("more").replaceChildren(
    h("p", {}, "The next images could not be fetched."),
    h("button", { type: "button", class: "pill", onclick: () => more().catch(sayMoreFailed) },
      "Try again"));
}

/** Another list, as a new entry in the history. */
function go(next) {
  clearTimeout(typing);
  drafting = false;
  state = next;
  field.value = state.q;
  address.push(state);
  scrollTo({ top: 0, behavior: "instant" });
  return refresh();
}

/** A filter chosen or removed; `null` removes all. */
function choose(name, value) {
  const { [name]: _, ...rest } = state.filters;
  go({ ...state, filters: name === null ? {} : value ? { ...rest, [name]: value } : rest });
}

// Typing: the first key makes the history's entry, the others change it, Enter keeps it.

function typed() {
  clearTimeout(typing);
  typing = setTimeout(() => {
    state = { ...state, q: field.value, image: null };
    if (drafting) address.replace(state);
    else address.push(state);
    drafting = true;
    scrollTo({ top: 0, behavior: "instant" });
    void refresh({ prefix: true });
  }, TYPING_PAUSE);
}

function committed() {
  const q = field.value.trim();
  clearTimeout(typing);
  if (q === state.q && !drafting) return;
  if (!drafting) return void go({ ...state, q, image: null });
  drafting = false;
  state = { ...state, q };
  address.replace(state);
  void refresh();
}

// The large view.

/** What this tab has added a moment ago may not have reached the index of who answers. */
async function imageSoon(id) {
  for (let look = 1; ; look += 1) {
    try {
      return await api.image(id);
    } catch (error) {
      if (error.status !== 404 || look === LOOKS || !wroteLately()) throw error;
      await new Promise((resolve) => setTimeout(resolve, SOON));
    }
  }
}

async function openImage(id) {
  if (viewer.isOpen && viewer.id === id) return;
  const mine = results;
  let index = mine.items.findIndex((image) => image.id === id);
  let among = mine;
  if (index < 0) {
    try {
      const image = await imageSoon(id);
      among = { items: [image], total: 1, hasMore: false };
      index = 0;
    } catch {
      state = { ...state, image: null };
      address.replace(state, {});
      return;
    }
  }
  if (results === mine) viewer.open(among, index);
}

function viewed(id) {
  if (state.image === id) return;
  const first = state.image === null;
  state = { ...state, image: id };
  if (first) address.push(state, { opened: true });
  else address.replace(state);
}

/** Closed by hand: the entry that opening made goes too, so that Back leaves the list. */
function viewerClosed(id) {
  gallery.focus(id);
  if (state.image === null) return;
  state = { ...state, image: null };
  if (history.state?.opened) history.back();
  else address.replace(state, {});
}

/** Deleted in the large view: that is left, for the place in the list where the image was. */
function removed({ id, title, name }) {
  viewer.drop();
  const index = results.items.findIndex((image) => image.id === id);
  results.remove(id);
  show();
  viewerClosed(results.items[Math.min(index, results.items.length - 1)]?.id);
  at("toast").textContent = `“${title || name}” is deleted.`;
  setTimeout(() => (at("toast").textContent = ""), TOLD);
}

async function travelled() {
  const before = state;
  state = address.read();
  drafting = false;
  if (field.value !== state.q) field.value = state.q;
  if (!address.sameList(before, state)) {
    viewer.drop();
    if (!(await refresh())) return;
  }
  if (state.image) await openImage(state.image);
  else if (viewer.isOpen) viewer.close();
}

function shortcut(event) {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (viewer.isOpen || event.target.closest("input, textarea, [contenteditable]")) return;
  event.preventDefault();
  field.focus();
  field.select();
}

document.documentElement.classList.toggle("keyed", key.current() !== null);
field.value = state.q;
field.addEventListener("input", typed);
field.addEventListener("change", committed);
field.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" || !results?.total) return;
  event.preventDefault();
  gallery.focus();
});
at("clear").addEventListener("click", () => {
  void go({ ...state, q: "", image: null });
  field.focus();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  committed();
});
document.addEventListener("keydown", shortcut);
document.querySelector(".brand").addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  void go({ q: "", filters: {}, image: null });
});
addEventListener("popstate", travelled);
addEventListener("online", () => message.hidden || refresh());

const arrived = await refresh();
if (arrived && state.image) await openImage(state.image);
void follow();
