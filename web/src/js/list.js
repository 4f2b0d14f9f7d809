import { aborted, get, Problem } from './http.js';

/**
 * compose makes one component of several parts. Getters stay getters, which spreading would not do; of two things of
 * one name the later counts.
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
 * none stands for what is there whenever somebody asks for it, such as the row that a dialog was opened with.
 * @type {any}
 */
export const none = null;

/**
 * list is the part of a page that shows a list of the API: it reads a page of it, gives up a reading that is
 * overtaken, goes on to more (below what is there) or to the next page (instead of it), and keeps its filter in the
 * page's address, so that a link means the same to whoever follows it.
 *
 * route is what is read; filter what nothing is chosen with, by the names of the address; query turns a filter into
 * what the route takes; limit is how many rows there are on a page, 0 where the route answers all. quiet keeps the
 * filter out of the address.
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
  let shown = ''; // the filter of the rows

  return {
    /** @type {import('./api').Item<R>[]} */
    rows: [],
    next: '', // cursor of the next page; empty on the last
    cursors: [''], // of the pages up to this one
    problem: '',
    fresh: true, // nothing was read yet
    filter: { ...blank },

    // recall takes the filter from the address.
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
    // ask reads so many rows from a cursor on, until another reading of the list takes over.
    async ask(/** @type {string} */ cursor, rows = limit) {
      const answer = /** @type {{items: import('./api').Item<R>[], next_cursor?: string}} */ (
        await get(
          route,
          /** @type {any} */ ({
            path: path(),
            query: { ...query(trimmed(this.filter)), limit: rows || undefined, cursor },
            signal: reading?.signal,
          }),
        )
      );
      return { items: answer.items, next: answer.next_cursor ?? '' };
    },
    // read takes the present page, or the first rows of the list, and passes on what went wrong.
    async read(rows = limit) {
      reading?.abort();
      reading = new AbortController();
      try {
        const { items, next } = await this.ask(this.cursors.at(-1) ?? '', rows);
        Object.assign(this, { rows: items, next, problem: '', fresh: false });
        shown = searchOf(this.filter, blank);
      } catch (problem) {
        // A reading that was overtaken says nothing: the other one does.
        if (!aborted(problem)) {
          Object.assign(this, { problem: saying(problem), fresh: false });
          if (shown !== searchOf(this.filter, blank)) Object.assign(this, { rows: [], next: '' }); // of another filter
        }
        throw problem;
      }
    },
    // load is read for those who only show what went wrong.
    load() {
      return this.read().catch(() => {});
    },
    // more adds the next page below.
    async more() {
      const from = this.next;
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
    remember() {
      if (!quiet) history.replaceState(null, '', searchOf(this.filter, blank) || location.pathname);
    },

    // row is the one whose button was pressed.
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
 * searchOf is what the address says of a filter: what is not as it begins.
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
