import { day } from './employees.js';
import { text } from './language.js';

// placements lists where an employee belonged, belongs and will belong, the latest first. Only a move that has not
// begun can be undone.
export function placements(employments, begun, branchName) {
  return employments
    .map((a, at) => {
      const next = employments[at + 1];
      const future = at > 0 && !begun(a);
      const state = future ? 'future' : !next || !begun(next) ? 'present' : 'past';
      const from =
        at > 0
          ? text(future ? 'schedule.from' : 'employees.since', { from: day(a.from) })
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
