// The large view: PhotoSwipe, opened from the thumbnail on screen, with the details beside it.
import PhotoSwipe from "./vendor/photoswipe/photoswipe.esm.min.js";
import { DeepZoom } from "./deepzoom.js";
import { createDetails, roomy } from "./details.js";
import { h, icon } from "./dom.js";
import { fullSize, isDetailed, rendition, srcset } from "./urls.js";

const PANEL = 360; // px; as in viewer.css
const PEEK = 72; // px of the folded panel on a phone
const SHEET = 0.7; // of the height, the panel unfolded on a phone; as in viewer.css
const AHEAD = 8; // images before the end at which the next page is fetched

/** PhotoSwipe takes its symbols as markup; these are index.html's. */
const symbol = (name) => `<svg class="icon" aria-hidden="true"><use href="#icon-${name}"/></svg>`;

const outside = () => document.querySelectorAll("body > .skip, body > header, body > main");

function slide(image, thumbnail) {
  return {
    ...fullSize(image),
    id: image.id,
    src: rendition(image, Math.min(1600, fullSize(image).width)),
    srcset: srcset(image),
    alt: image.alt || image.title || image.name,
    msrc: thumbnail?.currentSrc || thumbnail?.src || rendition(image, 240),
    thumbCropped: true,
  };
}

export class Viewer {
  #swipe = null;
  #panel = null;
  #deep = new DeepZoom();
  #handlers;

  /**
   * @param handlers `thumbnail(id)` finds a picture on the page; `changed(id)` and `closed(id)`
   *   tell which image is, or was last, on view; `choose(filter, value)` leaves for another list;
   *   `saved(image)` and `removed(image)` tell what was changed.
   */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  get isOpen() {
    return this.#swipe !== null;
  }

  get id() {
    return this.#swipe?.currSlide?.data.id ?? null;
  }

  /** Shows `results.items[index]`; goes on to the list's next pages. */
  open(results, index) {
    this.drop();
    const slides = results.items.map((image) => slide(image, this.#handlers.thumbnail(image.id)));
    const swipe = new PhotoSwipe({
      dataSource: slides,
      index,
      loop: false,
      bgOpacity: 1,
      counter: false,
      returnFocus: false, // closed() puts it on the image that was last on view
      wheelToZoom: true,
      initialZoomLevel: "fit",
      secondaryZoomLevel: 2,
      zoomAnimationDuration: 240,
      errorMsg: "This image could not be loaded.",
      closeSVG: symbol("close"),
      zoomSVG: symbol("zoom"),
      arrowPrevSVG: symbol("previous"),
      arrowNextSVG: symbol("next"),
      closeTitle: "Close (Esc)",
      zoomTitle: "Zoom (Z)",
      arrowPrevTitle: "Previous image",
      arrowNextTitle: "Next image",
      paddingFn: () => (roomy.matches ? { top: 64, bottom: 32, left: 64, right: 64 } : { top: 60, bottom: 8, left: 0, right: 0 }),
      getViewportSizeFn: () => this.#room(),
    });
    this.#swipe = swipe;
    this.#panel = createDetails({
      choose: this.#handlers.choose,
      fold: () => swipe.element && this.#fit(),
      saved: (image) => this.#saved(image, results, slides),
      removed: this.#handlers.removed,
    });
    swipe.addFilter("thumbEl", (_, data) => this.#handlers.thumbnail(data.id));
    swipe.on("uiRegister", () => this.#registerControls(results));
    swipe.on("firstUpdate", () => this.#dress());
    swipe.on("change", () => this.#changed(results, slides));
    swipe.on("keydown", (event) => this.#keyed(event, results));
    this.#rememberUntilOpen(swipe, results);
    swipe.on("destroy", () => this.#destroyed(swipe));
    swipe.init();
  }

  close() {
    this.#swipe?.close();
  }

  /** Gone at once, without the way back to the thumbnail: the list under it is about to change. */
  drop() {
    const swipe = this.#swipe;
    this.#swipe = null;
    swipe?.destroy();
  }

  #room() {
    const { clientWidth: width } = document.documentElement;
    const open = this.#panel?.open;
    if (roomy.matches) return { x: innerWidth - (open ? PANEL : 0), y: innerHeight };
    return { x: width, y: open ? Math.round(innerHeight * (1 - SHEET)) : innerHeight - PEEK };
  }

  #fit() {
    const { x, y } = this.#room();
    this.#swipe.scrollWrap.style.width = `${x}px`;
    this.#swipe.scrollWrap.style.height = `${y}px`;
    this.#swipe.updateSize(true);
  }

  /** PhotoSwipe hears nothing until it has opened: what is asked of it before that is done then. */
  #rememberUntilOpen(swipe, results) {
    const waiting = [];
    const close = swipe.close.bind(swipe);
    swipe.close = () => (swipe.opener.isOpen ? close() : waiting.push(close));
    const actions = {
      Escape: close,
      ArrowRight: () => swipe.next(),
      ArrowLeft: () => swipe.prev(),
      i: () => this.#panel.setOpen(!this.#panel.open),
      e: () => this.#panel.edit(),
      z: () => (this.#canZoomDeep(results) ? this.#zoomDeep(results) : swipe.toggleZoom()),
    };
    const pressed = (event) => {
      if (!(event.key in actions) || event.target.matches("input")) return;
      event.preventDefault();
      waiting.push(actions[event.key]);
    };
    document.addEventListener("keydown", pressed);
    swipe.on("bindEvents", () => {
      document.removeEventListener("keydown", pressed);
      for (const action of waiting) action();
      // A panel that was opened under way took room that the animation did not know of.
      if (this.#swipe === swipe) this.#fit();
      // PhotoSwipe takes the focus after this, also from who has begun to type.
      queueMicrotask(() => this.#panel.element.querySelector(".edit input")?.focus());
    });
  }

  /** The panel, the names that assistive technology reads, and the focus, which stays inside. */
  #dress() {
    const { element, scrollWrap, topBar } = this.#swipe;
    for (const node of outside()) node.inert = true;
    element.setAttribute("aria-modal", "true");
    element.setAttribute("aria-label", "Large view");
    scrollWrap.setAttribute("aria-label", "Images");
    this.#panel.element.classList.add("pswp__hide-on-close");
    element.append(topBar, this.#panel.element); // the bar is as wide as the window
    this.#panel.setOpen(roomy.matches);
    this.#swipe.events.add(window, "resize", () => this.#fit());
    element.focus();
  }

  #registerControls(results) {
    this.#swipe.ui.registerElement({
      name: "details",
      order: 15,
      appendTo: "bar",
      onInit: (element) => element.append(this.#panel.toggle),
    });
    this.#swipe.ui.registerElement({
      name: "deep",
      order: 10,
      appendTo: "bar",
      onInit: (element, swipe) => {
        const button = h("button", { type: "button", class: "pswp__button", "aria-label": "Zoom",
          title: "Zoom (Z)", onclick: () => this.#zoomDeep(results) }, icon("zoom"));
        element.append(button);
        swipe.on("change", () => {
          const detailed = this.#canZoomDeep(results);
          element.hidden = !detailed;
          swipe.element.classList.toggle("pswp--detailed", detailed);
        });
      },
    });
    const format = new Intl.NumberFormat();
    this.#swipe.ui.registerElement({
      name: "position",
      order: 5,
      appendTo: "bar",
      onInit: (element, swipe) => {
        const update = () => {
          const total = Math.max(results.total, swipe.getNumItems());
          element.textContent = `${format.format(swipe.currIndex + 1)} / ${format.format(total)}`;
        };
        swipe.on("change", update);
      },
    });
  }

  #canZoomDeep(results) {
    return isDetailed(results.items[this.#swipe.currIndex]);
  }

  #zoomDeep(results) {
    const { element, currIndex } = this.#swipe;
    void this.#deep.open(element, results.items[currIndex], () =>
      element.querySelector(".pswp__deep button")?.focus());
  }

  #changed(results, slides) {
    const { currIndex } = this.#swipe;
    const image = results.items[currIndex];
    this.#panel.show(image);
    // Out of sight behind the view, the page follows: closing flies back to the right place.
    this.#handlers.thumbnail(image.id)?.closest("li").scrollIntoView({ block: "nearest" });
    this.#handlers.changed(image.id);
    if (currIndex >= slides.length - AHEAD) void this.#extend(results, slides);
  }

