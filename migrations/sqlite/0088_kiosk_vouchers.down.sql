DROP TABLE IF EXISTS kiosk_vouchers;
