// The status page. What it shows comes from a fleet's supervisor, at `/`, or from the metrics of the
// one process that served the page; both say it in the same form:
//
//   { title, panels: [{ id, title, note, show, top, series, steps, mean }] }
//   update() → { times, values: { id: [row, …] }, names: { id: [label, …] },
//                verdict, parts, instances, events, home }
import { Panel } from "./charts.js";
import { h } from "./dom.js";

const SECONDS = 1;
const EVENTS = 40;

const at = (id) => document.getElementById(id);

async function source() {
  const module = location.pathname === "/" ? "./status-fleet.js" : "./status-process.js";
  return (await import(module)).open();
}

const shown = await source();
document.title = `${shown.title} · Calotype`;
at("title").textContent = shown.title;

const panels = new Map(shown.panels.map((each) => [each.id, new Panel(each)]));
at("panels").replaceChildren(...[...panels.values()].map((panel) => panel.node));

function show(now) {
  const { text, well } = now.verdict;
  say(text, well);
  if (now.home) at("images").href = now.home;
  for (const [id, panel] of panels) panel.draw(now.times, now.values[id], now.names?.[id]);
  fill("parts", now.parts?.map(part));
  fill("instances", now.instances?.length ? [table(now.instances)] : []);
  fill("events", now.events?.length ? [h("h2", {}, "Events"), list(now.events)] : []);
}

function say(text, well) {
  if (at("verdict").textContent !== text) at("verdict").textContent = text;
  at("verdict").dataset.well = well;
}

function fill(id, nodes) {
  at(id).hidden = !nodes?.length;
  at(id).replaceChildren(...(nodes ?? []));
}

const state = (name) => h("span", { class: "state", "data-state": name }, name);

function part({ name, state: how, href }) {
  return h("li", {}, href ? h("a", { href }, name) : name, " ", state(how));
}

function table(rows) {
  const columns = Object.keys(rows[0]);
  return h(
    "div", { class: "scroll", tabindex: "0" },
    h("table", {},
      h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, ...rows.map((row) => h("tr", {}, ...columns.map((name) => cell(name, row[name]))))),
    ),
  ); // prettier-ignore
}

function cell(name, value) {
  return h("td", {}, name === "state" ? state(value) : (value ?? "–"));
}

function list(events) {
  return h(
    "ol", { role: "list" },
    ...events.slice(-EVENTS).reverse().map((event) =>
      h("li", { "data-kind": event.kind },
        h("time", {}, new Date(event.at * 1000).toLocaleTimeString([], { hourCycle: "h23" })),
        h("b", {}, event.kind), h("span", {}, event.text)),
    ),
  ); // prettier-ignore
}

/** Colours on a canvas do not follow the theme by themselves. */
function repaint() {
  for (const panel of panels.values()) if (panel.plot) panel.build();
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });

async function turn() {
  if (document.hidden) return;
  try {
    show(await shown.update());
  } catch {
    say("It does not answer.", false);
  }
}

await turn();
setInterval(turn, SECONDS * 1000);
document.addEventListener("visibilitychange", turn);
