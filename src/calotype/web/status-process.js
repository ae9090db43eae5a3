// The one process that served this page, as its `/metrics` and `/readyz` tell it.
import { decimal, milliseconds, percent, whole } from "./units.js";

const KEPT = 900;
const WINDOW = 10;

export function open() {
  const looks = [];

  async function update() {
    const [text, ready] = await Promise.all([metrics(), readiness()]);
    looks.push({ at: Date.now() / 1000, ...totals(text) });
    if (looks.length > KEPT) looks.shift();
    const points = looks.map((now, n) => point(looks[Math.max(0, n - WINDOW)], now));
    const row = (key) => points.map((each) => each[key]);
    return {
      times: looks.map((look) => look.at),
      values: {
        requests: [row("requests")],
        hits: [row("hits")],
        wait: [row("wait")],
        render: [row("render")],
        search: [row("search")],
        images: [looks.map((look) => look.images)],
      },
      verdict: verdict(ready),
    };
  }

  return {
    title: "This instance",
    update,
    panels: [
      { id: "requests", title: "Requests", note: "a second", show: decimal, series: ["all"], top: 1 },
      { id: "hits", title: "Hit ratio", note: "of renditions", show: percent, series: ["hits"], top: 1 },
      { id: "wait", title: "Wait for a renderer", note: "mean", show: milliseconds, series: ["wait"], top: 10 },
      { id: "render", title: "Render", note: "mean", show: milliseconds, series: ["render"], top: 10 },
      { id: "search", title: "Search", note: "mean", show: milliseconds, series: ["search"], top: 1 },
      { id: "images", title: "Images", note: "that can be found", show: whole, series: ["images"], top: 1 },
    ],
  }; // prettier-ignore
}

/** The figures between two looks; null where nothing happened in between. */
function point(before, now) {
  const seconds = now.at - before.at;
  const mean = (name) => {
    const count = now[`${name}_count`] - before[`${name}_count`];
    return count > 0 ? (1000 * (now[`${name}_sum`] - before[`${name}_sum`])) / count : null;
  };
  const hits = now.hits - before.hits;
  const asked = hits + now.misses - before.misses;
  return {
    requests: seconds > 0 ? Math.max(0, now.requests - before.requests) / seconds : null,
    hits: asked > 0 ? hits / asked : null,
    wait: mean("wait"),
    render: mean("render"),
    search: mean("search"),
  };
}

const TIMES = {
  wait: "calotype_render_queue_wait_seconds",
  render: "calotype_render_seconds",
  search: "calotype_search_seconds",
};
const OURS = ["/metrics", "/readyz", "/healthz"];

/** Sums over the labels that this page does not tell apart. */
function totals(text) {
  const found = { requests: 0, hits: 0, misses: 0, images: null };
  for (const name of Object.keys(TIMES)) found[`${name}_sum`] = found[`${name}_count`] = 0;
  for (const [, name, labels = "", value] of text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)) {
    const number = Number(value);
    if (name === "calotype_http_requests_total") {
      if (!OURS.some((route) => labels.includes(`route="${route}"`))) found.requests += number;
    } else if (name === "calotype_rendition_cache_total") {
      found[labels.includes('result="miss"') ? "misses" : "hits"] += number;
    } else if (name === "calotype_index_images") {
      found.images = number;
    }
    for (const [short, long] of Object.entries(TIMES)) {
      if (name === `${long}_sum`) found[`${short}_sum`] += number;
      if (name === `${long}_count`) found[`${short}_count`] += number;
    }
  }
  return found;
}

async function metrics() {
  const answer = await fetch("/metrics");
  if (!answer.ok) throw new Error(`/metrics: ${answer.status}`);
  return answer.text();
}

async function readiness() {
  const answer = await fetch("/readyz");
  return { ready: answer.ok, ...(await answer.json()) };
}

function verdict({ ready, ingest, detail }) {
  if (!ready) return { text: detail ?? "Not ready", well: false };
  if (ingest?.problem) return { text: ingest.problem, well: false };
  if (ingest?.running) return { text: `Ready; ${ingest.stage} ${whole(ingest.done)} of ${whole(ingest.total)}`, well: true };
  return { text: "Ready", well: true };
}
