// Texts of the page Beranda.
export const beranda = {
  id: {
  },
  en: {
  },
};
