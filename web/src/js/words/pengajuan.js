// Texts of leave requests and corrections.
export const pengajuan = {
  id: {
  },
  en: {
  },
};
