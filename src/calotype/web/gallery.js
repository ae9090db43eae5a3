// The rows of images: placeholders before bytes, arrow keys, and the next page before it is needed.
import { thumbHashToDataURL } from "./vendor/thumbhash/thumbhash.js";
import { format } from "./address.js";
import { h } from "./dom.js";
import { justify } from "./layout.js";
import { rendition, srcset } from "./urls.js";

const EAGER = 8; // about what is seen first: the rest waits until it is near

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** What to show until the bytes come: the ThumbHash, or else the main colour, or else nothing. */
function placeholder(image) {
  try {
    const bytes = bytesOf(image.thumbhash ?? "");
    if (bytes.length >= 5) {
      return { url: thumbHashToDataURL(bytes), seeThrough: (bytes[2] & 0x80) !== 0 };
    }
  } catch {
    // not a ThumbHash: the colour will do
  }
  return { color: image.colors?.[0]?.hex };
}

export class Gallery {
  #list;
  #open;
  #tiles = new Map();
  #order = [];
  #width = 0;
  #current = null;

  /** @param open called with an image's id when its tile is chosen */
  constructor(list, open) {
    this.#list = list;
    this.#open = open;
    list.addEventListener("click", (event) => this.#clicked(event));
    list.addEventListener("keydown", (event) => this.#keyed(event));
    list.addEventListener("focusin", (event) => this.#focused(event));
    new ResizeObserver(() => this.#resized()).observe(list);
  }

  /** Shows exactly these; a tile that was there already stays, with its pixels. */
  show(images, state) {
    const kept = new Map();
    this.#order = images.map((image, index) => {
      const tile = this.#tiles.get(image.id) ?? this.#tile(image, index);
      tile.querySelector("a").href = format({ ...state, image: image.id });
      kept.set(image.id, tile);
      return tile;
    });
    this.#tiles = kept;
    this.#lay();
    this.#list.replaceChildren(...this.#order);
    if (!this.#order.includes(this.#current)) this.#enter(this.#order[0]);
  }

  append(images, state) {
    const from = this.#order.length;
    images.forEach((image, index) => {
      const tile = this.#tile(image, from + index);
      tile.querySelector("a").href = format({ ...state, image: image.id });
      this.#tiles.set(image.id, tile);
      this.#order.push(tile);
    });
    this.#lay();
    this.#list.append(...this.#order.slice(from));
    if (!this.#current) this.#enter(this.#order[0]);
  }

  /** Other words for an image that is on the page; its pixels are the same. */
  update(image) {
    const tile = this.#tiles.get(image.id);
    if (!tile) return;
    tile.image = image;
    tile.querySelector("img").alt = image.alt || image.title || image.name;
    tile.querySelector(".caption").textContent = image.title || image.name;
  }

  /** The picture of this image on the page, or null. */
  thumbnail(id) {
    return this.#tiles.get(id)?.querySelector("img") ?? null;
  }

  focus(id) {
    const tile = id === undefined ? (this.#current ?? this.#order[0]) : this.#tiles.get(id);
    tile?.querySelector("a").focus();
  }

  #tile(image, index) {
    const picture = h("img", {
      alt: image.alt || image.title || image.name,
      width: image.width,
      height: image.height,
      decoding: "async",
      loading: index < EAGER ? "eager" : "lazy",
    });
    const link = h("a", { tabindex: "-1" }, picture,
      h("span", { class: "caption", "aria-hidden": "true" }, image.title || image.name));
    const tile = h("li", { class: "tile loading", "data-id": image.id }, link);
    const { url, color, seeThrough } = placeholder(image);
    if (url) link.style.backgroundImage = `url(${url})`;
    else if (/^#[0-9a-f]{6}$/i.test(color ?? "")) link.style.backgroundColor = color;
    picture.addEventListener("load", () => {
      tile.classList.remove("loading");
      tile.classList.toggle("see-through", Boolean(seeThrough));
      link.style.backgroundImage = "";
    });
    picture.addEventListener("error", () => tile.classList.add("broken"));
    tile.image = image;
    return tile;
  }

  /** Gives each tile its size; only then does a picture know which rendition to fetch. */
  #lay() {
    const style = getComputedStyle(this.#list);
    const inner = this.#list.getBoundingClientRect().width
      - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    this.#width = Math.floor(inner);
    const aspects = this.#order.map((tile) => tile.image.width / tile.image.height);
    const sizes = justify(aspects, this.#width, parseFloat(style.columnGap));
    this.#order.forEach((tile, index) => {
      const { width, height } = sizes[index];
      tile.style.width = `${width}px`;
      tile.style.height = `${height}px`;
      const picture = tile.querySelector("img");
      picture.sizes = `${width}px`;
      if (!picture.hasAttribute("srcset")) {
        picture.srcset = srcset(tile.image);
        picture.src = rendition(tile.image, Math.min(480, tile.image.width));
      }
    });
  }

  /** Lays the rows anew and keeps the first image in sight where it is. */
  #resized() {
    const before = this.#width;
    const anchor = this.#order.find((tile) => tile.getBoundingClientRect().bottom > 80);
    const top = anchor?.getBoundingClientRect().top;
    this.#lay();
    if (anchor && before !== this.#width && scrollY > 0) {
      scrollBy({ top: anchor.getBoundingClientRect().top - top, behavior: "instant" });
    }
  }

  #clicked(event) {
    const tile = event.target.closest(".tile");
    if (!tile || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    this.#open(tile.image.id);
  }

  #focused(event) {
    const tile = event.target.closest(".tile");
    if (tile) this.#enter(tile);
  }

  /** One stop for the Tab key in the whole gallery: the arrows move within. */
  #enter(tile) {
    this.#current?.querySelector("a").setAttribute("tabindex", "-1");
    tile?.querySelector("a").setAttribute("tabindex", "0");
    this.#current = tile ?? null;
  }

  #keyed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const from = this.#order.indexOf(this.#current);
    const last = this.#order.length - 1;
    const to = {
      ArrowRight: () => Math.min(from + 1, last),
      ArrowLeft: () => Math.max(from - 1, 0),
      ArrowDown: () => this.#beside(from, 1),
      ArrowUp: () => this.#beside(from, -1),
      Home: () => 0,
      End: () => last,
    }[event.key];
    if (!to || from < 0) return;
    event.preventDefault();
    const tile = this.#order[to()];
    tile.querySelector("a").focus({ preventScroll: true });
    tile.scrollIntoView({ block: "nearest" });
  }

  /** The tile in the next row (1) or the one before (-1) whose middle is nearest. */
  #beside(from, direction) {
    const middle = (tile) => tile.offsetLeft + tile.offsetWidth / 2;
    const here = this.#order[from];
    const inRow = (top) => this.#order.filter((tile) => tile.offsetTop === top);
    let other = from;
    while (this.#order[other]?.offsetTop === here.offsetTop) other += direction;
    if (!this.#order[other]) return from;
    const off = (tile) => Math.abs(middle(tile) - middle(here));
    const nearest = inRow(this.#order[other].offsetTop).reduce((a, b) => (off(b) < off(a) ? b : a));
    return this.#order.indexOf(nearest);
  }
}

/** Calls `load` whenever less than two screens of images are left below. */
export function whenNearEnd(marker, load) {
  const observer = new IntersectionObserver(
    (entries) => entries.some((entry) => entry.isIntersecting) && load(),
    { rootMargin: "0px 0px 200% 0px" },
  );
  observer.observe(marker);
  return {
    /** Looks again: after a page has come, the end may still be near. */
    again() {
      observer.unobserve(marker);
      observer.observe(marker);
    },
  };
}
