package problem

import (
	"hadir/internal/attendance"

	"golang.org/x/text/language"
)

// Language is one of those in which the program answers.
type Language int

// The languages, the default first. Texts in pairs are in this order.
const (
	Indonesian Language = iota
	English
)

// Locale is the language's name in accounts.
func (l Language) Locale() string { return [...]string{"id", "en"}[l] }

// languages are those of the catalogue, in the order of the constants.
var languages = language.NewMatcher([]language.Tag{language.Indonesian, language.English})

// LanguageOf is the language to answer in: the best that an Accept-Language header, or an account's locale, allows.
func LanguageOf(acceptLanguage string) Language {
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return Indonesian
	}
	_, index, _ := languages.Match(tags...)
	return Language(index)
}

// sentence explains a code in a language.
func sentence(code attendance.Code, l Language) string {
	s, ok := catalogue[code]
	if !ok {
		s = catalogue[attendance.CodeInternal]
	}
	return s[l]
}

// catalogue explains every code, in Indonesian and in English.
var catalogue = map[attendance.Code][2]string{
	attendance.CodeInvalid:     {"Isian tidak sah; lihat rinciannya.", "The input is not valid; see the details."},
	attendance.CodeInvalidDate: {"Tanggal harus berbentuk TTTT-BB-HH.", "Dates have the form YYYY-MM-DD."},
	attendance.CodeSkippedTime: {"Jam itu tidak pernah ada: pada malam itu jam dimajukan.",
		"That time never was: clocks were put forward that night."},
	attendance.CodeAmbiguousTime: {
		"Jam itu terjadi dua kali: pada malam itu jam dimundurkan. Sebutkan yang pertama atau yang kedua.",
		"That time came twice: clocks were put back that night. Say whether the first or the second is meant."},
	attendance.CodeInvalidZone: {"Zona waktu tidak dikenal.", "The time zone is unknown."},
	attendance.CodeInvalidCursor: {"Halaman ini tidak dapat dilanjutkan; muat ulang daftarnya.",
		"This page cannot be continued; load the list again."},
	attendance.CodeNotFound: {"Tidak ditemukan, atau bukan milik Anda untuk dilihat.",
		"There is no such thing, or none that you may see."},
	attendance.CodeForbidden:       {"Peran Anda tidak mengizinkan ini.", "Your role does not include this."},
	attendance.CodeUnauthenticated: {"Silakan masuk terlebih dahulu.", "Please sign in first."},
	attendance.CodeBadCredentials:  {"Nama masuk atau kata sandi salah.", "The login or the password is wrong."},
	attendance.CodeThrottled: {"Terlalu banyak percobaan. Coba lagi sebentar lagi.",
		"Too many attempts. Try again in a while."},
	attendance.CodeConflict: {"Data ini sudah berubah keadaannya atau sudah ada.",
		"This is in another state by now, or exists already."},
	attendance.CodeStale: {
		"Orang lain baru saja mengubah data ini. Tutup, lalu buka lagi untuk melihat perubahannya.",
		"Somebody else has just changed this. Close it and open it again to see how."},
	attendance.CodeOtherPerson: {"Orang lain sedang masuk di peramban ini. Ini tidak dicatat untuk siapa pun.",
		"Somebody else is signed in here. This was recorded for nobody."},
	attendance.CodeIdempotencyMismatch: {"Kunci idempoten sudah dipakai untuk permintaan lain.",
		"The idempotency key was used with another request."},
	attendance.CodeEmployeeInactive: {"Karyawan tidak aktif pada tanggal itu.",
		"The employee is not active on that day."},
	attendance.CodeNoEmployee: {"Akun ini tidak terhubung dengan karyawan.",
		"This account is not linked to an employee."},
	attendance.CodeClaimTooOld: {"Absensi ini lebih dari 72 jam yang lalu; ajukan koreksi.",
		"The punch is from more than 72 hours ago; ask for a correction."},
	attendance.CodeClaimInFuture: {"Jam perangkat Anda lebih cepat; perbaiki lalu coba lagi.",
		"Your device's clock is ahead; set it right and try again."},
	attendance.CodeLocationRequired: {"Cabang ini mewajibkan lokasi; izinkan akses lokasi lalu coba lagi.",
		"This branch requires a position; allow access to it and try again."},
	attendance.CodeOutsideArea: {"Anda berada di luar area absensi cabang.",
		"You are outside the branch's area."},
	attendance.CodeUnavailable: {"Layanan sedang tidak tersedia. Coba lagi sebentar lagi.",
		"The service is not available right now. Try again in a moment."},
	attendance.CodeSetupDone: {"Administrator pertama sudah dibuat.",
		"The first administrator exists already."},
	attendance.CodeLastAdmin: {"Harus ada sedikitnya satu administrator aktif.",
		"At least one administrator must stay active."},
	attendance.CodeOwnRequest: {"Pengajuan Anda sendiri diputuskan oleh orang lain.",
		"Somebody else decides about your own request."},
	attendance.CodeTooManyPunches: {
		"Terlalu banyak absensi dari Anda. Tunggu dulu, atau ajukan koreksi bila ada yang salah.",
		"Too many punches of yours. Wait, or ask for a correction if something is wrong."},
	attendance.CodeConfirmDirection: {
		"Anda baru saja absen ke arah sebaliknya, kurang dari satu menit sebelumnya. Pastikan dulu bahwa ini dimaksud.",
		"You punched the other direction less than a minute before. Confirm first that this is meant."},
	attendance.CodeUndoOver: {"Hanya absensi terakhir yang dapat dibatalkan, dalam 60 detik. Ajukan koreksi.",
		"Only the last punch can be taken back, within 60 seconds. Ask for a correction."},
	attendance.CodePeriodLocked: {"Periode itu sudah dikunci.", "That period is locked."},
	attendance.CodeInternal:     {"Terjadi kesalahan di server.", "Something went wrong on the server."},
	CodeMalformed:               {"Permintaan tidak dapat dibaca.", "The request cannot be read."},
	CodeTooLarge:                {"Permintaan terlalu besar.", "The request is too large."},
	CodeUnsupportedMedia:        {"Isi permintaan harus berupa JSON.", "The request's body must be JSON."},
	CodeNotAcceptable:           {"Jawaban hanya tersedia sebagai JSON.", "Answers are available as JSON only."},
	CodeBadRequest:              {"Permintaan ini rusak.", "The request is malformed."},
	CodeMethodNotAllowed:        {"Alamat ini tidak menerima metode itu.", "This address does not take that method."},
	CodeTooManyConnections:      {"Terlalu banyak koneksi dari alamat ini.", "Too many connections from this address."},
	CodeCrossSite:               {"Permintaan datang dari situs lain.", "The request came from another site."},
}
