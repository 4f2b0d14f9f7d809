package attendance

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawRoster makes rosters with all sorts of shifts, overlapping windows and rotations included.
func drawRoster(t *rapid.T) *Roster {
	region := rapid.SampledFrom(regions).Draw(t, "region")
	r := &Roster{Places: []Place{drawPlace(t, region, 1, EverSince)}, Shifts: map[int64]Shift{}}
	for id := range rapid.Int64Range(0, 2).Draw(t, "moves") {
		from := DateOf(drawInstant(t, "move"), time.UTC)
		if last := r.Places[len(r.Places)-1].From; from > last {
			r.Places = append(r.Places, drawPlace(t, region, id+2, from))
		}
	}
	n := rapid.IntRange(1, 3).Draw(t, "shifts")
	for id := int64(1); id <= int64(n); id++ {
		r.Shifts[id] = Shift{ID: id, Start: LocalTime(rapid.IntRange(0, 1439).Draw(t, "start")),
			End:          LocalTime(rapid.IntRange(0, 1439).Draw(t, "end")),
			OpensBefore:  rapid.IntRange(0, 720).Draw(t, "opens"),
			ClosesAfter:  rapid.IntRange(0, 1440).Draw(t, "closes"),
			LateGrace:    rapid.IntRange(0, 60).Draw(t, "grace"),
			BreakMode:    rapid.SampledFrom(BreakModes()).Draw(t, "mode"),
			BreakMinutes: rapid.IntRange(0, 120).Draw(t, "break"),
			BreakMinimum: rapid.IntRange(0, 120).Draw(t, "least"),
			BreakAfter:   rapid.IntRange(0, 300).Draw(t, "earned"),
			HalfDayBelow: rapid.IntRange(0, 300).Draw(t, "half"), AbsentBelow: rapid.IntRange(0, 100).Draw(t, "absent")}
	}
	r.Assignments = []Assignment{
		{From: NewDate(2026, 1, 1), Pattern: rapid.SliceOfN(rapid.Int64Range(0, int64(n)), 14, 14).Draw(t, "pattern")}}
	return r
}

// regions are zones between which somebody may move overnight. Half the world apart, the windows of two dates can lie
// in the wrong order, which no rule here is made for.
var regions = [][]string{
	{"Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Australia/Lord_Howe"},
	{"Europe/Berlin", "Africa/Cairo", "Asia/Beirut", "Atlantic/Azores"},
	{"America/New_York", "America/Santiago"},
}

func drawPlace(t *rapid.T, region []string, id int64, from Date) Place {
	name := rapid.SampledFrom(region).Draw(t, "zone")
	loc, err := LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return Place{From: from, Branch: &Branch{ID: id, Zone: name, Policy: PolicyFlag}, Zone: loc}
}

// drawInstant stays near the changes of daylight saving of 2026, most of the time.
func drawInstant(t *rapid.T, label string) time.Time {
	base := rapid.SampledFrom([]time.Time{
		time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 4, 4, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 9, 5, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}).Draw(t, label+" base")
	return base.Add(time.Duration(rapid.IntRange(-2*86400, 4*86400).Draw(t, label)) * time.Second)
}

func drawPunches(t *rapid.T) []Punch {
	n := rapid.IntRange(0, 12).Draw(t, "punches")
	out := make([]Punch, 0, n)
	for i := range n {
		p := Punch{ID: int64(i + 1), EmployeeID: 1,
			Direction: rapid.SampledFrom([]Direction{In, Out, BreakIn, BreakOut, Undetermined}).Draw(t, "direction")}
		if i > 0 && rapid.Bool().Draw(t, "close") { // repeats and near repeats
			p.OccurredAt = out[i-1].OccurredAt.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "gap")) * time.Second)
		} else {
			p.OccurredAt = drawInstant(t, "at")
		}
		p.Offline, p.OutsideArea = rapid.Bool().Draw(t, "offline"), rapid.Bool().Draw(t, "outside")
		if rapid.Bool().Draw(t, "doubtful") {
			all := []Doubt{DoubtExact, DoubtInaccurate, DoubtSamePlace, DoubtSharedDevice, DoubtTooFast}
			p.Doubts = []Doubt{rapid.SampledFrom(all).Draw(t, "doubt")}
		}
		sources := []Source{SourceWeb, SourceTerminal, SourceImport, SourceCorrection}
		p.Source = rapid.SampledFrom(sources).Draw(t, "source")
		out = append(out, p)
	}
	return out
}

