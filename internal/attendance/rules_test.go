package attendance

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAcceptClaim(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]Code{
		0: "", 2 * time.Minute: "", 2*time.Minute + 1: CodeClaimInFuture, -72 * time.Hour: "",
		-72*time.Hour - 1: CodeClaimTooOld,
	} {
		require.Equal(t, want, CodeOf(AcceptClaim(now.Add(d), now)), d)
	}
}

func TestDuplicateOf(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1)
	stored := punches(t, r, "in 2026-03-02 08:00:00", "in 2026-03-02 08:00:50", "out 2026-03-02 17:00")
	for text, want := range map[string]int64{
		"in 2026-03-02 08:00:20":   1,
		"in 2026-03-02 08:01:00":   1,
		"in 2026-03-02 08:01:30":   0, // a minute and a half after the one that counted
		"in 2026-03-02 07:59:30":   0, // before it: this one counts now
		"out 2026-03-02 08:00:20":  0,
		"auto 2026-03-02 08:00:20": 1,
		"auto 2026-03-02 17:00:30": 3,
		"out 2026-03-02 17:00:00":  3,
	} {
		p := punches(t, r, text)[0]
		p.ID = 0
		require.Equal(t, want, r.duplicateOf(stored, p), text)
	}
	other := stored[0]
	other.ID, other.EmployeeID = 0, 2
	require.Zero(t, r.duplicateOf(stored, other))
}

func TestValidate(t *testing.T) {
	t.Parallel()
	good := shift(t, 1, "08:00", "17:00")
	for field, edit := range map[string]func(*Shift){
		"code": func(s *Shift) { s.Code = "" }, "name": func(s *Shift) { s.Name = "" },
		"start": func(s *Shift) { s.Start = 1440 },
		"end":   func(s *Shift) { s.End = -1 }, "opens_before": func(s *Shift) { s.OpensBefore = 721 },
		"closes_after":  func(s *Shift) { s.ClosesAfter = -1 },
		"break_minutes": func(s *Shift) { s.BreakMinutes = 241 },
		"absent_below":  func(s *Shift) { s.HalfDayBelow, s.AbsentBelow = 100, 101 },
	} {
		s := good
		edit(&s)
		var e *Error
		require.ErrorAs(t, s.Validate(), &e, field)
		require.Equal(t, field, e.Field)
	}
	for _, name := range []string{"", "Local", "Asia/Jakartaa", "../etc/passwd", "WIB"} {
		_, err := LoadZone(name)
		require.Equal(t, CodeInvalidZone, CodeOf(err), name)
	}
	b := Branch{Code: "A", Name: "A", Zone: "Asia/Jakarta", Policy: PolicyFlag,
		Sites: []Site{{Latitude: 91, Radius: 100}}}
	require.Equal(t, CodeInvalid, CodeOf(b.Validate()))
	b.Sites[0].Latitude = -6
	require.NoError(t, b.Validate())
	for metres, code := range map[int]Code{9: CodeInvalid, 10: "", 5000: "", 5001: CodeInvalid, -1: CodeInvalid} {
		b.MaxAccuracy = metres
		require.Equal(t, code, CodeOf(b.Validate()), metres)
	}
	a := Assignment{Pattern: []int64{1, 1, 1, 1, 1, 9, 0}}
	require.ErrorContains(t, a.Validate(map[int64]Shift{1: good}), "no such shift")
	a.Pattern = a.Pattern[:6]
	require.Equal(t, CodeInvalid, CodeOf(a.Validate(map[int64]Shift{1: good})))
}

func TestDateAndLocalTime(t *testing.T) {
	t.Parallel()
	d := date(t, "2026-02-28")
	require.Equal(t, "2026-03-01", d.AddDays(1).String())
	require.Equal(t, "1969-12-31", Date(-1).String())
	require.Equal(t, time.Saturday, d.Weekday())
	b, err := json.Marshal(map[string]any{"d": d, "t": hhmm(t, "07:05")})
	require.NoError(t, err)
	require.JSONEq(t, `{"d":"2026-02-28","t":"07:05"}`, string(b))
	for _, s := range []string{"", "2026-2-3", "2026-02-30", "28-02-2026", "2026-02-28T00:00:00Z"} {
		_, err := ParseDate(s)
		require.Equal(t, CodeInvalidDate, CodeOf(err), s)
	}
	for _, s := range []string{"", "24:00", "7", "07:60", "07:05:30", "+1:00"} {
		_, err := ParseLocalTime(s)
		require.Equal(t, CodeInvalid, CodeOf(err), s)
	}
	for _, src := range []any{"2026-02-28", []byte("2026-02-28"), d.UTC(), "2026-02-28T00:00:00Z"} {
		var got Date
		require.NoError(t, got.Scan(src))
		require.Equal(t, d, got)
	}
	require.Equal(t, d, DateOf(time.Date(2026, 2, 27, 17, 0, 0, 0, time.UTC), zone(t, "Asia/Jakarta")))
}

func TestNamesAreMeasuredInCharacters(t *testing.T) {
	t.Parallel()
	s := shift(t, 1, "08:00", "17:00")
	for range 120 {
		s.Name += "é"
	}
	s.Name = s.Name[len("08:00-17:00"):]
	require.NoError(t, s.Validate())
	s.Name += "é"
	require.Equal(t, CodeInvalid, CodeOf(s.Validate()))
}
