// The one place where the page builds the URL of an image.

const LADDER = [160, 240, 320, 480, 640, 800, 1080, 1440, 1920, 2560, 3840];
const SHARED = [400, 800, 1600];

/** Whether the server signs: then it refuses all sizes but those whose URLs it gave. */
export function isSigned(image) {
  return parse(image.urls.thumb).searchParams.has("s");
}

const parse = (url) => new URL(url, location.origin);

/** Next to where the server put the image's thumbnail, whatever origin it names. */
const here = (url) => url.pathname + url.search;

/** The URLs that the server gave, as [width, URL], the narrowest first. */
function given(image) {
  const { thumb, small, regular, full } = image.urls;
  const found = new Map();
  for (const url of [thumb, small, regular, full].map(parse)) {
    // each fits in a square, and is never enlarged
    const side = Number(url.searchParams.get("w"));
    const ratio = Math.min(1, side / Math.max(image.width, image.height));
    const width = Math.max(1, Math.round(image.width * ratio));
    if (!found.has(width)) found.set(width, here(url));
  }
  return [...found];
}

/** A rendition `width` pixels wide; where URLs are signed, the nearest that is not narrower. */
export function rendition(image, width) {
  if (isSigned(image)) {
    const all = given(image);
    return (all.find(([each]) => each >= width) ?? all.at(-1))[1];
  }
  const url = parse(image.urls.thumb);
  url.search = `?w=${Math.round(width)}`;
  return here(url);
}

/** The widest of the renditions that the server gave a URL of. */
export function widest(image) {
  return given(image).at(-1)[1];
}

/** The widths worth offering: never wider than the original, unless it is a drawing. */
function widths(image, most = Infinity) {
  if (isSigned(image)) return given(image).map(([width]) => width).filter((width) => width <= most);
  const limit = Math.min(most, image.format === "svg" ? 2560 : image.width);
  const fitting = LADDER.filter((width) => width < limit);
  return limit === most ? fitting : [...fitting, limit].filter((width) => width <= 3840);
}

/** The widths in which to hand an image out, besides the original. */
export function shareableWidths(image) {
  const all = isSigned(image) ? given(image).map(([width]) => width) : SHARED;
  return all.filter((width) => width < image.width || image.format === "svg");
}

export function srcset(image, most) {
  return widths(image, most)
    .map((width) => `${rendition(image, width)} ${width}w`)
    .join(", ");
}

/** The size in which the large view thinks of an image: a drawing is as large as one likes. */
export function fullSize(image) {
  const width = image.format === "svg" ? Math.max(image.width, 2560) : image.width;
  return { width, height: Math.round((width * image.height) / image.width) };
}

/** Whether there is more to see than the widest rendition of the ladder shows. */
export function isDetailed(image) {
  return image.format !== "svg" && image.width > LADDER.at(-1);
}

/** Where the image is described for deep zoom, on the origin that the page came from. */
export function information(image) {
  const base = new URL(image.urls.iiif, location.origin).pathname;
  return { base, url: `${base}/info.json` };
}

/** Where the best match for `query` is; the bytes, not a page. */
export function bestMatch(query, filters = {}) {
  const parameters = new URLSearchParams(filters).toString();
  return `/image/${encodeURIComponent(query.replaceAll("/", " "))}${parameters && `?${parameters}`}`;
}

export function absolute(path) {
  return new URL(path, location.origin).href;
}

/** The URL to hand out, for a width in pixels or `"original"`. */
export function shareable(image, width) {
  return absolute(width === "original" ? image.urls.original : rendition(image, width));
}

const escaped = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const attribute = (text) => String(text).replace(/[&<>"]/g, (character) => escaped[character]);

/** An `img` tag that anyone can paste: sizes for every screen, and no shift while it loads. */
export function htmlFor(image, width) {
  const src = shareable(image, width);
  const shown = width === "original" ? image.width : Math.min(width, image.width);
  const height = Math.round((shown * image.height) / image.width);
  const set = widths(image, shown * 2)
    .map((each) => `${absolute(rendition(image, each))} ${each}w`)
    .join(", ");
  const responsive =
    width === "original" || !set
      ? ""
      : ` srcset="${attribute(set)}" sizes="(max-width: ${shown}px) 100vw, ${shown}px"`;
  const alt = attribute(image.alt || image.title);
  return `<img src="${attribute(src)}"${responsive} alt="${alt}" width="${shown}" height="${height}" loading="lazy">`;
}
