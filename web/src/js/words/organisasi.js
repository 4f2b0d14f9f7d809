// Texts of branches, shifts and holidays.
export const organisasi = {
  id: {
  },
  en: {
  },
};
