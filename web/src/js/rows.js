import { clockTime, duration, shortDate, text } from './language.js';
import { keyOf } from './days.js';

// row turns a day into what the tables show.
export function row(day) {
  return {
    key: keyOf(day), name: day.employee_name, number: day.employee_number, branch: day.branch_name || day.branch_code,
    date: shortDate(day.work_date), in: clockTime(day.first_in, day.zone), out: clockTime(day.last_out, day.zone), worked: duration(day.worked_minutes),
    status: day.status, statusText: text(`status.${day.status}`), fresh: false,
  };
}

// matcher returns the filter of the live tab: the same for rows of the snapshot and for events.
export function matcher({ branch, status, employee, text: q }) {
  const wanted = q.trim().toLowerCase();
  return (day) => (!branch || String(day.branch_id) === String(branch)) && (!status || day.status === status) && (!employee || String(day.employee_id) === String(employee))
    && (!wanted || day.employee_number.toLowerCase().startsWith(wanted) || day.employee_name.toLowerCase().includes(wanted));
}
