import { lastOf, moveMonth } from './month.js';
import { totalRows, weekdays, weekRows } from './month_rows.js';
import { get } from './http.js';
import { longDate } from './language.js';
import { session } from './start.js';
import { turns } from './turns.js';

/** @typedef {import('./api').Item<'/api/attendances'>} Day */

// ownMonth is the part of the page Beranda that shows the days of a month. The component that it becomes part of holds
// what is today, and renew, which waits for a reading.
export function ownMonth() {
  const turn = turns();

  return {
    month: '',
    days: /** @type {Day[]} */ ([]),
    monthError: '',
    monthTried: false,

    async loadMonth() {
      const month = this.month;
      const isNews = turn();
      try {
        const own = session.user.role === 'employee' ? '' : session.user.employee_id;
        const query = { limit: 40, from: `${month}-01`, to: lastOf(month), employee: own };
        const page = await get('/api/attendances', { query });
        if (month !== this.month || !isNews()) return;
        this.days = page.items;
        this.monthError = '';
      } catch (problem) {
        if (month === this.month) this.monthError = problem.message;
        throw problem;
      } finally {
        this.monthTried = true;
      }
    },
    before() {
      this.month = moveMonth(this.month, -1);
      this.days = [];
      this.renew(this.loadMonth());
    },
    after() {
      this.month = moveMonth(this.month, 1);
      this.days = [];
      this.renew(this.loadMonth());
    },

    get monthText() {
      return this.month ? longDate(`${this.month}-01`, { month: 'long', year: 'numeric' }) : '';
    },
    get nextHidden() {
      return !this.today || this.month >= this.today.button.work_date.slice(0, 7);
    },
    get weekdays() {
      return weekdays();
    },
    get weeks() {
      return this.month ? weekRows(this.month, this.days, this.today?.button.work_date) : [];
    },
    get totals() {
      return totalRows(this.days);
    },
  };
}
