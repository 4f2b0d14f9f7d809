// Texts that several pages use, and those of the first pages.
export const common = {
  id: {
    'nav.skip': 'Langsung ke isi', 'nav.label': 'Menu utama', 'nav.home': 'Beranda', 'nav.dashboard': 'Dasbor', 'nav.history': 'Riwayat',
    'nav.queues': 'Antrean', 'nav.signOut': 'Keluar', 'nav.language': 'Ganti bahasa ke {name}', 'nav.data': 'Data', 'nav.theme': 'Tema: {name}', 'theme.auto': 'ikut perangkat', 'theme.light': 'terang', 'theme.dark': 'gelap', 'language.other': 'English',
    'state.live': 'Langsung', 'state.connecting': 'Menyambung…', 'state.polling': 'Tiap beberapa detik', 'state.offline': 'Terputus sejak {time}',
    'signIn.tagline': 'Absensi waktu nyata', 'signIn.login': 'Email atau nomor karyawan', 'signIn.password': 'Kata sandi', 'signIn.submit': 'Masuk',
    'signIn.demo': 'Data demo. Kata sandi: hadir-demo',
    'setup.title': 'Mulai memakai Hadir', 'setup.intro': 'Buat administrator pertama. Halaman ini hanya berlaku sekali.', 'setup.name': 'Nama',
    'setup.login': 'Email', 'setup.password': 'Kata sandi (minimal 10 karakter)', 'setup.code': 'Kode yang ditampilkan server saat pertama dijalankan', 'setup.submit': 'Buat administrator',
    'direction.repeat': '{direction} (ulangan)',
    'filter.from': 'Dari', 'filter.to': 'Sampai', 'filter.branch': 'Cabang', 'filter.status': 'Status', 'filter.text': 'Cari nama atau nomor', 'filter.all': 'Semua',
    'col.date': 'Tanggal', 'col.employee': 'Karyawan', 'col.branch': 'Cabang', 'col.in': 'Masuk', 'col.out': 'Pulang', 'col.worked': 'Kerja', 'col.status': 'Status',
    'error.network': 'Server tidak terjangkau. Periksa jaringan.', 'error.unknown': 'Terjadi kesalahan.',
  },
  en: {
    'nav.skip': 'Skip to content', 'nav.label': 'Main menu', 'nav.home': 'Home', 'nav.dashboard': 'Dashboard', 'nav.history': 'History',
    'nav.queues': 'Queues', 'nav.signOut': 'Sign out', 'nav.language': 'Change language to {name}', 'nav.data': 'Data', 'nav.theme': 'Theme: {name}', 'theme.auto': 'as the device', 'theme.light': 'light', 'theme.dark': 'dark', 'language.other': 'Bahasa Indonesia',
    'state.live': 'Live', 'state.connecting': 'Connecting…', 'state.polling': 'Every few seconds', 'state.offline': 'Offline since {time}',
    'signIn.tagline': 'Attendance in real time', 'signIn.login': 'E-mail or employee number', 'signIn.password': 'Password', 'signIn.submit': 'Sign in',
    'signIn.demo': 'Demo data. Password: hadir-demo',
    'setup.title': 'Begin with Hadir', 'setup.intro': 'Make the first administrator. This page works once.', 'setup.name': 'Name',
    'setup.login': 'E-mail', 'setup.password': 'Password (10 characters or more)', 'setup.code': 'Code that the server printed at its first start', 'setup.submit': 'Make administrator',
    'direction.repeat': '{direction} (repeat)',
    'filter.from': 'From', 'filter.to': 'To', 'filter.branch': 'Branch', 'filter.status': 'Status', 'filter.text': 'Name or number', 'filter.all': 'All',
    'col.date': 'Date', 'col.employee': 'Employee', 'col.branch': 'Branch', 'col.in': 'In', 'col.out': 'Out', 'col.worked': 'Worked', 'col.status': 'Status',
    'error.network': 'The server cannot be reached. Check the network.', 'error.unknown': 'Something went wrong.',
  },
};
