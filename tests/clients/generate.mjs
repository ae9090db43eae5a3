// What imgix's clients make of many wishes, as JSON: [{url, width, height, type}].
// Usage: node --input-type=module - HOST PATH, where PATH is that of an image of 600 × 400.
// A side that is null is not stated by the wish; what is expected is written by hand.

import ImgixClient from "@imgix/js-core";
import { transformUrl } from "unpic";

const [host, path] = process.argv.slice(2);
const client = new ImgixClient({ domain: host, useHTTPS: false });
const found = [];
const expect = (url, width, height, type = null) => found.push({ url, width, height, type });

const wishes = [
  [{ w: 300 }, 300, 200],
  [{ h: 100 }, 150, 100],
  [{ w: 300, h: 300 }, 300, 200],
  [{ w: 300, h: 300, fit: "crop" }, 300, 300],
  [{ w: 300, h: 300, fit: "crop", crop: "faces,top,left" }, 300, 300],
  [{ w: 300, h: 300, fit: "crop", crop: "focalpoint", "fp-x": 0.3, "fp-y": 0.7, "fp-z": 1.5 }, 300, 300],
  [{ w: 120, h: 60, fit: "crop", crop: "entropy" }, 120, 60],
  [{ w: 120, h: 60, fit: "crop", crop: "edges" }, 120, 60],
  [{ w: 300, h: 300, fit: "clamp" }, 300, 300],
  [{ w: 300, h: 300, fit: "facearea", facepad: 2 }, 300, 300],
  [{ w: 300, h: 300, fit: "fill", fill: "solid", "fill-color": "ff8800" }, 300, 300],
  [{ w: 300, h: 300, fit: "fill", fill: "blur" }, 300, 300],
  [{ w: 900, h: 900, fit: "fillmax", bg: "teal" }, 900, 900],
  [{ w: 900, h: 900, fit: "max" }, 600, 400],
  [{ w: 900, h: 900, fit: "min" }, 400, 400],
  [{ w: 300, h: 300, fit: "scale" }, 300, 300],
  [{ w: 320, ar: "16:9", fit: "crop" }, 320, 180],
  [{ w: 0.5 }, 300, 200],
  [{ w: 100, dpr: 2 }, 200, 133],
  [{ rect: "left,top,300,200" }, 300, 200],
  [{ rect: "50,50,200,100", w: 100 }, 100, 50],
  [{ trim: "auto", "trim-pad": 4 }, null, null],
  [{ or: 90, w: 200 }, 200, 300],
  [{ rot: 12, flip: "hv" }, 600, 400],
  [{ w: 200, pad: 20, bg: "80ff0000" }, 200, 147],
  [{ w: 200, border: "4,000", "border-radius": 12 }, 200, 133],
  [{ w: 200, mask: "ellipse", "mask-bg": "fff" }, 200, 133],
  [{ w: 200, mask: "corners", "corner-radius": "10,20,30,40" }, 200, 133],
  [{ w: 90, bri: 10, con: -10, exp: 5, gam: 5, high: -10, shad: 10, sat: 20, vib: 20, hue: 40 }, 90, 60],
  [{ w: 90, monochrome: "4a6fa5", invert: true }, 90, 60],
  [{ w: 90, sepia: 60, blur: 40, sharp: 10, usm: 15, usmrad: 3 }, 90, 60],
  [{ w: 90, auto: ["format", "compress"], q: 60 }, 90, 60],
  [{ w: 90, txt: "imgix draws this; we do not", ixid: "kept out of every cache" }, 90, 60],
  [{ w64: "90", fm: "png" }, 90, 60, "image/png"],
  [{ w: 90, fm: "webp", lossless: true }, 90, 60, "image/webp"],
  [{ w: 90, fm: "avif" }, 90, 60, "image/avif"],
  [{ w: 90, fm: "pjpg", dl: "Küste am Morgen.jpg" }, 90, 60, "image/jpeg"],
  [{ w: 90, fm: "gif" }, 90, 60, "image/gif"],
  [{ w: 90, fm: "blurhash" }, null, null, "text/plain; charset=utf-8"],
  [{ fm: "json" }, null, null, "application/json"],
];
for (const [params, ...meant] of wishes) expect(client.buildURL(path, params), ...meant);
expect(client.buildURL(path, { w: 60 }, { encoder: encodeURIComponent }), 60, 40);

const entries = (srcset) => srcset.split(",\n").map((entry) => entry.split(" "));
for (const [url, width] of entries(client.buildSrcSet(path, {}, { maxWidth: 1200 }))) {
  expect(url, parseInt(width), Math.round((parseInt(width) * 2) / 3));
}
for (const [url, width] of entries(client.buildSrcSet(path, { ar: "2:1", fit: "crop" }, { widths: [100, 340] }))) {
  expect(url, parseInt(width), parseInt(width) / 2);
}
// As they come, up to w=8192: what would have more pixels than may be is sized down, not refused.
const most = 40_000_000;
for (const [params, ratio] of [
  [{}, 2 / 3],
  [{ ar: "1:1", fit: "crop" }, 1],
  [{ ar: "1:2", fit: "crop" }, 2],
]) {
  for (const [url, width] of entries(client.buildSrcSet(path, params))) {
    const across = Math.min(parseInt(width), 8192 / ratio);
    const size = [across, Math.round(across * ratio)];
    expect(url, ...(size[0] * size[1] > most ? [null, null] : size), "image/jpeg");
  }
}
for (const [url] of entries(client.buildSrcSet(path, { w: 2000, fm: "jpg" }))) {
  expect(url, null, null, "image/jpeg");
}
for (const [url, times] of entries(client.buildSrcSet(path, { w: 90, h: 90, fit: "crop", fm: "jpg" }))) {
  expect(url, 90 * parseInt(times), 90 * parseInt(times), "image/jpeg");
}

const unpic = (operations, width, height, type) =>
  expect(transformUrl({ url: `http://${host}${path}`, provider: "imgix", ...operations }), width, height, type);
unpic({ width: 300 }, 300, 200);
unpic({ width: 300, height: 300 }, 300, 300);
unpic({ width: 900, height: 900 }, 400, 400);
unpic({ width: 150, height: 50, format: "png" }, 150, 50, "image/png");
unpic({ width: 150, quality: 40, format: "webp" }, 150, 100, "image/webp");
unpic({ width: 200, height: 100, operations: { imgix: { fit: "crop", crop: "top" } } }, 200, 100);

process.stdout.write(JSON.stringify(found));
