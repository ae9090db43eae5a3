// Which file is sent when: two at a time, each cancelled and tried again by itself.
import { upload, wantsKey } from "./writes.js";

const AT_ONCE = 2;

/** An item is `{file, words(), state, sent, image, problem}`; these are its states. */
export const READY = "ready"; // chosen
export const WAITING = "waiting"; // for its turn
export const SENDING = "sending";
export const CHECKING = "checking"; // all has been sent, the service has not answered
export const NEW = "new";
export const KNOWN = "known"; // these bytes were there already
export const REFUSED = "refused"; // the service will not have it
export const FAILED = "failed"; // it may well work another time
export const CANCELLED = "cancelled";

export const isUnderWay = ({ state }) => [WAITING, SENDING, CHECKING].includes(state);
export const isTaken = ({ state }) => [NEW, KNOWN].includes(state);

const passing = (status) => status === undefined || status >= 500 || status === 408 || status === 429;

export class Queue {
  items = [];
  #changed;
  #keyRefused;

  /**
   * @param changed called with an item whose state or progress is another
   * @param keyRefused called with the problem when the service wants another key; what was under
   *   way is ready again
   */
  constructor({ changed, keyRefused }) {
    this.#changed = changed;
    this.#keyRefused = keyRefused;
  }

  add(item) {
    this.items.push(Object.assign(item, { state: READY, sent: 0, image: null, problem: null }));
  }

  remove(item) {
    this.cancel(item);
    this.items = this.items.filter((each) => each !== item);
  }

  /** Sends these when their turn comes. */
  start(items) {
    for (const item of items) this.#set(item, { state: WAITING, sent: 0, problem: null });
    this.#next();
  }

  cancel(item) {
    if (item.state === WAITING) this.#set(item, { state: CANCELLED });
    else item.abort?.();
  }

  /** Whether these very bytes seem to be in the list already. */
  has(file) {
    return this.items.some(({ file: other }) => other.name === file.name && other.size === file.size
      && other.lastModified === file.lastModified);
  }

  #set(item, members) {
    Object.assign(item, members);
    this.#changed(item);
  }

  #next() {
    const busy = this.items.filter((item) => item.abort).length;
    const next = this.items.filter(({ state }) => state === WAITING).slice(0, AT_ONCE - busy);
    for (const item of next) void this.#send(item);
  }

  async #send(item) {
    const { done, abort } = upload(item.file, item.words(), (bytes) => {
      const sent = Math.min(bytes, item.file.size);
      this.#set(item, { sent, state: bytes === Infinity ? CHECKING : SENDING });
    });
    item.abort = abort;
    this.#set(item, { state: SENDING });
    try {
      const { kind, image } = await done;
      this.#set(item, { state: kind === "new" ? NEW : KNOWN, image, sent: item.file.size });
    } catch (error) {
      this.#failed(item, error);
    } finally {
      item.abort = null;
      this.#next();
    }
  }

  #failed(item, problem) {
    if (wantsKey(problem)) return this.#stop(item, problem);
    if (problem.name === "AbortError") {
      return item.state !== READY && this.#set(item, { state: CANCELLED, sent: 0 });
    }
    this.#set(item, { state: passing(problem.status) ? FAILED : REFUSED, problem, sent: 0 });
  }

  /** Every other file would be refused too. */
  #stop(item, problem) {
    const first = this.items.filter(isUnderWay).length > 0;
    for (const each of this.items.filter(isUnderWay)) {
      this.#set(each, { state: READY, sent: 0 });
      if (each !== item) each.abort?.();
    }
    if (first) this.#keyRefused(problem);
  }
}
