// Deep zoom: OpenSeadragon over the large view, with tiles from the IIIF Image API.
import { h, icon } from "./dom.js";
import { information, widest } from "./urls.js";

const LIBRARY = "/assets/vendor/openseadragon/openseadragon.min.js";
const STEP = 1.5; // of a zoom by button or key
const UNREADABLE = "This image could not be loaded.";
const INCOMPLETE = "Parts of this image could not be loaded.";
const still = matchMedia("(prefers-reduced-motion: reduce)");

let loading = null;

/** Fetched when first wanted: most visits never zoom, and it is larger than all the rest. */
function library() {
  loading ??= new Promise((resolve, reject) => {
    const failed = () => {
      loading = null;
      reject(new Error("the library could not be loaded"));
    };
    // It would add a style of its own, which our policy forbids, unless it finds one already: an
    // element of that name, in no namespace, styles nothing.
    const stand = document.createElementNS(null, "style");
    stand.setAttribute("data-openseadragon-mobile-css", "");
    document.head.append(stand);
    document.head.append(h("script", { src: LIBRARY, onload: () => resolve(window.OpenSeadragon), onerror: failed }));
  });
  return loading;
}

/**
 * The image's tiles. Its own `id` may name another origin, which the page may not load from.
 * Where each tile would need a signature it is one picture, the widest that the server gave.
 */
async function tiles(image) {
  const { base, url } = information(image);
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  if (answer.headers.get("x-signature") === "required") return { type: "image", url: widest(image) };
  return { ...(await answer.json()), id: base };
}

export class DeepZoom {
  #element = null;
  #viewer = null;
  #closed = null;

  get isOpen() {
    return this.#element !== null;
  }

  /** Covers `parent`, whose other children are inert until it closes; then `closed` is called. */
  async open(parent, image, closed) {
    const stage = h("div", { class: "deep-stage" });
    const status = h("p", { class: "deep-status", role: "status" });
    const button = (name, symbol, key, act) => h("button", { type: "button", class: "quiet round",
      "aria-label": name, title: `${name} (${key})`, onclick: act }, icon(symbol));
    const element = h("div", { class: "deep", role: "group", "aria-label": "Zoomed image",
      onkeydown: (event) => this.#keyed(event) },
    stage,
    h("div", { class: "deep-tools" },
      button("Zoom in", "plus", "+", () => this.#zoom(STEP)),
      button("Zoom out", "minus", "−", () => this.#zoom(1 / STEP)),
      button("Whole image", "whole", "0", () => this.#home()),
      button("Close zoom", "close", "Esc", () => this.close())),
    status);
    element.addEventListener("keydown", (event) => this.#zoomed(event), { capture: true });
    this.#element = element;
    this.#closed = closed;
    for (const sibling of parent.children) sibling.inert = true;
    parent.append(element);
    element.querySelector("button").focus();
    try {
      const [OpenSeadragon, tileSource] = await Promise.all([library(), tiles(image)]);
      if (this.#element === element) this.#show(OpenSeadragon, stage, tileSource, image, status);
    } catch {
      status.textContent = UNREADABLE;
    }
  }

  close() {
    const element = this.#element;
    if (!element) return;
    this.#element = null;
    this.#viewer?.destroy();
    this.#viewer = null;
    for (const sibling of element.parentElement?.children ?? []) sibling.inert = false;
    element.remove();
    this.#closed();
  }

  #show(OpenSeadragon, stage, tileSource, image, status) {
    const viewer = OpenSeadragon({
      element: stage,
      tileSources: tileSource,
      drawer: "canvas", // no worker from a blob:, which our policy forbids
      showNavigationControl: false, // its buttons are pictures; ours are above
      visibilityRatio: 1,
      constrainDuringPan: true,
      minZoomImageRatio: 1,
      maxZoomPixelRatio: 4,
      animationTime: still.matches ? 0 : 0.5,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    });
    this.#viewer = viewer;
    let loaded = false;
    viewer.addHandler("tile-loaded", () => (loaded = true));
    viewer.addHandler("open-failed", () => (status.textContent = UNREADABLE));
    viewer.addHandler("tile-load-failed", () => (status.textContent = loaded ? INCOMPLETE : UNREADABLE));
    const { canvas } = viewer;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", image.alt || image.title || image.name);
    canvas.focus();
  }

  #zoom(factor) {
    const viewport = this.#viewer?.viewport;
    viewport?.zoomBy(factor);
    viewport?.applyConstraints();
  }

  #home() {
    this.#viewer?.viewport.goHome(still.matches);
  }

  /** The same keys wherever the focus is; OpenSeadragon keeps the arrows. */
  #zoomed(event) {
    const actions = {
      "+": () => this.#zoom(STEP), "=": () => this.#zoom(STEP),
      "-": () => this.#zoom(1 / STEP), 0: () => this.#home(),
    };
    if (!(event.key in actions) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
  }

  /** What is pressed here is not for the large view under it. */
  #keyed(event) {
    event.stopPropagation();
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.close();
  }
}