// drawEdges draws punches most of which lie close to where windows open and close, and in the hours around that. Often
// the terminal has no keys, or few people take breaks: then what one punch means hangs on the others.
func drawEdges(t *rapid.T, r *Roster) []Punch {
	out := drawPunches(t)
	said := rapid.SampledFrom([][]Direction{
		nil, nil, {Undetermined}, {Undetermined, Undetermined, Out}, {In, Out, Undetermined},
	}).Draw(t, "said")
	for i := range out {
		if said != nil {
			out[i].Direction = rapid.SampledFrom(said).Draw(t, "direction")
		}
	}
	d := DateOf(drawInstant(t, "edges of"), time.UTC)
	for i := range out {
		w, planned, ok := r.edge(d.AddDays(rapid.IntRange(-1, 1).Draw(t, "beside")))
		if !ok {
			continue
		}
		edges := []time.Time{w.Opens, w.Closes, w.Closes, w.Closes, w.late}
		if planned {
			edges = append(edges, w.Start, w.End)
		}
		edge := rapid.SampledFrom(edges).Draw(t, "edge")
		by := rapid.SampledFrom(
			[]time.Duration{time.Microsecond, time.Second, 40 * time.Second, 10 * time.Minute, time.Hour,
				3 * time.Hour}).Draw(t, "by")
		out[i].OccurredAt = edge.Add(by * time.Duration(rapid.IntRange(-4, 4).Draw(t, "off by")))
	}
	if rapid.Bool().Draw(t, "long days") {
		out = drawLongDays(t, r, d, out[:min(len(out), rapid.IntRange(0, 4).Draw(t, "besides"))])
	}
	return out
}

// drawLongDays adds somebody who comes before the window opens on some dates around d and goes in the window's last
// hours or after it closed, on dates without a shift around midnight, mostly without saying which way.
func drawLongDays(t *rapid.T, r *Roster, d Date, out []Punch) []Punch {
	directions := func(said Direction) *rapid.Generator[Direction] {
		return rapid.SampledFrom([]Direction{Undetermined, Undetermined, said})
	}
	for n := rapid.IntRange(-2, 0).Draw(t, "first day"); n <= 2; n++ {
		w, planned, ok := r.edge(d.AddDays(n))
		if !ok || !w.Opens.Before(w.Closes) {
			continue
		}
		before := time.Duration(rapid.IntRange(1, 200).Draw(t, "before")) * time.Minute
		after := time.Duration(rapid.IntRange(-120, 200).Draw(t, "after")) * time.Minute
		comes := w.Opens.Add(-before)
		if !planned {
			comes = w.Closes.Add(-3 * before)
		}
		out = append(out,
			Punch{EmployeeID: 1, OccurredAt: comes, Direction: directions(In).Draw(t, "in"), Source: SourceTerminal},
			Punch{EmployeeID: 1, OccurredAt: later(w.End, w.Closes.Add(after)),
				Direction: directions(Out).Draw(t, "out"), Source: SourceTerminal})
	}
	for i := range out {
		out[i].ID = int64(i + 1)
	}
	return out
}

func TestAnyOrderOfTheSamePunchesGivesTheSameDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := drawRoster(t)
		ps := drawEdges(t, r)
		now := drawInstant(t, "now")
		d := DateOf(drawInstant(t, "date"), time.UTC)
		if len(ps) > 0 {
			d, _ = r.DateFor(&ps[0], ps)
		}
		want := r.Day(1, d, ps, now)
		seed := rapid.Uint64().Draw(t, "order")
		rand.New(rand.NewPCG(seed, seed)).Shuffle(len(ps), func(i, j int) { ps[i], ps[j] = ps[j], ps[i] })
		for i := range ps { // ids follow the order of arrival
			ps[i].ID = int64(i + 1)
		}
		require.Equal(t, want, r.Day(1, d, ps, now))
	})
}

