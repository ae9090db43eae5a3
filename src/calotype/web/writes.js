// What the page changes at the service: new images, other words, images that go.
import { Problem, send } from "./api.js";
import * as key from "./key.js";

const bearer = (text) => ({ Authorization: `Bearer ${text}` });

/** Of a key that the service accepts: `{id, label, scopes}`. */
export async function keySelf(text) {
  return (await send("/keys/self", { headers: bearer(text), cache: "no-store" })).document;
}

/** Whether another key would help. */
export const wantsKey = (error) => error.status === 401 || error.status === 403;

/** A cache on the way that compresses makes a tag weak, and If-Match never fits a weak one. */
const strong = (etag) => etag?.replace(/^W\//, "") ?? null;

const path = (id) => `/images/${encodeURIComponent(id)}`;

async function asKept(path, options) {
  const { document, response } = await send(path, options);
  return { image: document, etag: strong(response.headers.get("etag")) };
}

/** Versions that are known to be past. The instance that answers next may not have heard yet. */
const superseded = new Set();
const LOOKS = 10; // for a version that is not past
const PAUSE = 400; // ms between them

/** The record as it is now, past every cache, and the tag that a change of it must name. */
export async function record(id) {
  for (let look = 1; ; look += 1) {
    const now = await asKept(path(id), { headers: bearer(key.current()), cache: "no-store" });
    if (!superseded.has(now.etag)) return now;
    if (look === LOOKS) throw new Error("The service is still busy with the last change.");
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/** Runs a change of the version `etag`, which is past if it succeeds, and if it comes too late. */
async function superseding(etag, write) {
  noteWrite();
  try {
    const answer = await write({ ...bearer(key.current()), ...(etag && { "If-Match": etag }) });
    superseded.add(etag);
    return answer;
  } catch (error) {
    if (error.status === 412) superseded.add(etag);
    throw error;
  }
}

/** Changes the members given; resolves with the record as it is then. */
export function change(id, members, etag) {
  return superseding(etag, (headers) => asKept(path(id), {
    method: "PATCH",
    headers: { ...headers, "Content-Type": "application/merge-patch+json" },
    body: JSON.stringify(members),
  }));
}

export async function remove(id, etag) {
  await superseding(etag, (headers) => send(path(id), { method: "DELETE", headers }));
}

/**
 * Sends one file with its words. `progress(bytes)` tells how much has left, Infinity that all has.
 *
 * @returns {{done: Promise<{kind: "new" | "known", image: object}>, abort: () => void}}
 *   `done` rejects with a Problem, with AbortError, or without a status if nobody answered
 */
export function upload(file, words, progress) {
  // fetch() does not tell how far a body has been sent.
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", ({ loaded }) => progress(loaded));
    request.upload.addEventListener("load", () => progress(Infinity));
    request.addEventListener("load", () => {
      try {
        resolve(outcome(request.status, request.response));
      } catch (error) {
        reject(error);
      }
    });
    request.addEventListener("error", () => reject(new Error("The service did not answer.")));
    request.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
  });
  const form = new FormData();
  form.append("file", file, file.name);
  for (const [name, value] of Object.entries(words)) if (value) form.append(name, value);
  request.open("POST", "/images");
  request.responseType = "json";
  request.setRequestHeader("Authorization", `Bearer ${key.current()}`);
  request.setRequestHeader("Accept", "application/json");
  request.send(form);
  return { done, abort: () => request.abort() };
}

function outcome(status, document) {
  const only = document?.images?.[0];
  if (!only?.image) throw new Problem(only?.status ?? status, only?.problem ?? document ?? {});
  noteWrite();
  return { kind: only.status === 201 ? "new" : "known", image: only.image };
}

const WROTE = "calotype-wrote";
const MINUTE = 60_000; // how long a browser keeps an answer to a search

function noteWrite() {
  try {
    sessionStorage.setItem(WROTE, String(Date.now()));
  } catch {
    // then the list may be a minute old
  }
}

/** Whether an answer that the browser has kept may be older than what this tab has changed. */
export function wroteLately() {
  try {
    return Date.now() - Number(sessionStorage.getItem(WROTE)) < MINUTE;
  } catch {
    return false;
  }
}
