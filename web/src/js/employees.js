import { longDate, text } from './language.js';
import { Problem, get } from './http.js';

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
      key: i,
      label: assignment.pattern.length > 7 ? text('employees.week', { n: i / 7 + 1 }) : '',
      days: assignment.pattern.slice(i, i + 7).map((id, at) => {
        const shift = shifts.find((s) => s.id === id);
        return {
          key: at,
          name: longDate(`2024-01-0${at + 1}`, { weekday: 'short' }),
          shift: shift ? `${shift.code} ${shift.start}–${shift.end}` : text('employees.off'),
        };
      }),
    });
  }
  return out;
}

// placements shows where an employee belonged, belongs and will belong, the latest first. Only what has not begun can be taken back.
export function placements(employments, begun, branchName) {
  return employments
    .map((a, at) => {
      const next = employments[at + 1];
      const future = at > 0 && !begun(a);
      const state = future ? 'future' : !next || !begun(next) ? 'present' : 'past';
      const from =
        at > 0
          ? text(future ? 'employees.from' : 'employees.since', { from: day(a.from) })
          : text('employees.sinceEver');
      return {
        key: a.from,
        from: a.from,
        branch: branchName(a.branch_id),
        work: [a.position, a.department].filter(Boolean).join(' · '),
        state,
        future,
        stateText: text(`employees.place.${state}`),
        period: next ? text('employees.placeUntil', { from, to: day(before(next.from)) }) : from,
      };
    })
    .reverse();
}

function before(date) {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