func TestEveryInstantHasOneWorkDate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, at := drawRoster(t), drawInstant(t, "at")
		if w, ok := r.WindowOn(r.localDate(at)); ok && rapid.Bool().Draw(t, "on an edge") {
			at = rapid.SampledFrom([]time.Time{w.Opens, w.Closes, w.late}).Draw(t, "edge")
		}
		d, off := r.WorkDate(at)
		holders := 0
		counted := 0
		p := Punch{ID: 1, EmployeeID: 1, Direction: In, OccurredAt: at}
		for n := -4; n <= 4; n++ {
			date := r.localDate(at).AddDays(n)
			if w, ok := r.WindowOn(date); ok && w.Contains(at) {
				holders++
				require.Equal(t, d, date)
			}
			count := r.Day(1, date, []Punch{p}, at).PunchCount
			counted += count
			require.Equal(t, date == d, count == 1, "the day of %s and the work date %s agree", date, d)
			if count == 1 {
				from, to := r.PunchRange(date)
				require.True(t, !at.Before(from) && at.Before(to), "the range to load holds every punch of the day")
			}
		}
		require.Equal(t, 1, counted)
		require.LessOrEqual(t, holders, 1)
		require.Equal(t, off, holders == 0)
		if off {
			require.Equal(t, r.localDate(at), d)
		}
	})
}

func TestWindowsOfNeighboursNeverOverlap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := drawRoster(t)
		d := DateOf(drawInstant(t, "date"), time.UTC)
		var previous *Window
		for n := -4; n <= 4; n++ {
			w, ok := r.WindowOn(d.AddDays(n))
			if !ok {
				continue
			}
			require.True(t, w.Start.Before(w.End), "%s starts %s, ends %s", w.Date, w.Start, w.End)
			if !w.Opens.Before(w.Closes) {
				require.Equal(t, w.Opens, w.Closes)
				require.True(t,
					skipsMidnight(w.Date, r.On(w.Date).Zone) || skipsMidnight(w.Date.AddDays(1), r.On(w.Date).Zone) ||
						len(r.Places) > 1, "%s is empty", w.Date)
				continue
			}
			if previous != nil {
				require.False(t, previous.Closes.After(w.Opens), "%s closes %s, %s opens %s", previous.Date,
					previous.Closes, w.Date, w.Opens)
			}
			previous = &w
		}
	})
}

func skipsMidnight(d Date, loc *time.Location) bool { return DateOf(d.At(0, loc), loc) != d }

func TestADayHoldsThePunchesOfItsDate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := drawRoster(t)
		ps := drawEdges(t, r)
		held := map[int64]Date{}
		for i := range ps {
			local := r.localDate(ps[i].OccurredAt)
			for d := local.AddDays(-4); d <= local.AddDays(4); d++ {
				from, to := r.PunchRange(d)
				for _, p := range r.PunchesOf(d, ps) {
					require.True(t, !p.OccurredAt.Before(from) && p.OccurredAt.Before(to),
						"the range to load holds every punch of the day")
					other, ok := held[p.ID]
					require.True(t, !ok || other == d, "punch %d belongs to %s and to %s", p.ID, other, d)
					held[p.ID] = d
					// What it takes from the date after it is worth something here.
					w, ok := r.WindowOn(d)
					if ok && r.localDate(p.OccurredAt) != d && p.OccurredAt.After(w.Closes) {
						day := r.Day(1, d, ps, p.OccurredAt)
						require.NotNil(t, day.LastOut, "%s has nothing of a punch of %s", d, r.localDate(p.OccurredAt))
						require.True(t, day.LastOut.After(w.Closes))
						require.Contains(t, day.Flags, FlagLateOut)
					}
				}
			}
		}
		for _, p := range ps {
			d, _ := r.DateFor(&p, ps)
			got, ok := held[p.ID]
			require.True(t, ok, "punch %d belongs to no day", p.ID)
			require.Equal(t, d, got)
		}
	})
}

