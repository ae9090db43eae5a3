// Small pictures of files that have not been sent, one at a time and only of those in sight.
import { h } from "./dom.js";

const SIDE = 320; // px, twice what is shown
let line = Promise.resolve();

/** Decodes at the size that is shown, so that fifty photographs do not fill the memory. */
async function drawn(file) {
  const whole = await createImageBitmap(file);
  const scale = Math.min(1, SIDE / Math.max(whole.width, whole.height));
  const size = [whole.width, whole.height];
  const canvas = h("canvas", { width: Math.max(1, Math.round(size[0] * scale)),
    height: Math.max(1, Math.round(size[1] * scale)) });
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, canvas.width, canvas.height);
  whole.close();
  return { node: canvas, size };
}

/** A drawing has no pixels to decode; as an image it cannot run anything. */
async function embedded(file) {
  const url = URL.createObjectURL(file);
  const node = h("img", { alt: "", src: url });
  try {
    await node.decode();
  } finally {
    URL.revokeObjectURL(url);
  }
  return { node, size: null };
}

/** What kind of file it is, where the browser cannot show it. */
function named(file) {
  const kind = file.name.includes(".") ? file.name.split(".").pop().slice(0, 5).toUpperCase() : "?";
  return { node: h("span", { class: "kind" }, kind), size: null };
}

async function pictureOf(file) {
  try {
    return await (file.type === "image/svg+xml" ? embedded(file) : drawn(file));
  } catch {
    return named(file);
  }
}

const waiting = new WeakMap();
const observer = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting || !waiting.has(target)) continue;
    observer.unobserve(target);
    const { file, shown } = waiting.get(target);
    waiting.delete(target);
    line = line.then(async () => {
      const { node, size } = await pictureOf(file);
      target.replaceChildren(node);
      if (size) shown(...size);
    });
  }
}, { rootMargin: "200px" });

/** Puts a picture of `file` into `place` once that is near; `shown(width, height)` tells its size. */
export function thumbnail(place, file, shown) {
  waiting.set(place, { file, shown });
  observer.observe(place);
}
