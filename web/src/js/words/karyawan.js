// Texts of employees.
export const karyawan = {
  id: {
  },
  en: {
  },
};
