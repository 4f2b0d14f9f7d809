import { longDate, text } from './language.js';
import { Problem, get } from './http.js';

const dateShape = { day: 'numeric', month: 'short', year: 'numeric' };

export function day(date) { return longDate(date, dateShape); }

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
  } catch { return before; }
}

// explained puts the server's complaints about fields into the language of the page.
export function explained(problem) {
  if (!(problem instanceof Problem)) return problem;
  const errors = problem.errors.map((e) => {
    const name = problem.status === 409 ? 'employees.taken' : `employees.wrong.${e.field}`;
    const sentence = text(name);
    return { field: e.field, message: sentence === name ? e.message : sentence };
  });
  const ours = new Problem(problem.status, problem.code, problem.message, []);
  ours.errors = errors;
  return ours;
}

// weeks shows the latest assignment as weeks of seven days, Monday first; those that only begin later say so.
export function weeks(assignment, shifts) {
  const out = [];
  for (let i = 0; i < assignment.pattern.length; i += 7) {
    out.push({
      key: i, label: assignment.pattern.length > 7 ? text('employees.week', { n: i / 7 + 1 }) : '',
      days: assignment.pattern.slice(i, i + 7).map((id, at) => {
        const shift = shifts.find((s) => s.id === id);
        return { key: at, name: longDate(`2024-01-0${at + 1}`, { weekday: 'short' }), shift: shift ? `${shift.code} ${shift.start}–${shift.end}` : text('employees.off') };
      }),
    });
  }
  return out;
}
