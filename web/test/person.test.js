import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { byMonth, legend, monthNames, squares } from '../src/js/heat_map.js';
import { mayOpen, pageNamed, personAt } from '../src/js/nav.js';
import { browser, pageOf, server } from './pages.js';
import { session } from './stand_ins/start.js';
import { speak } from './words.js';

speak();

const year = (days = [], more = {}) => ({
  employee_id: 4,
  employee_number: 'JKT-0004',
  employee_name: 'Siti Nur Aini',
  here: true,
  partly: false,
  from: '2025-11-23',
  to: '2026-11-23',
  days,
  counts: days.reduce((n, d) => ({ ...n, [d.status]: (n[d.status] ?? 0) + 1 }), {}),
  leave: [{ kind: 'leave', days: 2 }],
  means: [],
  ...more,
});
const on = (date, status, leave = '') => ({ date, status, leave });

test('a year is laid out in weeks that begin on Monday, with every date once', () => {
  const all = squares(year([on('2026-11-23', 'late'), on('2026-11-10', 'on_leave', 'sick')]));
  assert.deepEqual([all.length % 7, all[0].status, all[6].date], [1, 'none', '2025-11-23'], 'a Sunday');
  assert.equal(new Set(all.map((s) => s.key)).size, all.length);
  assert.equal(all.filter((s) => s.date).length, 366);
  assert.deepEqual([all.at(-1)?.status, all.at(-1)?.label], ['late', 'Senin, 23 November 2026: Terlambat']);
  assert.match(String(all.find((s) => s.date === '2026-11-10')?.label), /: Sakit$/);
  assert.equal(all.find((s) => s.date === '2026-11-11')?.label, 'Rabu, 11 November 2026', 'nothing is stored');
});

test('the names of months stand above their first weeks, and short ones at the edge have none', () => {
  const names = monthNames(year());
  assert.deepEqual(
    names.slice(0, 2).map((m) => m.key),
    ['2025-12', '2026-01'],
    'November 2025 has one week',
  );
  assert.equal(names.at(-1)?.key, '2026-11');
  assert.match(String(names[0].style.gridColumn), /^\d+ \/ span [45]$/);
});

test('the map is a table, too, with the statuses of its legend', () => {
  const some = year([on('2026-11-02', 'present'), on('2026-11-03', 'present'), on('2026-10-01', 'absent')]);
  assert.deepEqual(
    legend(some).map((l) => [l.key, l.value]),
    [
      ['present', '2 hari'],
      ['absent', '1 hari'],
    ],
  );
  const rows = byMonth(some);
  assert.equal(rows.length, 13);
  assert.deepEqual(
    rows.slice(0, 2).map((r) => r.cells.map((c) => c.n)),
    [
      [2, 0],
      [0, 1],
    ],
  );
});

test('only admins open a profile', () => {
  assert.equal(personAt(17), '/karyawan/17');
  const page = pageNamed('orang');
  const may = ['employee', 'branch_admin', 'admin', 'ops'].filter((role) => mayOpen(page, { role, employee_id: 1 }));
  assert.deepEqual(may, ['branch_admin', 'admin']);
});

beforeEach(() => {
  browser();
  Object.assign(globalThis.location, { pathname: '/karyawan/4' });
  session.user.role = 'admin';
});

const day = (date, status) => ({
  employee_id: 4,
  work_date: date,
  zone: 'Asia/Jakarta',
  status,
  flags: [],
  late_minutes: status === 'late' ? 12 : 0,
  worked_minutes: 480,
  overtime_minutes: 30,
});
const request = (id, type, state, at) => ({
  id,
  type,
  state,
  requested_at: at,
  kind: 'leave',
  from: '2026-11-02',
  to: '2026-11-03',
  work_date: '2026-11-02',
  direction: 'in',
  occurred_at: '2026-11-02T01:00:00Z',
  zone: 'Asia/Jakarta',
  reason: 'perlu',
});

async function opened(next, is = year()) {
  const page = await pageOf('orang');
  const loading = page.load();
  (await next('/api/employees/4/year')).answer(is);
  return { page, loading };
}

test('a profile has the month, the requests with those that wait leading, and the account', async () => {
  const { next } = server();
  const { page, loading } = await opened(next, year([on('2026-11-20', 'late')]));
  const month = await next('/api/attendances');
  assert.deepEqual(
    ['employee', 'from', 'to'].map((name) => month.query.get(name)),
    ['4', '2026-11-01', '2026-11-30'],
  );
  month.answer({ items: [day('2026-11-20', 'late'), day('2026-11-19', 'present')], next_cursor: '' });
  (await next('/api/leave-requests')).answer({
    items: [
      request(2, 'leave', 'approved', '2026-11-20T01:00:00Z'),
      request(1, 'leave', 'pending', '2026-11-01T01:00:00Z'),
    ],
  });
  (await next('/api/corrections')).answer({ items: [request(9, 'correction', 'refused', '2026-11-21T01:00:00Z')] });
  (await next('/api/employees/4')).answer({
    id: 4,
    branch_id: 1,
    status: 'active',
    position: 'Kasir',
    assignments: [],
    employments: [],
    has_pin: true,
    accounts: [{ id: 12, login: 'siti', role: 'employee', disabled: false }],
  });
  (await next('/api/shifts')).answer({ items: [{ id: 1, code: 'P' }] });
  (await next('/api/users/12')).answer({ id: 12, login: 'siti' });
  await loading;
  assert.deepEqual([page.initials, page.subtitle], ['SN', 'JKT-0004 · Kasir · Jakarta']);
  assert.deepEqual(
    page.dayRows.map((r) => [r.href, r.late, r.overtime]),
    [
      ['/riwayat?day=4/2026-11-20#riwayat', '12 mnt', '0:30'],
      ['/riwayat?day=4/2026-11-19#riwayat', '', '0:30'],
    ],
  );
  assert.deepEqual(
    page.requestRows.map((q) => q.href),
    ['/izin?state=pending', '/koreksi?state=refused', '/izin?state=approved'],
  );
  assert.deepEqual(
    page.accounts.map((a) => [a.login, a.role, a.last, a.href]),
    [['siti', 'Karyawan', 'Masuk terakhir: tidak ada sesi yang berlaku', '/pengguna?q=siti']],
  );
  assert.deepEqual([page.pinText, page.cardText], ['Punya PIN.', 'Belum punya kartu.']);

  page.pick({ target: { dataset: { date: '2026-03-05' } } });
  assert.equal((await next('/api/attendances')).query.get('from'), '2026-03-01');
});

test('of somebody who is elsewhere now only the time of then is asked for', async () => {
  const { next, asked } = server();
  session.user.role = 'branch_admin';
  const { page, loading } = await opened(next, year([], { here: false, partly: true }));
  for (const path of ['/api/attendances', '/api/leave-requests', '/api/corrections'])
    (await next(path)).answer({ items: [], next_cursor: '' });
  await loading;
  assert.deepEqual([asked.length, page.away, page.known, page.noMonth], [0, true, false, true]);
});

test('a profile that is not there says so', async () => {
  const { next } = server();
  const page = await pageOf('orang');
  const loading = page.load();
  (await next('/api/employees/4/year')).refuse(404);
  await loading;
  assert.match(page.problem, /^Karyawan ini tidak ditemukan/);
  assert.equal(page.fresh, false);
});
