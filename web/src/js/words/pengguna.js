// Texts of users and the audit log.
export const pengguna = {
  id: {
  },
  en: {
  },
};
