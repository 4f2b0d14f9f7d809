package civil_test

import (
	"testing"
	"time"

	"hadir/internal/civil"

	"github.com/stretchr/testify/require"
)

func TestTimesOfDay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"08:05": "8h5m0s", "08.05": "8h5m0s", "8.05": "8h5m0s", "0:00": "0s",
		"23.59.59": "23h59m59s", "08:05:30.25": "8h5m30.25s", " 08:05\t": "8h5m0s", "０８．０５": "8h5m0s",
		"5:05 PM": "17h5m0s", "5.05 pm": "17h5m0s", "5:05pm": "17h5m0s", "05:05:30 p.m.": "17h5m30s",
		"12:05 AM": "5m0s", "12:05 PM": "12h5m0s", "11:59\u202fAM": "11h59m0s", "５：０５　ＰＭ": "17h5m0s"} {
		since, err := civil.Clock(text)
		require.NoError(t, err, text)
		require.Equal(t, want, since.String(), text)
	}
	for text, want := range map[string]error{"8": civil.ErrForm, "08.05:30": civil.ErrForm, "": civil.ErrForm,
		"-1:00": civil.ErrForm, "08: 05": civil.ErrForm, "5 PM": civil.ErrForm, "5:05 XM": civil.ErrForm,
		"24:00": civil.ErrNoTime, "24.00": civil.ErrNoTime, "08:60": civil.ErrNoTime, "25:10:00": civil.ErrNoTime,
		"13:05 PM": civil.ErrNoTime, "0:05 AM": civil.ErrNoTime} {
		_, err := civil.Clock(text)
		require.ErrorIs(t, err, want, text)
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"2026-11-05": "2026-11-05|", "5/11/2026 08.05": "2026-11-05| 08.05",
		"5 November 2026": "2026-11-05|", "5.11.2026": "2026-11-05|", "29-2-2028T": "2028-02-29|T",
		"24 Nopember 2026": "2026-11-24|", "24-NOP-2026": "2026-11-24|", "1 Pebruari 2026": "2026-02-01|",
		"28-Nov-26": "2026-11-28|", "28-Nov-26 10:06": "2026-11-28| 10:06", "1 Jan 79": "2079-01-01|",
		"1 Jan 80": "1980-01-01|", "２５/１１/２０２６": "2026-11-25|", "２５／１１／２０２６": "2026-11-25|",
		"Sabtu, 28 November 2026 09.05": "2026-11-28| 09.05", "Sat, 28 Nov 2026": "2026-11-28|",
		"Sat. 28/11/2026": "2026-11-28|", "Jum’at 27-11-2026": "2026-11-27|", "MINGGU 29 Nov 26": "2026-11-29|"} {
		midnight, rest, err := civil.Date(text)
		require.NoError(t, err, text)
		require.Equal(t, want, midnight.Format(time.DateOnly)+"|"+rest, text)
	}
	for text, want := range map[string]error{"5/11-2026": civil.ErrForm, "5/11/26": civil.ErrForm,
		"26/11/26": civil.ErrForm, "26-11-05": civil.ErrForm, "2026": civil.ErrForm, "": civil.ErrForm,
		"24 Nov 08:05": civil.ErrForm, "24 Nov 08.05": civil.ErrForm, "24 Nov 026": civil.ErrForm,
		"Nov 24 2026": civil.ErrForm, "5//2026": civil.ErrForm, "5/1a/2026": civil.ErrForm, "Sabtu": civil.ErrForm,
		"5/11/2026²": civil.ErrForm, "Sabtuan, 28 Nov 2026": civil.ErrForm,
		"29/2/2026": civil.ErrNoDate, "30/02/2026": civil.ErrNoDate, "11/25/2026": civil.ErrNoDate,
		"31 Nop 2026": civil.ErrNoDate, "2026-00-05": civil.ErrNoDate, "Jumat, 28 Nov 2026": civil.ErrWeekday} {
		_, rest, err := civil.Date(text)
		if err == nil { // a year that goes on is no date for whoever takes the rest
			require.NotEmpty(t, rest, text)
			_, err = civil.DateTime(text)
		}
		require.ErrorIs(t, err, want, text)
	}
}

func TestDatesWithTimes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"2026-11-24T08:05:30": "2026-11-24 08:05:30",
		"24/11/2026 · 08.05": "2026-11-24 08:05:00", "24/11/2026, 08.05.30": "2026-11-24 08:05:30",
		"24 Nopember 2026 13.05": "2026-11-24 13:05:00", "28-Nov-26 10:06": "2026-11-28 10:06:00",
		"25/11/2026 5:05 PM": "2026-11-25 17:05:00", "25/11/2026, 12:05\u202fAM": "2026-11-25 00:05:00",
		"２５/１１/２０２６ ０８．０５": "2026-11-25 08:05:00", "２５/１１/２０２６　０８：０５": "2026-11-25 08:05:00",
		"28 Nov 2026 pukul 08.05": "2026-11-28 08:05:00", "28 Nov 2026 Jam 8.05": "2026-11-28 08:05:00",
		"28 Nov 2026 at 5:05 pm": "2026-11-28 17:05:00", "28 Nov 2026, pkl. 08.05": "2026-11-28 08:05:00",
		"Sabtu, 28 November 2026 pukul 09.05": "2026-11-28 09:05:00",
		"24 Nov 2026\u00a008.05":              "2026-11-24 08:05:00"} {
		at, err := civil.DateTime(text)
		require.NoError(t, err, text)
		require.Equal(t, want, at.Format(time.DateTime), text)
	}
	for text, want := range map[string]error{"24/11/2026": civil.ErrDateOnly, "24/11/2026 ": civil.ErrDateOnly,
		"24/11/2026 24.00": civil.ErrNoTime, "30/02/2026 08.05": civil.ErrNoDate, "24/11/2026x08.05": civil.ErrForm,
		"24/11/2026 pukul": civil.ErrForm, "24/11/2026 pukul pukul 08.05": civil.ErrForm,
		"24/11/2026 kemarin 08.05": civil.ErrForm, "26/11/26 08.05": civil.ErrForm,
		"24 Nov 08.05": civil.ErrForm} {
		_, err := civil.DateTime(text)
		require.ErrorIs(t, err, want, text)
	}
}
