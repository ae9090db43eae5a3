// The upload page: which files, with which words, and what became of each.
import { confirm } from "./dialogs.js";
import { countOf, h } from "./dom.js";
import * as key from "./key.js";
import { askForKey, howToMake, keyForm } from "./keyform.js";
import * as picking from "./picking.js";
import * as q from "./queue.js";
import { Row } from "./uploadrow.js";
import { wordFields } from "./words.js";
import { keySelf, wantsKey } from "./writes.js";

const FEW = 3; // so many can be described without folding
const at = (id) => document.getElementById(id);
const roomy = matchMedia("(min-width: 720px)");
const COMMON = ["tags", "creator", "license"];

const common = wordFields(COMMON);
const rows = new Map();
const queue = new q.Queue({ changed, keyRefused });

const handlers = {
  cancel: (item) => queue.cancel(item),
  retry: (item) => queue.start([item]),
  remove,
};

// Files come in.

function add({ files, leftOut }) {
  const fresh = files.filter(({ file }) => !queue.has(file));
  const open = roomy.matches || queue.items.length + fresh.length <= FEW;
  const added = fresh.map(({ file, place }) => {
    const item = { file, words: () => wordsOf(item) };
    queue.add(item);
    rows.set(item, new Row(item, place, handlers, { open }));
    return rows.get(item);
  });
  at("items").append(...added.map((row) => row.element));
  sayPicked(files.length - fresh.length, leftOut);
  refresh();
  if (added.length && !roomy.matches) added[0].element.scrollIntoView({ block: "center" });
}

function sayPicked(twice, leftOut) {
  const some = leftOut.slice(0, 3).join(", ") + (leftOut.length > 3 ? ", …" : "");
  at("picked").textContent = [
    leftOut.length && `${countOf(leftOut.length, "file")} left out, no images: ${some}.`,
    twice && `${countOf(twice, "file")} in the list already.`,
  ].filter(Boolean).join(" ");
}

/** What is sent beside a file: its own words, and those for all where it has none or adds to them. */
function wordsOf(item) {
  const own = rows.get(item).words();
  const tags = [common.value("tags"), own.tags].filter(Boolean).join(", ");
  return { ...own, tags, creator: common.value("creator"), license: common.value("license") };
}

function remove(item) {
  const index = queue.items.indexOf(item);
  const next = queue.items[index + 1] ?? queue.items[index - 1];
  queue.remove(item);
  rows.get(item).element.remove();
  rows.delete(item);
  refresh();
  if (next) rows.get(next).focus();
  else at("choose").focus();
}

// What is shown.

function changed(item) {
  rows.get(item)?.update();
  refresh();
}

const count = (test) => queue.items.filter(test).length;
const withState = (...states) => (item) => states.includes(item.state);

function refresh() {
  const some = queue.items.length > 0;
  document.body.classList.toggle("has-files", some);
  at("items").hidden = at("common").hidden = at("dock").hidden = !some;
  const sending = count(q.isUnderWay) > 0;
  for (const name of COMMON) common.inputs[name].readOnly = sending;
  saySummary(sending);
  offer(sending);
  const all = queue.items.reduce((sum, { file }) => sum + file.size, 0);
  const sent = queue.items.reduce((sum, item) => sum + (q.isTaken(item) ? item.file.size : item.sent), 0);
  at("progress").hidden = !sending;
  at("progress").style.transform = `scaleX(${all ? sent / all : 0})`;
}

function saySummary(sending) {
  const ready = count(withState(q.READY));
  const parts = [
    sending && `${count((item) => !q.isUnderWay(item) && item.state !== q.READY)} of ${queue.items.length - ready} done`,
    !sending && ready && `${countOf(ready, "image")} to upload`,
    [q.NEW, "added"], [q.KNOWN, "already here"], [q.REFUSED, "refused"], [q.FAILED, "not sent"],
    [q.CANCELLED, "cancelled"],
  ].map((part) => {
    if (!Array.isArray(part)) return part;
    const number = count(withState(part[0]));
    return number && `${number} ${part[1]}`;
  });
  const text = parts.filter(Boolean).join(", ");
  if (at("summary").textContent !== text) at("summary").textContent = text;
}

let offered = "";

