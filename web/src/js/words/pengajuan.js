// Texts of the pages Izin and Koreksi.
export const pengajuan = {
  id: {
    'nav.leave': 'Izin', 'nav.corrections': 'Koreksi',
    'izin.title': 'Izin', 'izin.intro': 'Cuti, sakit dan izin. Yang disetujui langsung mengubah hari-harinya.', 'izin.ask': 'Ajukan izin', 'izin.kind': 'Jenis', 'izin.kind.leave': 'Cuti', 'izin.kind.sick': 'Sakit', 'izin.kind.permit': 'Izin', 'izin.from': 'Dari tanggal', 'izin.to': 'Sampai tanggal',
    'koreksi.title': 'Koreksi', 'koreksi.intro': 'Usul absensi yang terlewat. Yang disetujui menambah absensi; yang lama tetap tersimpan.', 'koreksi.ask': 'Ajukan koreksi', 'koreksi.date': 'Hari kerja', 'koreksi.dateHint': 'Tanggal shift dimulai, juga untuk shift malam.', 'koreksi.direction': 'Absensi', 'koreksi.time': 'Pukul', 'koreksi.nextDay': 'Jam itu sudah keesokan harinya (shift malam)',
    'requests.state': 'Keadaan', 'requests.state.pending': 'Menunggu', 'requests.state.approved': 'Disetujui', 'requests.state.refused': 'Ditolak', 'requests.state.cancelled': 'Dibatalkan', 'requests.state.all': 'Semua',
    'requests.none': 'Tidak ada pengajuan di sini.', 'requests.day': 'Lihat hari itu', 'requests.employee': 'Nomor karyawan', 'requests.reason': 'Alasan', 'requests.send': 'Kirim', 'requests.sent': 'Pengajuan terkirim.',
    'requests.note': 'Catatan keputusan', 'requests.noteHint': 'Wajib bila ditolak; dibaca oleh karyawan.', 'requests.noteNeeded': 'Tulis alasan penolakan.', 'requests.approve': 'Setujui', 'requests.refuse': 'Tolak', 'requests.cancel': 'Batalkan pengajuan',
    'requests.done.approve': 'Disetujui.', 'requests.done.refuse': 'Ditolak.', 'requests.done.cancel': 'Dibatalkan.', 'requests.askedAt': 'Diajukan', 'requests.decidedAt': 'Diputuskan', 'requests.conflict': 'Sudah diputuskan orang lain.', 'requests.own': 'Pengajuan Anda sendiri diputuskan oleh orang lain.', 'requests.overlap': 'Sudah ada pengajuan izin untuk tanggal ini.',
    'requests.wrong.employee_id': 'Nomor karyawan tidak dikenal.', 'requests.wrong.kind': 'Pilih jenisnya.', 'requests.wrong.from': 'Isi tanggal mulai, paling jauh 400 hari dari hari ini.', 'requests.wrong.to': 'Tanggal akhir tidak boleh sebelum tanggal mulai, dan izin paling lama 366 hari.', 'requests.wrong.work_date': 'Isi tanggal hari ini atau sebelumnya.',
    'requests.wrong.direction': 'Pilih masuk atau pulang.', 'requests.wrong.time': 'Jam itu belum lewat, atau dihitung untuk hari kerja lain.', 'requests.wrong.reason': 'Isi alasan, paling banyak 500 karakter.', 'requests.wrong.note': 'Tulis alasan penolakan.',
    'home.requests': 'Pengajuan saya', 'home.noRequests': 'Belum ada pengajuan.', 'day.correct': 'Ajukan koreksi',
  },
  en: {
    'nav.leave': 'Leave', 'nav.corrections': 'Corrections',
    'izin.title': 'Leave', 'izin.intro': 'Leave, sickness and permits. What is approved changes its days at once.', 'izin.ask': 'Ask for leave', 'izin.kind': 'Kind', 'izin.kind.leave': 'Leave', 'izin.kind.sick': 'Sick', 'izin.kind.permit': 'Permit', 'izin.from': 'First date', 'izin.to': 'Last date',
    'koreksi.title': 'Corrections', 'koreksi.intro': 'Propose a punch that was not made. What is approved adds a punch; the others stay.', 'koreksi.ask': 'Ask for a correction', 'koreksi.date': 'Work date', 'koreksi.dateHint': 'The date on which the shift begins, also of a night shift.', 'koreksi.direction': 'Punch', 'koreksi.time': 'At', 'koreksi.nextDay': 'That time is on the next date (night shift)',
    'requests.state': 'State', 'requests.state.pending': 'Pending', 'requests.state.approved': 'Approved', 'requests.state.refused': 'Refused', 'requests.state.cancelled': 'Cancelled', 'requests.state.all': 'All',
    'requests.none': 'There are no requests here.', 'requests.day': 'See that day', 'requests.employee': 'Employee number', 'requests.reason': 'Reason', 'requests.send': 'Send', 'requests.sent': 'The request was sent.',
    'requests.note': 'Note on the decision', 'requests.noteHint': 'Needed for a refusal; the employee reads it.', 'requests.noteNeeded': 'Write why it is refused.', 'requests.approve': 'Approve', 'requests.refuse': 'Refuse', 'requests.cancel': 'Cancel the request',
    'requests.done.approve': 'Approved.', 'requests.done.refuse': 'Refused.', 'requests.done.cancel': 'Cancelled.', 'requests.askedAt': 'Asked', 'requests.decidedAt': 'Decided', 'requests.conflict': 'Somebody else decided already.', 'requests.own': 'Somebody else decides about your own request.', 'requests.overlap': 'Leave was asked for on these dates already.',
    'requests.wrong.employee_id': 'There is no such employee number.', 'requests.wrong.kind': 'Choose the kind.', 'requests.wrong.from': 'Give a first date within 400 days of today.', 'requests.wrong.to': 'The last date is not before the first, and a leave takes 366 days at the most.', 'requests.wrong.work_date': 'Give the date of today or an earlier one.',
    'requests.wrong.direction': 'Choose in or out.', 'requests.wrong.time': 'That time has not come yet, or counts for another work date.', 'requests.wrong.reason': 'Give a reason of at most 500 characters.', 'requests.wrong.note': 'Write why it is refused.',
    'home.requests': 'My requests', 'home.noRequests': 'No requests yet.', 'day.correct': 'Ask for a correction',
  },
};
