import { language, longDate } from './language.js';
import { get } from './http.js';

/** @type {Intl.DateTimeFormatOptions} */
const dateShape = { day: 'numeric', month: 'short', year: 'numeric' };

export function day(date) {
  return longDate(date, dateShape);
}

// initials are the first letters of the first two words of a name.
export function initials(name) {
  return name
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => [...word][0].toLocaleUpperCase(language.state.now))
    .join('');
}

// employee finds the employee with a number that somebody typed; it returns nothing if nobody has it.
export async function employee(number) {
  if (!number.trim()) return undefined;
  const { items } = await get('/api/employees', { query: { q: number.trim(), limit: 50 } });
  return items.find((e) => e.number.toLowerCase() === number.trim().toLowerCase());
}

/** @typedef {{id: number, number: string, name: string, branch_id: number}} Suggestion */

// suggested returns the people whom a half-typed number or name may mean. If the request fails it returns those from
// before; the next key asks again.
export async function suggested(typed, before, filter = {}) {
  if (typed.trim().length < 2) return before;
  try {
    const { items } = await get('/api/employees', { query: { q: typed.trim(), ...filter, limit: 10 } });
    return items.map(({ id, number, name, branch_id }) => ({ id, number, name, branch_id }));
  } catch {
    return before;
  }
}
