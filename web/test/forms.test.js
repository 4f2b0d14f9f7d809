import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { browser, pageOf, server } from './pages.js';
import { speak } from './words.js';

speak();
browser();
const scripts = join(import.meta.dirname, '../src/js');

// Every form of a page: what is filled in, where it goes, and the fields that the server may find something wrong with.
const forms = [
  {
    page: 'karyawan',
    form: 'editor',
    values: { number: 'A-1', name: 'A', branch_id: '1' },
    path: '/api/employees',
    fields: ['number', 'name', 'branch_id', 'department', 'position', 'hired_on'],
    begin: (page) => page.show(null),
  },
  {
    page: 'karyawan',
    form: 'leave',
    values: { left_on: '2026-11-01' },
    path: '/api/employees/4',
    fields: ['left_on'],
  },
  {
    page: 'karyawan',
    form: 'move',
    values: { from: '2026-11-01', branch_id: '1', reason: 'x' },
    path: '/api/employees/4/moves',
    fields: ['from', 'branch_id', 'department', 'position', 'reason'],
  },
  {
    page: 'karyawan',
    form: 'forget',
    values: { number: 'A-1', reason: 'x' },
    path: '/api/persons/4/pseudonym',
    fields: ['number', 'reason'],
  },
  {
    page: 'libur',
    values: { date: '2026-11-01', name: 'x' },
    path: '/api/holidays',
    fields: ['date', 'name', 'scope', 'branch_id', 'employee_id'],
  },
  {
    page: 'shift',
    form: 'editor',
    values: { code: 'P', name: 'Pagi' },
    path: '/api/shifts',
    fields: ['code', 'name', 'start', 'end', 'break_minutes', 'absent_below'],
    begin: (page) => Object.assign(page, { one: null }),
  },
  {
    page: 'cabang',
    values: { code: 'JKT', name: 'Jakarta' },
    path: '/api/branches',
    fields: ['code', 'name', 'zone', 'max_accuracy', 'networks', 'also_at', 'sites[0].name', 'sites[0].radius'],
  },
  {
    page: 'pengguna',
    values: { login: 'a', name: 'A', role: 'admin' },
    path: '/api/users',
    fields: ['login', 'name', 'email', 'role', 'employee_id', 'branch_ids', 'password'],
  },
  {
    page: 'lupa',
    values: { password: 'nasi uduk dan kopi hitam', code: '123456' },
    path: '/api/password-resets/use',
    fields: ['password', 'code'],
    begin: (page) => Object.assign(page, { token: 'x', open: { login: 'a', second_factor: true } }),
  },
  {
    page: 'webhook',
    values: { url: 'https://a.test/', kinds: ['recap.ready'] },
    path: '/api/webhooks',
    fields: ['url', 'kinds', 'description'],
  },
  {
    page: 'mesin',
    values: { branch_id: '1' },
    path: '/api/terminals/4',
    fields: ['name', 'branch_id', 'site', 'direction', 'pin_format', 'zone', 'networks'],
    begin: (page) => Object.assign(page, { editing: { id: 4, version: 'v', state: 'pending' } }),
  },
  {
    page: 'kios',
    values: { name: 'Gerbang', branch_id: '1', modes: ['qr'] },
    path: '/api/kiosks',
    fields: ['name', 'branch_id', 'site', 'modes', 'language'],
  },
  {
    page: 'kiosk',
    values: { code: 'ABCD2345' },
    path: '/api/kiosk/pair',
    fields: ['code'],
  },
  {
    page: 'ditinjau',
    values: { note: 'x' },
    path: '/api/reviews/decisions',
    fields: ['note'],
    begin: (page) => Object.assign(page, { rows: [{ id: 4, state: 'open' }], chosen: ['4'] }),
  },
  {
    page: 'laporan',
    values: { month: '2026-11' },
    path: '/api/reports',
    fields: ['month', 'branch_id', 'format'],
  },
  {
    page: 'izin',
    values: { from: '2026-11-01', reason: 'x' },
    path: '/api/leave-requests',
    fields: ['from', 'to', 'kind', 'reason', 'employee_id'],
  },
  {
    page: 'koreksi',
    values: { work_date: '2026-11-01', time: '08:00', reason: 'x' },
    path: '/api/corrections',
    fields: ['work_date', 'time', 'direction', 'void_punch_id', 'reason'],
  },
];

for (const { page: name, form: part, values, path, fields, begin = () => {} } of forms) {
  test(`${name}${part ? `, ${part}` : ''}: the server's own sentence stands at each field`, async () => {
    const { next } = server();
    const page = await pageOf(name);
    if (part) {
      const none = async () => {};
      Object.assign(page, { begin: none, load: none, beginPatterns: none }); // of the lists behind
      page.init();
      Object.assign(page, { one: { id: 4, version: 'v', employments: [] } });
    }
    begin(page);
    const form = part ? page[part] : page;
    for (const [status, code] of [
      [422, 'invalid'],
      [409, 'conflict'],
    ]) {
      if (part === 'move' && status === 409) continue; // it is about no field of that form, and stands on top
      form.fill(values);
      const sent = form.submit();
      const said = (field) => `${code}: what only the server knows of ${field}`;
      // Of an element of a list, and a second one about the same field.
      const listed = fields.map((f, i) => ({ field: i === 0 || f.includes('[') ? f : `${f}[2]`, message: said(f) }));
      const errors = [...listed, { field: fields[0], message: 'another one' }];
      (await next(path)).refuse(status, { code, errors });
      await sent;
      assert.deepEqual({ ...form.errors }, Object.fromEntries(fields.map((f) => [f, said(f)])));
    }
  });
}

test('no page puts a sentence of its own in the place of one of the server', async () => {
  const files = (await readdir(scripts, { recursive: true })).filter((f) => f.endsWith('.js'));
  const known = forms.map((f) => f.page);
  for (const file of files) {
    const source = await readFile(join(scripts, file), 'utf8');
    assert.doesNotMatch(source, /\b(?:e|error|problem)\.message = /, file);
    if (file === 'ui.js' || file === 'http.js') continue;
    assert.doesNotMatch(source, /\.errors(?:\?\.|\.|\s+\?\? \[\]\)?\.?)(?:map|find|forEach)|of problem\.errors/, file);
    const page = /^pages\/(\w+)\.js$/.exec(file)?.[1];
    // These send what they are given to form() and have nothing of their own in between.
    if (page && /\bform\(/.test(source) && !['masuk', 'mulai', 'operasi', 'profil'].includes(page))
      assert.ok(known.includes(page), file);
  }
});
