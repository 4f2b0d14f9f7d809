// Texts of the page Dasbor.
export const dasbor = {
  id: {
  },
  en: {
  },
};
