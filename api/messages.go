package api

import (
	"hadir/internal/attendance"

	"golang.org/x/text/language"
)

// languages are those of the catalogue, the default first.
var languages = language.NewMatcher([]language.Tag{language.Indonesian, language.English})

// locales name the same languages in accounts.
var locales = [...]string{"id", "en"}

// sentence explains a code in a language, an index of languages.
func sentence(code attendance.Code, index int) string {
	s, ok := catalogue[code]
	if !ok {
		s = catalogue[attendance.CodeInternal]
	}
	return s[index]
}

// languageOf is the index of the language to answer in: the best that an Accept-Language header allows.
func languageOf(acceptLanguage string) int {
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return 0
	}
	_, index, _ := languages.Match(tags...)
	return index
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
	attendance.CodePeriodLocked: {"Periode itu sudah dikunci.", "That period is locked."},
	attendance.CodeInternal:     {"Terjadi kesalahan di server.", "Something went wrong on the server."},
	codeMalformed:               {"Permintaan tidak dapat dibaca.", "The request cannot be read."},
	codeTooLarge:                {"Permintaan terlalu besar.", "The request is too large."},
	codeUnsupportedMedia:        {"Isi permintaan harus berupa JSON.", "The request's body must be JSON."},
	codeNotAcceptable:           {"Jawaban hanya tersedia sebagai JSON.", "Answers are available as JSON only."},
	codeCrossSite:               {"Permintaan datang dari situs lain.", "The request came from another site."},
}
