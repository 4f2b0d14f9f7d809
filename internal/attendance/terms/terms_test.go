package terms_test

import (
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/attendance/terms"

	"github.com/stretchr/testify/require"
)

// Whatever has a place in a list has words in both languages, and signs that tell it from the others.
func TestEverythingHasWords(t *testing.T) {
	t.Parallel()
	for _, locale := range []string{"id", "en"} {
		words := terms.In(locale)
		signs := map[string]bool{"!": true}
		add := func(term terms.Term, of any) {
			require.NotEmpty(t, term.Word, "%s: %v", locale, of)
			require.Len(t, []rune(term.Sign), 1, "%s: %v", locale, of)
			require.False(t, signs[term.Sign], "%s: %v shares its sign", locale, of)
			signs[term.Sign] = true
		}
		for _, s := range attendance.Statuses() {
			add(words.Statuses[s], s)
		}
		for _, f := range attendance.Flags() {
			add(words.Flags[f], f)
		}
		for _, d := range attendance.Directions() {
			require.NotEmpty(t, words.Directions[d], "%s: %s", locale, d)
		}
	}
}

func TestSigns(t *testing.T) {
	t.Parallel()
	id, en := terms.In("id"), terms.In("en")
	for _, c := range []struct {
		day              attendance.Day
		sign, word, here string
	}{
		{attendance.Day{Status: attendance.StatusPresent}, "H", "", ""},
		{
			attendance.Day{Status: attendance.StatusPresent, EarlyMinutes: 180,
				Flags: []attendance.Flag{attendance.FlagEarlyOut}},
			"H↓", "pulang cepat", "left early",
		},
		{attendance.Day{Status: attendance.StatusLate, LateMinutes: 5}, "T", "", ""},
		{
			attendance.Day{Status: attendance.StatusHalfDay, LateMinutes: 200},
			"½>", "datang terlambat", "came late",
		},
		{
			attendance.Day{Status: attendance.StatusIncomplete,
				Flags: []attendance.Flag{attendance.FlagCorrected, attendance.FlagNoCheckIn}},
			"?¬*", "tanpa absen masuk, dikoreksi", "no check-in, corrected",
		},
		{
			attendance.Day{Status: attendance.StatusPresent,
				Flags: []attendance.Flag{"unheard_of", attendance.FlagOffline}},
			"H~!", "dicatat luring, unheard_of", "recorded offline, unheard_of",
		},
	} {
		require.Equal(t, c.sign, id.Sign(&c.day))
		require.Equal(t, c.word, id.Remark(&c.day))
		require.Equal(t, c.here, en.Remark(&c.day))
	}
}
