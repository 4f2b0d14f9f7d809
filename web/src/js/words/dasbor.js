// Texts of the page Dasbor.
export const dasbor = {
  id: {
    'dashboard.title': 'Hari ini', 'dashboard.counters': 'Angka hari ini', 'dashboard.feed': 'Kejadian terbaru', 'dashboard.emptyFeed': 'Belum ada yang absen hari ini.',
    'dashboard.branches': 'Per cabang', 'dashboard.watchers': 'Sedang melihat', 'dashboard.inside': 'Di dalam', 'dashboard.of': 'dari {n} karyawan', 'dashboard.checkedIn': '{n} sudah masuk',
    'dashboard.arrivals': 'Kedatangan terhadap awal shift', 'dashboard.usual': 'Biasanya di hari yang sama', 'dashboard.offset': '{n} mnt',
    'dashboard.chartToday': '{n} orang sudah datang hari ini.', 'dashboard.chartBoth': '{n} orang sudah datang hari ini; biasanya {usual} sampai akhir hari.',
    'dashboard.notIn': 'Belum masuk', 'dashboard.late': 'Terlambat', 'dashboard.all': 'Lihat semua', 'dashboard.everybodyIn': 'Tidak ada yang ditunggu.', 'dashboard.nobodyLate': 'Belum ada yang terlambat.',
    'dashboard.overdue': ['lewat {n} mnt', 'lewat {n} mnt'], 'dashboard.begins': 'mulai {time}', 'dashboard.lateBy': ['{n} mnt', '{n} mnt'], 'dashboard.nLate': ['{n} terlambat', '{n} terlambat'],
  },
  en: {
    'dashboard.title': 'Today', 'dashboard.counters': 'Today’s numbers', 'dashboard.feed': 'Latest events', 'dashboard.emptyFeed': 'Nobody has punched today.',
    'dashboard.branches': 'By branch', 'dashboard.watchers': 'Watching now', 'dashboard.inside': 'Inside', 'dashboard.of': 'of {n} employees', 'dashboard.checkedIn': '{n} checked in',
    'dashboard.arrivals': 'Arrivals against the shift’s start', 'dashboard.usual': 'Usually on this weekday', 'dashboard.offset': '{n} min',
    'dashboard.chartToday': '{n} arrived today.', 'dashboard.chartBoth': '{n} arrived today; usually {usual} by the end of the day.',
    'dashboard.notIn': 'Not in yet', 'dashboard.late': 'Late', 'dashboard.all': 'Show all', 'dashboard.everybodyIn': 'Nobody is waited for.', 'dashboard.nobodyLate': 'Nobody is late so far.',
    'dashboard.overdue': ['{n} min over', '{n} min over'], 'dashboard.begins': 'begins {time}', 'dashboard.lateBy': ['{n} min', '{n} min'], 'dashboard.nLate': ['{n} late', '{n} late'],
  },
};
