// Texts of the pages Izin and Koreksi.
export const pengajuan = {
  id: {
    'nav.leave': 'Izin', 'nav.corrections': 'Koreksi',
    'izin.title': 'Izin', 'izin.intro': 'Cuti, sakit dan izin. Yang disetujui langsung mengubah hari-harinya.', 'izin.ask': 'Ajukan izin', 'izin.kind': 'Jenis', 'izin.kind.leave': 'Cuti', 'izin.kind.sick': 'Sakit', 'izin.kind.permit': 'Izin', 'izin.from': 'Dari tanggal', 'izin.to': 'Sampai tanggal',
    'koreksi.title': 'Koreksi', 'koreksi.intro': 'Usul absensi yang terlewat. Yang disetujui menambah absensi; yang lama tetap tersimpan.', 'koreksi.ask': 'Ajukan koreksi', 'koreksi.date': 'Hari kerja', 'koreksi.dateHint': 'Tanggal shift dimulai, juga untuk shift malam.', 'koreksi.direction': 'Absensi', 'koreksi.time': 'Pukul', 'koreksi.nextDay': 'Jam itu sudah keesokan harinya (shift malam)',
    'requests.state': 'Keadaan', 'requests.state.pending': 'Menunggu', 'requests.state.approved': 'Disetujui', 'requests.state.refused': 'Ditolak', 'requests.state.cancelled': 'Dibatalkan', 'requests.state.revoked': 'Dicabut', 'requests.state.all': 'Semua',
    'requests.none': 'Tidak ada pengajuan di sini.', 'requests.day': 'Lihat hari itu', 'requests.employee': 'Nomor karyawan', 'requests.reason': 'Alasan', 'requests.send': 'Kirim', 'requests.sent': 'Pengajuan terkirim.',
    'requests.note': 'Catatan keputusan', 'requests.noteHint': 'Wajib bila ditolak atau dicabut; dibaca oleh karyawan.', 'requests.noteNeeded': 'Tulis alasannya.', 'requests.revoke': 'Cabut izin', 'requests.approve': 'Setujui', 'requests.refuse': 'Tolak', 'requests.cancel': 'Batalkan pengajuan',
    'requests.done.approve': 'Disetujui.', 'requests.done.refuse': 'Ditolak.', 'requests.done.cancel': 'Dibatalkan.', 'requests.done.revoke': 'Izin dicabut; hari-harinya dihitung ulang.', 'requests.askedAt': 'Diajukan', 'requests.decidedAt': 'Diputuskan', 'requests.conflict': 'Sudah diputuskan orang lain.', 'requests.own': 'Pengajuan Anda sendiri diputuskan oleh orang lain.', 'requests.overlap.leave': 'Sudah ada pengajuan izin untuk tanggal ini.',
    'requests.overlap.correction': 'Koreksi yang sama sudah diajukan.', 'requests.skipped': 'Jam itu tidak pernah ada: pada malam itu jam dimajukan.',
    'requests.ambiguous': 'Jam itu terjadi dua kali: pada malam itu jam dimundurkan. Pilih yang dimaksud.', 'requests.repeated': 'Jam yang mana?',
    'requests.repeated.first': 'Yang pertama ({offset})', 'requests.repeated.second': 'Yang kedua ({offset})',
    'requests.wrong.employee_id': 'Nomor karyawan tidak dikenal.',
   
    'home.requests': 'Pengajuan saya', 'home.noRequests': 'Belum ada pengajuan.', 'day.correct': 'Ajukan koreksi',
  },
  en: {
    'nav.leave': 'Leave', 'nav.corrections': 'Corrections',
    'izin.title': 'Leave', 'izin.intro': 'Leave, sickness and permits. What is approved changes its days at once.', 'izin.ask': 'Ask for leave', 'izin.kind': 'Kind', 'izin.kind.leave': 'Leave', 'izin.kind.sick': 'Sick', 'izin.kind.permit': 'Permit', 'izin.from': 'First date', 'izin.to': 'Last date',
    'koreksi.title': 'Corrections', 'koreksi.intro': 'Propose a punch that was not made. What is approved adds a punch; the others stay.', 'koreksi.ask': 'Ask for a correction', 'koreksi.date': 'Work date', 'koreksi.dateHint': 'The date on which the shift begins, also of a night shift.', 'koreksi.direction': 'Punch', 'koreksi.time': 'At', 'koreksi.nextDay': 'That time is on the next date (night shift)',
    'requests.state': 'State', 'requests.state.pending': 'Pending', 'requests.state.approved': 'Approved', 'requests.state.refused': 'Refused', 'requests.state.cancelled': 'Cancelled', 'requests.state.revoked': 'Revoked', 'requests.state.all': 'All',
    'requests.none': 'There are no requests here.', 'requests.day': 'See that day', 'requests.employee': 'Employee number', 'requests.reason': 'Reason', 'requests.send': 'Send', 'requests.sent': 'The request was sent.',
    'requests.note': 'Note on the decision', 'requests.noteHint': 'Needed to refuse or revoke; the employee reads it.', 'requests.noteNeeded': 'Write why.', 'requests.revoke': 'Revoke the leave', 'requests.approve': 'Approve', 'requests.refuse': 'Refuse', 'requests.cancel': 'Cancel the request',
    'requests.done.approve': 'Approved.', 'requests.done.refuse': 'Refused.', 'requests.done.cancel': 'Cancelled.', 'requests.done.revoke': 'The leave was revoked; its days are counted again.', 'requests.askedAt': 'Asked', 'requests.decidedAt': 'Decided', 'requests.conflict': 'Somebody else decided already.', 'requests.own': 'Somebody else decides about your own request.', 'requests.overlap.leave': 'Leave was asked for on these dates already.',
    'requests.overlap.correction': 'The same correction was asked for already.', 'requests.skipped': 'That time never was: clocks were put forward that night.',
    'requests.ambiguous': 'That time came twice: clocks were put back that night. Choose the one that is meant.', 'requests.repeated': 'Which of the two?',
    'requests.repeated.first': 'The first ({offset})', 'requests.repeated.second': 'The second ({offset})',
    'requests.wrong.employee_id': 'There is no such employee number.',
   
    'home.requests': 'My requests', 'home.noRequests': 'No requests yet.', 'day.correct': 'Ask for a correction',
  },
};
