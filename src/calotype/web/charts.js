// Live charts: uPlot in our type and colours. A panel's figure follows the cursor, and is the newest
// value while there is none.
import uPlot from "/assets/vendor/uplot/uPlot.esm.js";

import { h } from "./dom.js";

const HEIGHT = 120;
const TYPE = "12px system-ui, sans-serif";
export const COLORS = ["accent", "series-1", "series-2", "series-3", "series-4", "series-5"];

/** What a custom property is as a colour now: canvas knows no `light-dark()`. */
function color(name, alpha = 1) {
  const probe = h("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return alpha === 1 ? found : found.replace("rgb(", "rgba(").replace(")", `, ${alpha})`);
}

/** As wide as its longest label. */
const gutter = (_, labels) => 12 + 7 * Math.max(4, ...(labels ?? []).map((label) => label.length));

function axes(show, integer) {
  const shared = { stroke: color("quiet"), font: TYPE, ticks: { show: false } };
  return [
    { ...shared, grid: { show: false }, size: 24, gap: 4, space: 72, values: clocks },
    {
      ...shared, grid: { stroke: color("raised-more"), width: 1 }, border: { show: false },
      size: gutter, gap: 8, space: 36, values: (_, ticks) => ticks.map(show),
      ...(integer ? { incrs: [1, 2, 5, 10, 20, 50, 100, 1000], space: 20 } : {}),
    },
  ]; // prettier-ignore
}

function clocks(_, ticks) {
  const whole = ticks.every((tick) => tick % 60 === 0);
  const shape = { hour: "2-digit", minute: "2-digit", ...(whole ? {} : { second: "2-digit" }), hourCycle: "h23" };
  return ticks.map((tick) => new Date(tick * 1000).toLocaleTimeString([], shape));
}

/**
 * A panel with one chart.
 *
 * `show` puts a value into words; `top` is the least top of the axis; `series` are the names of its
 * lines, the first of which is filled; `steps` draws stairs, between whole numbers; `mean` says the
 * mean of all lines in place of each.
 */
export class Panel {
  constructor({ title, note = "", show, top = 1, series, steps = false, mean = false }) {
    Object.assign(this, { show, top, series, steps, mean });
    this.value = h("span", { class: "figure" }, "–");
    this.at = h("span", { class: "figure-at" });
    this.legend = h("span", { class: "legend", "aria-hidden": "true" });
    this.stage = h("div", { class: "stage", role: "img", "aria-label": title });
    this.node = h(
      "figure", { class: "panel" },
      h("figcaption", {}, h("span", { class: "panel-title" }, title), note ? h("small", {}, note) : null, this.legend),
      h("p", { class: "figures" }, this.value, this.at),
      this.stage,
    ); // prettier-ignore
    this.data = [[]];
    new ResizeObserver(() => this.resize()).observe(this.stage);
  }

  /** `times` in Unix seconds and a row of values for each series; null is a gap. */
  draw(times, rows, names = this.series) {
    this.data = [times, ...rows];
    if (!this.plot || names.join() !== this.series.join()) {
      this.series = names;
      this.build();
    } else {
      this.plot.setData(this.data);
    }
    if (this.plot.cursor.idx === null || this.plot.cursor.left < 0) this.tell(null);
  }

  build() {
    this.plot?.destroy();
    const width = this.stage.clientWidth || 320;
    const path = this.steps ? uPlot.paths.stepped({ align: 1 }) : undefined;
    const lines = this.series.map((label, n) => ({
      label,
      stroke: color(COLORS[n % COLORS.length]),
      width: 1.75,
      fill: n === 0 && this.series.length <= 2 ? color(COLORS[0], 0.1) : undefined,
      points: { show: false },
      paths: path,
      spanGaps: false,
    }));
    const options = {
      width,
      height: HEIGHT,
      padding: [8, 4, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false }, sync: { key: "status" } },
      scales: { x: { time: true }, y: { range: (_, low, high) => [0, Math.max(this.top, (high ?? 0) * 1.1)] } },
      axes: axes(this.show, this.steps),
      series: [{}, ...lines],
      hooks: { setCursor: [(plot) => this.tell(plot.cursor.left < 0 ? null : plot.cursor.idx)] },
    };
    this.plot = new uPlot(options, this.data, this.stage);
    this.legend.replaceChildren(
      ...(this.series.length > 1 ? this.series : []).map((label, n) =>
        h("span", { class: `key ${COLORS[n % COLORS.length]}` }, label),
      ),
    );
  }

  /** The values at this place of the data, the newest for null. */
  tell(index) {
    const [times, ...rows] = this.data;
    const at = index ?? times.length - 1;
    const said = rows.map((row) => row[at] ?? null).filter((value) => value !== null);
    const told = this.mean && said.length ? [said.reduce((sum, value) => sum + value, 0) / said.length] : said;
    this.value.textContent = told.map(this.show).join(" / ") || "–";
    this.at.textContent = index === null ? "" : clocks(null, [times[at] + 0.001])[0];
  }

  resize() {
    if (this.plot && this.stage.clientWidth) this.plot.setSize({ width: this.stage.clientWidth, height: HEIGHT });
  }
}
