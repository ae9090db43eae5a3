// A fleet, as its supervisor's `/samples` and `/status` tell it.
import { decimal, milliseconds, percent, whole } from "./units.js";

const KEPT = 900;

export function open() {
  let samples = [];

  async function update() {
    const last = samples.at(-1)?.at ?? 0;
    const [fresh, now] = await Promise.all([json(`/samples?after=${last}`), json("/status")]);
    samples = [...samples, ...fresh].slice(-KEPT);
    const row = (pick) => samples.map((sample) => pick(sample) ?? null);
    const names = [...new Set(samples.flatMap((s) => s.instances.map((i) => i.name)))].sort(byNumber);
    const each = (key) =>
      names.map((name) => row((s) => s.instances.find((i) => i.name === name)?.[key]));
    return {
      times: samples.map((sample) => sample.at),
      values: {
        requests: [row((s) => s.edge.requests_per_second)],
        hits: [row((s) => s.edge.hit_ratio)],
        p95: [row((s) => s.edge.p95_ms)],
        instances: [row((s) => s.scaling.ready), row((s) => s.scaling.desired)],
        wait: each("queue_wait_ms"),
        cpu: each("cpu_percent"),
      },
      names: { wait: names, cpu: names },
      home: home(now),
      verdict: verdict(now),
      parts: [
        { name: "Edge", state: now.edge.state, href: home(now) },
        { name: "Load balancer", state: now.load_balancer.state, href: now.load_balancer.statistics },
        { name: "Catalog", state: now.catalog.state },
      ],
      instances: now.instances.map(instance),
      events: now.events,
    };
  }

  return {
    title: "Fleet",
    update,
    panels: [
      { id: "requests", title: "Requests", note: "a second", show: decimal, series: ["edge"], top: 1 },
      { id: "hits", title: "Hit ratio", note: "of the edge", show: percent, series: ["edge"], top: 1 },
      { id: "p95", title: "95th percentile", note: "of answers", show: milliseconds, series: ["edge"], top: 10 },
      { id: "instances", title: "Instances", note: "ready / desired", show: whole, series: ["ready", "desired"], steps: true, top: 2 },
      { id: "wait", title: "Wait for a renderer", note: "mean", show: milliseconds, series: [], top: 10, mean: true },
      { id: "cpu", title: "CPU", note: "of its own share", show: (v) => percent(v / 100), series: [], top: 100, mean: true },
    ],
  }; // prettier-ignore
}

const byNumber = (a, b) => Number(a.slice(1)) - Number(b.slice(1));

function home(now) {
  return `http://${location.hostname}:${now.edge.port}/`;
}

function verdict({ edge, load_balancer: balancer, catalog, scaling, instances }) {
  const parts = { edge, "load balancer": balancer, catalog };
  const ill = Object.keys(parts).find((name) => !["ready", "external"].includes(parts[name].state));
  if (ill) return { text: `The ${ill} is ${parts[ill].state}`, well: false };
  const failed = instances.find((each) => each.state === "failed");
  if (failed) return { text: `${failed.name} has failed`, well: false };
  const text = `${scaling.ready} of ${scaling.desired} instances ready`;
  return { text, well: scaling.ready >= scaling.desired };
}

function instance(each) {
  return {
    instance: each.name,
    state: each.state,
    queue: milliseconds(each.queue_wait_ms),
    "requests/s": decimal(each.requests_per_second),
    CPU: each.cpu_percent === null ? "–" : percent(each.cpu_percent / 100),
    seq: each.seq,
    port: each.port,
    pid: each.pid,
  };
}

async function json(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}
