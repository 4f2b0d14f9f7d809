// What statuses, flags and directions are called, and the signs of months. The server has the same table
// (internal/attendance/terms.go), for reports, CSV and messages; a test holds both equal.
export const terms = {
  id: {
    'status.present': 'Hadir', 'status.late': 'Terlambat', 'status.half_day': 'Setengah hari', 'status.incomplete': 'Tidak lengkap',
    'status.absent': 'Tidak hadir', 'status.on_leave': 'Cuti/izin', 'status.holiday': 'Libur', 'status.day_off': 'Bukan hari kerja',
    'status.pending': 'Belum masuk',
    'short.present': 'H', 'short.late': 'T', 'short.half_day': '½', 'short.incomplete': '?', 'short.absent': 'A', 'short.on_leave': 'I',
    'short.holiday': 'L', 'short.day_off': '·', 'short.pending': '…',
    'flag.late': 'datang terlambat', 'flag.early_out': 'pulang cepat', 'flag.no_check_in': 'tanpa absen masuk',
    'flag.off_shift': 'di luar jam shift', 'flag.outside_area': 'di luar area', 'flag.offline': 'dicatat luring', 'flag.corrected': 'dikoreksi',
    'flag.on_holiday': 'bekerja pada hari libur', 'flag.on_day_off': 'bekerja di luar hari kerja', 'flag.on_leave': 'bekerja saat cuti/izin',
    'flag.late_out': 'pulang setelah absen ditutup', 'flag.quick_out': 'masuk dan pulang dalam 60 detik',
    'flag.open_break': 'pergi tanpa masuk lagi', 'flag.locked': 'periode terkunci',
    'direction.in': 'Masuk', 'direction.out': 'Pulang', 'direction.break_out': 'Mulai istirahat', 'direction.break_in': 'Selesai istirahat',
    'direction.auto': 'Absen',
  },
  en: {
    'status.present': 'Present', 'status.late': 'Late', 'status.half_day': 'Half day', 'status.incomplete': 'Incomplete',
    'status.absent': 'Absent', 'status.on_leave': 'On leave', 'status.holiday': 'Holiday', 'status.day_off': 'Day off',
    'status.pending': 'Not in yet',
    'short.present': 'P', 'short.late': 'L', 'short.half_day': '½', 'short.incomplete': '?', 'short.absent': 'A', 'short.on_leave': 'V',
    'short.holiday': 'H', 'short.day_off': '·', 'short.pending': '…',
    'flag.late': 'came late', 'flag.early_out': 'left early', 'flag.no_check_in': 'no check-in', 'flag.off_shift': 'outside shift hours',
    'flag.outside_area': 'outside the area', 'flag.offline': 'recorded offline', 'flag.corrected': 'corrected',
    'flag.on_holiday': 'worked on a holiday', 'flag.on_day_off': 'worked on a day off', 'flag.on_leave': 'worked on leave',
    'flag.late_out': 'out after closing', 'flag.quick_out': 'in and out within 60 s', 'flag.open_break': 'went and never came in again',
    'flag.locked': 'period locked',
    'direction.in': 'In', 'direction.out': 'Out', 'direction.break_out': 'Break begins', 'direction.break_in': 'Break ends',
    'direction.auto': 'Punch',
  },
};

// signs stand behind a status's, the same in both languages, in the order in which they are shown.
export const signs = {
  late: '>', early_out: '↓', late_out: '→', quick_out: '↔', open_break: '‡', no_check_in: '¬', off_shift: '+', outside_area: '○',
  offline: '~', corrected: '*', on_holiday: '♦', on_day_off: '▲', on_leave: '◊', locked: '■',
};
