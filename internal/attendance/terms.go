package attendance

import (
	"slices"
	"strings"

	"hadir/internal/words"
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

// TermsIn returns the words of a language: English for en, else Indonesian. The signs of flags stand behind that of a
// status ("H↓"). All are in the Windows glyph list 4, which every font that spreadsheets and PDF use has, and differ in
// shape, not in colour. A status and a flag never share a sign.
func TermsIn(locale string) *Terms { return terms[words.In(locale)] }

// terms are the words of each language, read from the catalogue once.
var terms = func() (all []*Terms) {
	for _, l := range words.Languages() {
		term := func(key string) Term { return Term{Sign: l.Say(key + ".sign"), Word: l.Say(key)} }
		t := &Terms{Statuses: map[Status]Term{}, Flags: map[Flag]Term{}, Directions: map[Direction]string{}}
		for _, s := range Statuses() {
			t.Statuses[s] = term("terms.status." + string(s))
		}
		for _, f := range Flags() {
			t.Flags[f] = term("terms.flag." + string(f))
		}
		for _, d := range Directions() {
			t.Directions[d] = l.Say("terms.direction." + string(d))
		}
		all = append(all, t)
	}
	return all
}()

// UnknownSign stands for a flag of a newer release.
const UnknownSign = "!"

// Flags lists every flag in the order in which reports count them and cells show them.
func Flags() []Flag {
	return []Flag{RemarkLate, FlagEarlyOut, FlagEarlyIn, FlagLateOut, FlagQuickOut, FlagOpenBreak, FlagNoCheckIn,
		FlagOffShift, FlagOutsideArea, FlagInaccurate, FlagForeignNetwork, FlagImplausible, FlagOffline, FlagCorrected,
		FlagOnHoliday, FlagOnDayOff, FlagOnLeave, FlagLocked}
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