/** The buttons that make sense now; those that stay are not made anew, so that focus stays too. */
function offer(sending) {
  const ready = queue.items.filter(withState(q.READY));
  const again = queue.items.filter(withState(q.FAILED, q.CANCELLED));
  const taken = queue.items.filter(q.isTaken);
  const buttons = [
    !sending && taken.length && ["Clear what is done", "plain", () => clear(taken)],
    sending && ["Cancel all", "plain", cancelAll],
    !sending && again.length && [`Try ${again.length} again`, ready.length ? "" : "strong", () => queue.start(again)],
    ready.length && [`Upload ${countOf(ready.length, "image")}`, "strong", () => queue.start(ready)],
    !sending && taken.length && !ready.length && !again.length && ["See all images", "strong", "/"],
  ].filter(Boolean);
  const shown = JSON.stringify(buttons.map(([label]) => label));
  if (shown === offered) return;
  offered = shown;
  const held = at("dock-buttons").contains(document.activeElement);
  at("dock-buttons").replaceChildren(...buttons.map(([label, look, act]) =>
    typeof act === "string"
      ? h("a", { class: `pill ${look}`, href: act }, label)
      : h("button", { type: "button", class: `pill ${look}`, onclick: act }, label)));
  if (held) at("dock-buttons").lastElementChild?.focus();
}

function clear(items) {
  for (const item of items) {
    queue.remove(item);
    rows.get(item).element.remove();
    rows.delete(item);
  }
  at("picked").textContent = "";
  refresh();
  at("choose").focus();
}

function cancelAll() {
  // Those that wait first, or they would begin as others end.
  for (const item of [...queue.items].reverse()) if (q.isUnderWay(item)) queue.cancel(item);
}

// The key.

async function showKey() {
  const text = key.current();
  document.body.classList.toggle("asking", text === null);
  at("ask").hidden = text !== null;
  at("work").hidden = text === null;
  at("key-line").hidden = text === null;
  if (text === null) return void (at("dock").hidden = true);
  refresh();
  sayKey(null);
  try {
    sayKey((await keySelf(text)).label);
  } catch (error) {
    if (wantsKey(error) && key.current() === text) await anotherKey("The key that was kept here is not valid any more.");
  }
}

function sayKey(label) {
  const until = key.isRemembered() ? "remembered on this device" : "kept until this tab is closed";
  at("key-line").replaceChildren(
    h("span", {}, label ? `Key “${label}”, ${until}` : `Key ${until}`),
    h("button", { type: "button", class: "link", onclick: forget }, "Forget it"));
}

async function forget() {
  const unsent = count((item) => !q.isTaken(item));
  const sure = !unsent || (await confirm("Forget the key?", {
    text: [`${countOf(unsent, "image")} in the list can then not be sent until there is a key again.`],
    action: "Forget it",
  }));
  if (!sure) return;
  cancelAll();
  key.forget();
  await showKey();
  at("ask").querySelector("input").focus();
}

async function anotherKey(reason) {
  if (await askForKey(reason)) return void showKey();
  key.forget();
  await showKey();
}

function keyRefused(problem) {
  void anotherKey(`${problem.message} The files in the list are kept.`);
}

// The ways in.

function hasFiles(event) {
  return [...(event.dataTransfer?.types ?? [])].includes("Files");
}

function listenForFiles() {
  for (const [button, input] of [["choose", "files"], ["choose-folder", "folder"]]) {
    at(button).addEventListener("click", () => at(input).click());
    at(input).addEventListener("change", () => {
      add(picking.chosen(at(input)));
      at(input).value = ""; // the same file may be chosen again
    });
  }
  addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length || key.current() === null) return;
    event.preventDefault();
    add(picking.pasted(event.clipboardData));
  });
  let depth = 0; // of elements entered and not left
  const entered = (by) => {
    depth = Math.max(0, depth + by);
    at("curtain").hidden = depth === 0 || key.current() === null;
  };
  addEventListener("dragenter", (event) => hasFiles(event) && entered(1));
  addEventListener("dragleave", (event) => hasFiles(event) && entered(-1));
  addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault(); // or the browser leaves for the file
    entered(-depth);
    if (key.current() !== null) add(await picking.dropped(event.dataTransfer));
  });
}

addEventListener("beforeunload", (event) => {
  const typed = (item) => !q.isTaken(item) && rows.get(item).isDescribed;
  if (queue.items.some((item) => q.isUnderWay(item) || typed(item))) event.preventDefault();
});

at("common-words").append(...COMMON.map((name) => common.nodes[name]));
at("ask").append(
  h("p", {}, "Anyone may look; adding images takes a key. You are asked for it once."),
  keyForm({ accepted: () => showKey().then(() => at("choose").focus()) }), howToMake());
listenForFiles();
await showKey();