  async #extend(results, slides) {
    const swipe = this.#swipe;
    if (!results.hasMore) return;
    const fresh = await this.#handlers.more().catch(() => []);
    slides.push(...fresh.map((image) => slide(image, null)));
    if (this.#swipe !== swipe || !fresh.length) return;
    const next = swipe.ui && swipe.element.querySelector(".pswp__button--arrow--next");
    if (next) next.disabled = swipe.currIndex >= slides.length - 1;
  }

  #keyed(event, results) {
    const { originalEvent: key } = event;
    const plain = !key.ctrlKey && !key.metaKey && !key.altKey;
    if (this.#deep.isOpen) {
      event.preventDefault(); // the focus has got lost, the view above has not
      if (key.key === "Escape") this.#deep.close();
    } else if (key.key === "z" && plain && this.#canZoomDeep(results)) {
      event.preventDefault();
      this.#zoomDeep(results);
    } else if (key.target.matches?.("input") && key.key.startsWith("Arrow")) {
      event.preventDefault(); // the arrows belong to the radio buttons
    } else if (key.key === "i" && plain) {
      this.#panel.setOpen(!this.#panel.open);
    } else if (key.key === "e" && plain) {
      key.preventDefault(); // or it is typed into the field that gets the focus
      void this.#panel.edit();
    }
  }

  /** The list under the view and the view itself know the same words of an image. */
  #saved(image, results, slides) {
    const index = results.items.findIndex(({ id }) => id === image.id);
    if (index >= 0) {
      results.items[index] = image;
      slides[index].alt = image.alt || image.title || image.name;
      const picture = this.id === image.id && this.#swipe.currSlide.content.element;
      if (picture) picture.alt = slides[index].alt;
    }
    this.#handlers.saved(image);
  }

  #destroyed(swipe) {
    this.#deep.close();
    const dropped = this.#swipe !== swipe;
    if (dropped && this.#swipe) return; // another one is open already
    for (const node of outside()) node.inert = false;
    this.#swipe = null;
    if (!dropped) this.#handlers.closed(swipe.currSlide?.data.id ?? null);
  }
}
