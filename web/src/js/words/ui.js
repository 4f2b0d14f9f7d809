// Texts of the components.
export const ui = {
  id: {
    'ui.close': 'Tutup', 'ui.cancel': 'Batal', 'ui.save': 'Simpan', 'ui.saved': 'Tersimpan.', 'ui.saving': 'Menyimpan…', 'ui.loading': 'Memuat…', 'ui.again': 'Coba lagi',
    'ui.discardAsk': 'Buang isian ini?', 'ui.discardWhy': 'Yang sudah Anda isi belum disimpan.', 'ui.discard': 'Buang',
    'ui.edit': 'Ubah', 'ui.add': 'Tambah', 'ui.delete': 'Hapus', 'ui.search': 'Cari', 'ui.more': 'Tampilkan lebih banyak', 'ui.none': 'Belum ada data.', 'ui.yes': 'Ya', 'ui.no': 'Tidak', 'ui.actions': 'Tindakan',
    'parts.title': 'Komponen', 'parts.intro': 'Bagian-bagian yang dipakai semua halaman.', 'parts.colours': 'Warna', 'parts.type': 'Huruf', 'parts.statuses': 'Status dan keadaan', 'parts.buttons': 'Tombol', 'parts.fields': 'Isian', 'parts.notices': 'Pesan, kosong, menunggu, kemajuan', 'parts.tables': 'Tabel dan garis waktu', 'parts.question': 'Yakin?',
    'ui.notifications': 'Pemberitahuan', 'ui.check': 'Periksa isian yang ditandai.', 'ui.required': 'Wajib diisi.',
  },
  en: {
    'ui.close': 'Close', 'ui.cancel': 'Cancel', 'ui.save': 'Save', 'ui.saved': 'Saved.', 'ui.saving': 'Saving…', 'ui.loading': 'Loading…', 'ui.again': 'Try again',
    'ui.discardAsk': 'Throw away what you entered?', 'ui.discardWhy': 'It is not saved yet.', 'ui.discard': 'Throw away',
    'ui.edit': 'Edit', 'ui.add': 'Add', 'ui.delete': 'Delete', 'ui.search': 'Search', 'ui.more': 'Show more', 'ui.none': 'Nothing here yet.', 'ui.yes': 'Yes', 'ui.no': 'No', 'ui.actions': 'Actions',
    'parts.title': 'Components', 'parts.intro': 'The parts that every page is made of.', 'parts.colours': 'Colours', 'parts.type': 'Type', 'parts.statuses': 'Statuses and states', 'parts.buttons': 'Buttons', 'parts.fields': 'Fields', 'parts.notices': 'Notices, empty, waiting, progress', 'parts.tables': 'Tables and time lines', 'parts.question': 'Are you sure?',
    'ui.notifications': 'Notifications', 'ui.check': 'Check the marked fields.', 'ui.required': 'This is required.',
  },
};
