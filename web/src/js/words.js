import { common } from './words/common.js';
import { beranda } from './words/beranda.js';
import { dasbor } from './words/dasbor.js';
import { riwayat } from './words/riwayat.js';
import { karyawan } from './words/karyawan.js';
import { organisasi } from './words/organisasi.js';
import { pengajuan } from './words/pengajuan.js';
import { pengguna } from './words/pengguna.js';
import { operasi } from './words/operasi.js';
import { laporan } from './words/laporan.js';
import { webhook } from './words/webhook.js';
import { shift } from './words/shift.js';
import { terms } from './words/terms.js';
import { ui } from './words/ui.js';

const parts = [
  common,
  beranda,
  dasbor,
  riwayat,
  karyawan,
  organisasi,
  pengajuan,
  pengguna,
  operasi,
  laporan,
  webhook,
  shift,
  terms,
  ui,
];

// words holds every text of the pages, Indonesian and English. {name} is filled in; a list holds the forms for one and many.
export const words = {
  id: Object.assign({}, ...parts.map((p) => p.id)),
  en: Object.assign({}, ...parts.map((p) => p.en)),
};