// The recorder relies on it: what it takes for a repeat, it does not compute the day for.
func TestARepeatChangesNoDay(t *testing.T) {
	t.Parallel()
	repeats := 0
	rapid.Check(t, func(t *rapid.T) {
		r := drawRoster(t)
		ps := drawEdges(t, r)
		if len(ps) == 0 {
			return
		}
		// The one that arrives last need not be the one that occurred last.
		i := rapid.IntRange(0, len(ps)-1).Draw(t, "arrives last")
		p := ps[i]
		existing := append(append([]Punch{}, ps[:i]...), ps[i+1:]...)
		if rapid.Bool().Draw(t, "somebody tapped twice") { // by chance alone few come so close to each other
			existing = slices.Clone(ps)
			p.ID = int64(len(ps)) + 1000
			p.OccurredAt = p.OccurredAt.Add(time.Duration(rapid.IntRange(0, 70).Draw(t, "seconds")) * time.Second)
		}
		id := r.duplicateOf(existing, p)
		if id == 0 {
			return
		}
		repeats++
		first := existing[slices.IndexFunc(existing, func(e Punch) bool { return e.ID == id })]
		require.False(t, first.OccurredAt.After(p.OccurredAt))
		require.LessOrEqual(t, p.OccurredAt.Sub(first.OccurredAt), DuplicateWithin)
		now := drawInstant(t, "now")
		local := r.localDate(p.OccurredAt)
		for d := local.AddDays(-3); d <= local.AddDays(3); d++ {
			require.Equal(t, r.Day(1, d, existing, now), r.Day(1, d, append(existing, p), now))
		}
	})
	require.NotZero(t, repeats)
}

func BenchmarkDay(b *testing.B) {
	r := roster(b, "Asia/Jakarta", []Shift{shift(b, 1, "08:00", "17:00")}, 1, 1, 1, 1, 1, 0, 0)
	ps := punches(b, r, "in 2026-03-02 08:00", "out 2026-03-02 12:00", "in 2026-03-02 13:00", "out 2026-03-02 17:00")
	d, now := date(b, "2026-03-02"), at(b, r, "2026-03-03 00:00")
	b.ReportAllocs()
	for b.Loop() {
		r.Day(1, d, ps, now)
	}
}

func BenchmarkWorkDate(b *testing.B) {
	r := roster(b, "Asia/Jakarta", []Shift{shift(b, 1, "08:00", "17:00")}, 1, 1, 1, 1, 1, 0, 0)
	for name, text := range map[string]string{"in the window": "2026-03-02 08:00", "outside": "2026-03-02 23:00"} {
		b.Run(name, func(b *testing.B) {
			instant := at(b, r, text)
			b.ReportAllocs()
			for b.Loop() {
				r.WorkDate(instant)
			}
		})
	}
}

// Who keeps windows, alone or with somebody of the same plan, has the days that are computed anew.
func TestKeptWindowsChangeNoDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := drawRoster(t)
		punches := drawEdges(t, r)
		keeps, other := *r, *r
		keeps.Kept = Windows{}
		other.Kept = keeps.Kept
		other.Holidays = []Holiday{{Date: DateOf(drawInstant(t, "holiday"), time.UTC), EmployeeID: 1}}
		now := drawInstant(t, "now")
		around := DateOf(drawInstant(t, "around"), time.UTC)
		for d := around - 4; d <= around+4; d++ {
			anew := other
			anew.Kept = nil
			require.Equal(t, anew.Day(1, d, punches, now), other.Day(1, d, punches, now))
			require.Equal(t, r.Day(1, d, punches, now), keeps.Day(1, d, punches, now))
			from, to := r.PunchRange(d)
			sameFrom, sameTo := keeps.PunchRange(d)
			require.Equal(t, []time.Time{from, to}, []time.Time{sameFrom, sameTo})
		}
	})
}
