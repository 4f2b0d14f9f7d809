package attendance

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatMayBeAskedFor(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "22:00", "06:00")}, 1)
	now := at(t, r, "2026-11-23 12:00")
	leave := func(from, to string, kind LeaveKind) Request {
		f, u := date(t, from), date(t, to)
		return Request{Type: RequestLeave, Kind: kind, From: &f, To: &u, Reason: "perlu"}
	}
	correction := func(d, when string, direction Direction) Request {
		wd, moment := date(t, d), at(t, r, when)
		return Request{Type: RequestCorrection, WorkDate: &wd, OccurredAt: &moment, Direction: direction,
			Reason: "lupa"}
	}
	wordless, wordy := leave("2026-12-01", "2026-12-02", LeaveAnnual), leave("2026-12-01", "2026-12-02", LeaveAnnual)
	wordless.Reason, wordy.Reason = "", strings.Repeat("a", 501)
	for name, c := range map[string]struct {
		request Request
		field   string
	}{
		"a leave":                           {leave("2026-12-01", "2026-12-05", LeaveAnnual), ""},
		"sick since last week":              {leave("2026-11-16", "2026-11-23", LeaveSick), ""},
		"of no kind":                        {leave("2026-12-01", "2026-12-05", "holiday"), "kind"},
		"ends before it begins":             {leave("2026-12-05", "2026-12-04", LeaveAnnual), "to"},
		"longer than a year":                {leave("2026-12-01", "2027-12-02", LeaveAnnual), "to"},
		"a whole leap year":                 {leave("2026-12-01", "2027-12-01", LeaveAnnual), ""},
		"long ago":                          {leave("2025-10-01", "2025-10-02", LeaveAnnual), "from"},
		"without dates":                     {Request{Type: RequestLeave, Kind: LeaveSick, Reason: "x"}, "from"},
		"without a reason":                  {wordless, "reason"},
		"with a novel":                      {wordy, "reason"},
		"the end of last night":             {correction("2026-11-22", "2026-11-23 06:05", Out), ""},
		"the same time for another date":    {correction("2026-11-23", "2026-11-23 06:05", Out), "time"},
		"tonight is not yet":                {correction("2026-11-23", "2026-11-23 22:00", In), "time"},
		"tomorrow":                          {correction("2026-11-24", "2026-11-23 10:00", In), "work_date"},
		"a break":                           {correction("2026-11-22", "2026-11-22 23:00", BreakOut), "direction"},
		"a correction of nothing":           {Request{Type: RequestCorrection, Reason: "x"}, "work_date"},
		"the first day that may be changed": {correction("2025-10-19", "2025-10-19 22:00", In), ""},
		"the last that may not":             {correction("2025-10-18", "2025-10-18 22:00", In), "work_date"},
	} {
		err := r.ValidateRequest(c.request, now)
		if c.field == "" {
			require.NoError(t, err, name)
			continue
		}
		var known *Error
		require.ErrorAs(t, err, &known, name)
		require.Equal(t, CodeInvalid, known.Code, name)
		require.Equal(t, c.field, known.Field, name)
	}
}
