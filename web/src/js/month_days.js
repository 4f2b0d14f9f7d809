import { lastOf, moveMonth } from './month.js';
import { totalRows, weekdays, weekRows } from './month_rows.js';
import { get } from './http.js';
import { longDate } from './language.js';
import { turns } from './turns.js';

/** @typedef {import('./api').Item<'/api/attendances'>} Day */

// monthDays is the part of a page that shows the days of somebody's month. The component that it becomes part of says
// whose they are (monthOf: the id of an employee, '' for the own days), which date is today there (monthToday, '' while
// that is not known), and has renew, which waits for a reading.
export function monthDays() {
  const turn = turns();

  return {
    month: '',
    days: /** @type {Day[]} */ ([]),
    monthError: '',
    monthTried: false,

    /** @this {any} */
    async loadMonth() {
      const month = this.month;
      const isNews = turn();
      try {
        const query = { limit: 40, from: `${month}-01`, to: lastOf(month), employee: this.monthOf };
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
    /** @this {any} */
    before() {
      this.month = moveMonth(this.month, -1);
      this.days = [];
      this.renew(this.loadMonth());
    },
    /** @this {any} */
    after() {
      this.month = moveMonth(this.month, 1);
      this.days = [];
      this.renew(this.loadMonth());
    },

    get monthText() {
      return this.month ? longDate(`${this.month}-01`, { month: 'long', year: 'numeric' }) : '';
    },
    get nextHidden() {
      return !this.monthToday || this.month >= this.monthToday.slice(0, 7);
    },
    get weekdays() {
      return weekdays();
    },
    get weeks() {
      return this.month ? weekRows(this.month, this.days, this.monthToday) : [];
    },
    get totals() {
      return totalRows(this.days);
    },
  };
}
