// The pages, in the order of the menu: address, name, and who has business there. Those of the group data share one menu.
const admins = (u) => u.role === 'admin' || u.role === 'branch_admin';
const admin = (u) => u.role === 'admin';

export const pages = [
  { href: '/', name: 'nav.home', for: (u) => Boolean(u.employee_id) },
  { href: '/dasbor', name: 'nav.dashboard', for: admins },
  { href: '/riwayat', name: 'nav.history', for: (u) => u.role !== 'ops' },
  { href: '/izin', name: 'nav.leave', for: (u) => u.role !== 'ops' },
  { href: '/koreksi', name: 'nav.corrections', for: (u) => u.role !== 'ops' },
  { href: '/karyawan', name: 'nav.employees', group: 'data', for: admins },
  { href: '/shift', name: 'nav.shifts', group: 'data', for: admins },
  { href: '/laporan', name: 'nav.reports', group: 'data', for: admins },
  { href: '/laporan', name: 'nav.reports', for: (u) => u.role === 'employee' && Boolean(u.employee_id) },
  { href: '/cabang', name: 'nav.branches', group: 'data', for: admin },
  { href: '/libur', name: 'nav.holidays', group: 'data', for: admins },
  { href: '/pengguna', name: 'nav.users', group: 'data', for: admin },
  { href: '/webhook', name: 'nav.webhooks', group: 'data', for: admin },
  { href: '/audit', name: 'nav.audit', group: 'data', for: admin },
  { href: '/operasi', name: 'nav.operations', for: (u) => u.role === 'admin' || u.role === 'ops' },
];

// pagesFor returns the menu of a user.
export function pagesFor(user) {
  return user ? pages.filter((p) => p.for(user)) : [];
}

export { admin, admins };
