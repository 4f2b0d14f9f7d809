package attendance

import (
	"slices"
	"strings"
)

// Term is one thing as people read it: a word, and where a month's cell shows it a sign.
type Term struct{ Sign, Word string }

// Terms are the words of one language. Whatever people read about a day takes them from here: reports, CSV, messages.
// The pages have a table of their own, which a test holds equal to this one; docs/glossary.md lists both languages.
type Terms struct {
	Statuses   map[Status]Term
	Flags      map[Flag]Term
	Directions map[Direction]string
}

// TermsIn returns the words of a language: English for en, else Indonesian.
func TermsIn(locale string) *Terms {
	if locale == "en" {
		return english
	}
	return indonesian
}

// The signs of flags stand behind that of a status ("H↓"). All are in the Windows glyph list 4, which every font that
// spreadsheets and PDF use has, and differ in shape, not in colour. A status and a flag never share a sign.
var (
	indonesian = &Terms{
		Statuses: map[Status]Term{
			StatusPresent: {"H", "Hadir"}, StatusLate: {"T", "Terlambat"}, StatusHalfDay: {"½", "Setengah hari"},
			StatusIncomplete: {"?", "Tidak lengkap"}, StatusAbsent: {"A", "Tidak hadir"},
			StatusOnLeave: {"I", "Cuti/izin"},
			StatusHoliday: {"L", "Libur"}, StatusDayOff: {"·", "Bukan hari kerja"}, StatusPending: {"…", "Belum masuk"},
		},
		Flags: map[Flag]Term{
			RemarkLate: {">", "datang terlambat"}, FlagEarlyOut: {"↓", "pulang cepat"},
			FlagNoCheckIn: {"¬", "tanpa absen masuk"},
			FlagOffShift:  {"+", "di luar jam shift"}, FlagOutsideArea: {"○", "di luar area"},
			FlagOffline:   {"~", "dicatat luring"},
			FlagCorrected: {"*", "dikoreksi"}, FlagOnHoliday: {"♦", "bekerja pada hari libur"},
			FlagOnDayOff: {"▲", "bekerja di luar hari kerja"}, FlagOnLeave: {"◊", "bekerja saat cuti/izin"},
			FlagLateOut: {"→", "pulang setelah absen ditutup"}, FlagQuickOut: {"↔", "masuk dan pulang dalam 60 detik"},
			FlagOpenBreak: {"‡", "pergi tanpa masuk lagi"}, FlagLocked: {"■", "periode terkunci"},
		},
		Directions: map[Direction]string{
			In: "Masuk", Out: "Pulang", BreakOut: "Mulai istirahat", BreakIn: "Selesai istirahat",
			Undetermined: "Absen",
		},
	}
	english = &Terms{
		Statuses: map[Status]Term{
			StatusPresent: {"P", "Present"}, StatusLate: {"L", "Late"}, StatusHalfDay: {"½", "Half day"},
			StatusIncomplete: {"?", "Incomplete"}, StatusAbsent: {"A", "Absent"}, StatusOnLeave: {"V", "On leave"},
			StatusHoliday: {"H", "Holiday"}, StatusDayOff: {"·", "Day off"}, StatusPending: {"…", "Not in yet"},
		},
		Flags: map[Flag]Term{
			RemarkLate: {">", "came late"}, FlagEarlyOut: {"↓", "left early"}, FlagNoCheckIn: {"¬", "no check-in"},
			FlagOffShift: {"+", "outside shift hours"}, FlagOutsideArea: {"○", "outside the area"},
			FlagOffline:   {"~", "recorded offline"},
			FlagCorrected: {"*", "corrected"}, FlagOnHoliday: {"♦", "worked on a holiday"},
			FlagOnDayOff: {"▲", "worked on a day off"}, FlagOnLeave: {"◊", "worked on leave"},
			FlagLateOut: {"→", "out after closing"}, FlagQuickOut: {"↔", "in and out within 60 s"},
			FlagOpenBreak: {"‡", "went and never came in again"}, FlagLocked: {"■", "period locked"},
		},
		Directions: map[Direction]string{
			In: "In", Out: "Out", BreakOut: "Break begins", BreakIn: "Break ends", Undetermined: "Punch",
		},
	}
)

// UnknownSign stands for a flag of a newer release.
const UnknownSign = "!"

// Flags lists every flag in the order in which reports count them and cells show them.
func Flags() []Flag {
	return []Flag{RemarkLate, FlagEarlyOut, FlagLateOut, FlagQuickOut, FlagOpenBreak, FlagNoCheckIn, FlagOffShift,
		FlagOutsideArea, FlagOffline, FlagCorrected, FlagOnHoliday, FlagOnDayOff, FlagOnLeave, FlagLocked}
}

// RemarkLate is never stored: Remarks adds it to a late day whose status says something else, such as half a day.
const RemarkLate Flag = "late"

// Remarks are a day's flags in the order of Flags, and what else is remarkable about it although its status does not
// say so. Flags of a newer release come last.
func (day *Day) Remarks() []Flag {
	var out []Flag
	if day.LateMinutes > 0 && day.Status != StatusLate {
		out = append(out, RemarkLate)
	}
	known := Flags()
	for _, f := range known {
		if slices.Contains(day.Flags, f) {
			out = append(out, f)
		}
	}
	for _, f := range day.Flags {
		if !slices.Contains(known, f) {
			out = append(out, f)
		}
	}
	return out
}

// Directions lists every direction.
func Directions() []Direction { return []Direction{In, Out, BreakOut, BreakIn, Undetermined} }

// Flag names a flag; one of a newer release by its code, so that it is not lost.
func (t *Terms) Flag(f Flag) string {
	if term, ok := t.Flags[f]; ok {
		return term.Word
	}
	return string(f)
}

// Sign is what a month's cell shows of a day: the status, then every remark.
func (t *Terms) Sign(day *Day) string {
	s := t.Statuses[day.Status].Sign
	for _, f := range day.Remarks() {
		if term, ok := t.Flags[f]; ok {
			s += term.Sign
		} else {
			s += UnknownSign
		}
	}
	return s
}

// Remark says in words what is remarkable about a day; empty for nothing.
func (t *Terms) Remark(day *Day) string {
	flags := day.Remarks()
	parts := make([]string, len(flags))
	for i, f := range flags {
		parts[i] = t.Flag(f)
	}
	return strings.Join(parts, ", ")
}
