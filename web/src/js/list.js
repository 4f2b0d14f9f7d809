import { aborted, get, Problem } from './http.js';
import { Insistence } from './insistence.js';

export const mostRows = 500; // of one answer

/**
 * compose joins several parts to one component. Getters stay getters, which a spread would evaluate. If two parts have
 * the same name the later one counts.
 * @template {object} A
 * @template {object} B
 * @param {A} part
 * @param {B & ThisType<A & B & import('./alpine').Magic>} component
 * @returns {A & B}
 */
export function compose(part, component) {
  return Object.defineProperties(/** @type {A & B} */ ({}), {
    ...Object.getOwnPropertyDescriptors(part),
    ...Object.getOwnPropertyDescriptors(component),
  });
}

/**
 * none is the initial value of something that is always set before it is used, such as the row that a dialog was opened
 * with.
 * @type {any}
 */
export const none = null;

/**
 * list is the part of a page that shows a list of the API. It reads a page of rows, aborts a request that a newer one
 * replaces, loads more rows (below the present ones) or the next page (in their place), and keeps its filter in the
 * address, so that a link shows the same list to everybody.
 *
 * route is the route to read. filter is the empty filter, by the names in the address. query turns a filter into the
 * parameters of the route. limit is the number of rows on a page, 0 if the route returns all. quiet keeps the filter
 * out of the address.
 * @template {import('./api').Route<'GET'>} R
 * @template {Record<string, string>} F
 * @param {{
 *   route: R, filter?: F, query?: (filter: F) => Record<string, unknown>, limit?: number, quiet?: boolean,
 *   path?: () => Record<string, unknown>,
 * }} of
 */
export function list({ route, filter, query = (f) => f, limit = 50, quiet = false, path = () => ({}) }) {
  const blank = /** @type {F} */ (filter ?? {});
  /** @type {AbortController | null} */
  let reading = null;
  const insistence = new Insistence();
  let shown = ''; // the filter of the present rows

  return {
    /** @type {import('./api').Item<R>[]} */
    rows: [],
    next: '', // cursor of the next page; empty on the last
    cursors: [''], // of the pages up to this one
    problem: '',
    fresh: true, // nothing was read yet
    filter: { ...blank },

    // recall reads the filter from the address.
    recall() {
      const asked = new URLSearchParams(location.search);
      for (const name of Object.keys(blank)) {
        if (asked.has(name)) Object.assign(this.filter, { [name]: asked.get(name) });
      }
    },
    // begin shows what the address asks for.
    begin() {
      this.recall();
      return this.load();
    },
    // ask fetches a number of rows from a cursor on. A later call aborts it.
    async ask(/** @type {string} */ cursor, rows = limit, signal = reading?.signal) {
      const answer = /** @type {{items: import('./api').Item<R>[], next_cursor?: string}} */ (
        await get(
          route,
          /** @type {any} */ ({
            path: path(),
            query: { ...query(trimmed(this.filter)), limit: rows || undefined, cursor },
            signal,
          }),
        )
      );
      return { items: answer.items, next: answer.next_cursor ?? '' };
    },
    // read fetches the present page, or so many rows from there on, in as many answers as it takes. It stores a
    // failure, and throws it.
    async read(rows = limit) {
      reading?.abort();
      const { signal } = (reading = new AbortController());
      try {
        const page = await this.ask(this.cursors.at(-1) ?? '', Math.min(rows, mostRows), signal);
        while (page.next && page.items.length < rows) {
          const { items, next } = await this.ask(page.next, Math.min(rows - page.items.length, mostRows), signal);
          page.items.push(...items);
          page.next = next;
        }
        insistence.stop(); // nothing is missing any more
        Object.assign(this, { rows: page.items, next: page.next, problem: '', fresh: false });
        shown = searchOf(this.filter, blank);
      } catch (problem) {
        // A request that was replaced says nothing; the newer one does.
        if (!aborted(problem)) {
          Object.assign(this, { problem: saying(problem), fresh: false });
          if (shown !== searchOf(this.filter, blank)) Object.assign(this, { rows: [], next: '' }); // of another filter
        }
        throw problem;
      }
    },
    // load is read for callers that only show the failure, which read has stored. It reads again while the server is
    // away.
    load() {
      return insistence.try(() => this.read());
    },
    // more adds the next page below.
    async more() {
      const from = this.next;
      insistence.stop(); // the reader goes on from what is there
      try {
        const { items, next } = await this.ask(from);
        if (this.next !== from) return; // of a list that is not shown any more
        this.rows.push(...items);
        Object.assign(this, { next, problem: '' });
      } catch (problem) {
        if (!aborted(problem)) this.problem = saying(problem);
      }
    },
    // forward and back turn the pages.
    forward() {
      this.cursors.push(this.next);
      return this.load();
    },
    back() {
      this.cursors.pop();
      return this.load();
    },
    // apply reads anew after the filter changed.
    apply() {
      this.remember();
      this.cursors = [''];
      return this.load();
    },
    clear() {
      this.filter = { ...blank };
      return this.apply();
    },
    // restart forgets the rows before those of something else are read.
    restart() {
      insistence.stop();
      Object.assign(this, { rows: [], next: '', cursors: [''], filter: { ...blank }, fresh: true, problem: '' });
    },
    remember() {
      if (!quiet) history.replaceState(null, '', searchOf(this.filter, blank) || location.pathname);
    },

    // row is the row whose button was pressed.
    row(/** @type {any} */ event) {
      const id = Number(event.currentTarget.dataset.id);
      return /** @type {import('./api').Item<R>} */ (this.rows.find((r) => /** @type {any} */ (r).id === id));
    },

    get hasRows() {
      return this.rows.length > 0;
    },
    get empty() {
      return !this.fresh && !this.problem && this.rows.length === 0;
    },
    get hasNext() {
      return this.next !== '';
    },
    get hasPrevious() {
      return this.cursors.length > 1;
    },
    get paged() {
      return this.hasNext || this.hasPrevious;
    },
    get filtered() {
      return searchOf(this.filter, blank) !== '';
    },
  };
}

/**
 * @template {Record<string, string>} F
 * @param {F} filter
 * @returns {F}
 */
function trimmed(filter) {
  return /** @type {F} */ (Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, value.trim()])));
}

/**
 * searchOf is the query of an address for a filter: the values that differ from the empty filter.
 * @param {Record<string, string>} filter
 * @param {Record<string, string>} blank
 */
export function searchOf(filter, blank) {
  const chosen = Object.entries(trimmed(filter)).filter(([name, value]) => value !== blank[name]);
  return chosen.length > 0 ? `?${new URLSearchParams(chosen)}` : '';
}

/** @param {unknown} problem */
function saying(problem) {
  if (!(problem instanceof Problem)) throw problem;
  return problem.message;
}
