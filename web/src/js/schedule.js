import { longDate, text } from './language.js';
import { span } from './shifts.js';

// weeks shows the latest assignment as weeks of seven days, Monday first; those that only begin later say so.
export function weeks(assignment, shifts) {
  const out = [];
  for (let i = 0; i < assignment.pattern.length; i += 7) {
    out.push({
      key: i,
      label: assignment.pattern.length > 7 ? text('schedule.week', { n: i / 7 + 1 }) : '',
      days: assignment.pattern.slice(i, i + 7).map((id, at) => {
        const shift = shifts.find((s) => s.id === id);
        return {
          key: at,
          name: longDate(`2024-01-0${at + 1}`, { weekday: 'short' }),
          shift: shift ? `${shift.code} ${span(shift)}` : text('schedule.off'),
        };
      }),
    });
  }
  return out;
}
