// Texts of operations.
export const operasi = {
  id: {
  },
  en: {
  },
};
