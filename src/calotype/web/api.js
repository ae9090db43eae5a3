// What the page asks of the server, and the two ways in which that fails.

/** The server answered, with an RFC 9457 problem document. */
export class Problem extends Error {
  constructor(status, document) {
    super(document.detail || document.title || `The server answered ${status}.`);
    this.status = status;
    this.code = document.code ?? "";
  }
}

/** Nobody answered. */
export class Unreachable extends Error {}

/** The answer and its JSON; throws Problem or Unreachable. */
export async function send(path, { headers, ...options } = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: { Accept: "application/json", ...headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Unreachable("No answer from the server.");
  }
  const document = await response.json().catch(() => ({}));
  if (!response.ok) throw new Problem(response.status, document);
  return { document, response };
}

async function get(path, signal, fresh) {
  return (await send(path, { signal, cache: fresh ? "no-cache" : "default" })).document;
}

/** Hits for the given parameters; those that are empty are left out. */
export function search(parameters, signal, fresh = false) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value != null);
  return get(`/search?${new URLSearchParams(given)}`, signal, fresh);
}

export function image(id, signal) {
  return get(`/images/${encodeURIComponent(id)}`, signal);
}

/** How far the indexing of the source is: `{running, done, total}`, or null if it is not said. */
export async function indexing() {
  try {
    const response = await fetch("/readyz", { cache: "no-store" });
    const document = await response.json();
    return document.ingest ?? null;
  } catch {
    return null;
  }
}
