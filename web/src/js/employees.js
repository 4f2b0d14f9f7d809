import { longDate } from './language.js';
import { get } from './http.js';

const dateShape = { day: 'numeric', month: 'short', year: 'numeric' };

export function day(date) {
  return longDate(date, dateShape);
}

// employee looks a number up that somebody typed; nothing if nobody has it.
export async function employee(number) {
  if (!number.trim()) return undefined;
  const { items } = await get(`/api/employees?${new URLSearchParams({ q: number.trim(), limit: 50 })}`);
  return items.find((e) => e.number.toLowerCase() === number.trim().toLowerCase());
}

// suggested are the people whom a half-typed number or name may mean; failing that the ones given, since typing on asks again.
export async function suggested(typed, before, filter = {}) {
  if (typed.trim().length < 2) return before;
  try {
    const { items } = await get(`/api/employees?${new URLSearchParams({ q: typed.trim(), ...filter, limit: 10 })}`);
    return items.map(({ id, number, name }) => ({ id, number, name }));
  } catch {
    return before;
  }
}
