package importer

import (
	"testing"

	"hadir/internal/words"

	"github.com/stretchr/testify/require"
)

// What is refused for one reason is told that reason, not how a date looks.
func TestWhatIsWrongWithADate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"24/11/2026 24.00": "no such time of day",
		"30/02/2026 08.05":         "no such date",
		"Jumat, 28 Nov 2026 08.05": "not that day of the week", "26/11/26 08.05": "24/11/2026 08.05",
		"24/11/2026": "missing"} {
		_, problem := parseStamp(text)
		require.NotNil(t, problem, text)
		require.Contains(t, problem.in(words.English), want)
		require.Contains(t, problem.in(words.English), text)
		require.Contains(t, problem.in(words.Indonesian), text)
	}
	for text, want := range map[string]string{"31/12/2025 7.30": "a date alone is expected",
		"31/12/2025 7:30 PM": "a date alone is expected", "30/02/2026": "no such date",
		"31/12/2025 24:00": "no such time",
		"31/12/25":         "is not a date such as", "31/12/2025 kemarin": "is not a date such as"} {
		_, problem := parseDate(text)
		require.NotNil(t, problem, text)
		require.Equal(t, CodeBadDate, problem.code)
		require.Contains(t, problem.in(words.English), want)
	}
	for _, text := range []string{"31/12/2025", "31/12/2025 0.00", "31-Des-25 12:00:00 AM", "Rabu, 31 Desember 2025"} {
		d, problem := parseDate(text)
		require.Nil(t, problem, text)
		require.Equal(t, "2025-12-31", d.String())
	}
}

// The key of a line that was imported before has to stay: it is made of this.
func TestSpellingsOfOneInstantAreOneKey(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"2026-11-28 17:05", "2026-11-28T17:05:00", "28/11/2026 · 17.05",
		"28 November 2026, 17.05",
		"28-Nov-26 17:05", "28/11/2026 5:05 PM", "２８/１１/２０２６ １７．０５", "Sabtu, 28 Nopember 2026 pukul 17.05"} {
		at, problem := parseStamp(text)
		require.Nil(t, problem, text)
		require.Equal(t, "2026-11-28T17:05:00", at.String())
	}
}
