// Texts of the page Beranda.
export const beranda = {
  id: {
    'home.greeting': 'Halo, {name}', 'home.shift': 'Shift {name} · {start}–{end}', 'home.noShift': 'Tidak ada shift hari ini', 'home.offShift': 'Sekarang di luar jendela shift; absensi tetap disimpan untuk ditinjau.',
    'home.check_in': 'Absen masuk', 'home.check_out': 'Absen pulang', 'home.done': 'Selesai · absen pulang lagi', 'home.sending': 'Mengirim…',
    'home.recorded.in': 'Masuk tercatat pukul {time}', 'home.recorded.out': 'Pulang tercatat pukul {time}', 'home.replayed': 'Sudah tercatat pukul {time}',
    'home.kept': 'Disimpan di perangkat ini. Akan dikirim begitu server terjangkau; waktunya tetap waktu Anda menekan tombol.', 'home.offline': 'Server tidak terjangkau. Absensi disimpan di perangkat dan dikirim nanti.',
    'home.keptTitle': 'Absensi di perangkat ini', 'home.waiting': 'menunggu jaringan', 'home.refused': 'ditolak', 'home.forgetTitle': 'Hapus absensi ini dari perangkat?', 'home.forgetText': 'Absensi ini ditolak server dan tidak tercatat. Ajukan koreksi bila perlu.',
    'home.offlineMark': 'tanpa jaringan', 'home.location': 'Sertakan lokasi saya.', 'home.locationWhy': 'Hanya dikirim saat Anda menekan tombol, sebagai bukti bagi admin cabang.',
    'home.locationFlag': 'Hanya dikirim saat Anda menekan tombol. Di luar area cabang, absensi tetap tercatat dan diberi tanda.', 'home.locationNeeded': 'Cabang ini hanya menerima absensi dengan posisi di dalam area. Posisi dikirim hanya saat Anda menekan tombol.',
    'home.punches': 'Absensi hari ini', 'home.noPunches': 'Belum ada absensi.', 'home.worked': '{status} · bekerja {worked}', 'home.monthBefore': 'Bulan sebelumnya', 'home.monthAfter': 'Bulan berikutnya', 'home.days': ['{n} hari', '{n} hari'],
    'home.reminders': 'Pengingat', 'home.read': 'Sudah dibaca', 'home.remind.check_in': 'Anda belum absen masuk; shift mulai pukul {time}.', 'home.remind.check_out': 'Anda belum absen pulang; jendela ditutup pukul {time}.',
  },
  en: {
    'home.greeting': 'Hello, {name}', 'home.shift': 'Shift {name} · {start}–{end}', 'home.noShift': 'No shift today', 'home.offShift': 'This is outside the shift’s window; a punch is kept for review.',
    'home.check_in': 'Check in', 'home.check_out': 'Check out', 'home.done': 'Done · check out again', 'home.sending': 'Sending…',
    'home.recorded.in': 'Checked in at {time}', 'home.recorded.out': 'Checked out at {time}', 'home.replayed': 'Recorded already at {time}',
    'home.kept': 'Kept on this device. It is sent as soon as the server can be reached; its time stays the time of your tap.', 'home.offline': 'The server cannot be reached. Punches are kept on the device and sent later.',
    'home.keptTitle': 'Punches on this device', 'home.waiting': 'waiting for the network', 'home.refused': 'refused', 'home.forgetTitle': 'Delete this punch from the device?', 'home.forgetText': 'The server refused it and did not record it. Ask for a correction if you need one.',
    'home.offlineMark': 'without network', 'home.location': 'Include my position.', 'home.locationWhy': 'It is sent only when you press the button, as evidence for the branch’s admin.',
    'home.locationFlag': 'It is sent only when you press the button. Outside the branch’s area a punch still counts and is marked.', 'home.locationNeeded': 'This branch takes punches only with a position inside its area. The position is sent only when you press the button.',
    'home.punches': 'Punches today', 'home.noPunches': 'No punches yet.', 'home.worked': '{status} · worked {worked}', 'home.monthBefore': 'Month before', 'home.monthAfter': 'Month after', 'home.days': ['{n} day', '{n} days'],
    'home.reminders': 'Reminders', 'home.read': 'Mark as read', 'home.remind.check_in': 'You have not checked in; the shift began at {time}.', 'home.remind.check_out': 'You have not checked out; the window closes at {time}.',
  },
};
