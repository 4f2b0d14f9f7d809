// Texts of the page Riwayat.
export const riwayat = {
  id: {
  },
  en: {
  },
};
