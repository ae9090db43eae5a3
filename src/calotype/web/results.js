// One list of hits, growing by pages, and the counts for its filters.
import { search } from "./api.js";

const PAGE = 48;
const COUNTED = ["color", "orientation", "format"];

export class Results {
  items = [];
  total = 0;
  facets = {};
  suggestions = [];
  #next = null;
  #ids = new Set();
  #under_way = null;
  #abort = new AbortController();

  /**
   * @param prefix whether the last word may be the beginning of one: true while typing
   * @param fresh whether to ask again what the browser may remember for a minute
   */
  constructor(q, filters, { prefix = false, fresh = false } = {}) {
    this.q = q;
    this.filters = filters;
    this.prefix = prefix;
    this.fresh = fresh;
  }

  get #parameters() {
    return { q: this.q, ...this.filters, prefix: this.prefix && this.q ? "true" : "" };
  }

  get hasMore() {
    return this.#next !== null;
  }

  /** How the best hit matched: `exact | words | near | some`, or null. */
  get match() {
    return this.items[0]?.match ?? null;
  }

  async first() {
    const [answer, ...counts] = await Promise.all([this.#page(null), ...this.#alternatives()]);
    this.total = answer.total;
    this.suggestions = answer.suggestions ?? [];
    this.facets = Object.assign({}, answer.facets, ...counts);
    this.#take(answer);
    return this;
  }

  /** The next page's hits; the same promise to all who ask while it is under way. */
  more() {
    if (!this.hasMore) return Promise.resolve([]);
    this.#under_way ??= this.#page(this.#next)
      .then((answer) => this.#take(answer))
      .finally(() => (this.#under_way = null));
    return this.#under_way;
  }

  /** Without this one, also when a page that was on its way brings it back. */
  remove(id) {
    const before = this.items.length;
    this.items = this.items.filter((image) => image.id !== id);
    this.total -= before - this.items.length;
  }

  /** Gives up what is under way: nobody waits for this list any more. */
  drop() {
    this.#abort.abort();
  }

  #page(cursor) {
    return search({ ...this.#parameters, limit: PAGE, cursor }, this.#abort.signal, this.fresh);
  }

  /** For each filter in use, the counts without it: what choosing another value would show. */
  #alternatives() {
    return COUNTED.filter((name) => this.filters[name]).map(async (name) => {
      const parameters = { ...this.#parameters, [name]: "", limit: 1 };
      const answer = await search(parameters, this.#abort.signal, this.fresh);
      return { [name]: answer.facets?.[name] ?? {} };
    });
  }

  /** An image that moved between two pages while the index changed is shown once. */
  #take(answer) {
    const fresh = answer.results.filter((hit) => !this.#ids.has(hit.id));
    for (const hit of fresh) this.#ids.add(hit.id);
    this.items.push(...fresh);
    this.#next = answer.next ?? null;
    return fresh;
  }
}
