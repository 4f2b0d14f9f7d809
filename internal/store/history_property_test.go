package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// Whatever moves, patterns, holidays, leave, punches, corrections and dates of employment come, and whatever is taken
// back of it, in whatever order: once the work is done,
// the stored days are those that the inputs give when everything is computed at once, and recaps count them.
func TestStoredDaysAreThoseOfTheInputs(t *testing.T) {
	t.Parallel()
	for name, url := range migrated.Databases(t) {
		seeds := 8
		if name == "mysql" {
			seeds = 2
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			did := map[string]int{}
			for range seeds {
				seed := rand.Uint64()
				if text := os.Getenv("HADIR_TEST_SEED"); text != "" { // repeats a run
					var err error
					seed, err = strconv.ParseUint(text, 10, 64)
					require.NoError(t, err)
				}
				h := &happenings{t: t, b: newBench(migrated.Databases(t)[name]), rng: rand.New(rand.NewPCG(seed, seed)),
					did: did}
				t.Logf("seed %d", seed)
				h.run()
			}
			for _, what := range []string{"leave", "correction", "void"} {
				require.Positive(t, did[what], "nothing of this kind happened: %s", what)
			}
		})
		_ = url
	}
}

// happenings is one company to which things happen.
type happenings struct {
	t        *testing.T
	b        *bench
	rng      *rand.Rand
	branches []attendance.Branch
	es       []attendance.Employee
	shifts   []int64
	punches  int
	did      map[string]int // of what may be refused: how often it was not
}

func (h *happenings) run() {
	t, b := h.t, h.b
	b.rooms = b.another(t)
	_, err := b.MigrateUp(t.Context())
	require.NoError(t, err)
	h.branches = []attendance.Branch{b.branch(t, jakarta), b.branch(t, jayapura),
		b.branch(t, attendance.Branch{Code: "MKS", Name: "Makassar",
			Zone: "Asia/Makassar", Policy: attendance.PolicyRecord, Active: true})}
	h.shifts = []int64{b.shift(t, morning).ID, b.shift(t, night).ID, 0}
	for i, br := range h.branches[:2] {
		h.es = append(h.es, b.hire(t, br, 2+i)...)
	}
	b.clock.Set(wib(monday, "10:00"))
	for range 90 {
		h.happen()
		if h.rng.IntN(3) == 0 {
			b.clock.Advance(time.Duration(h.rng.IntN(20*60)) * time.Minute)
			b.work(t)
		}
	}
	b.clock.Advance(40 * time.Hour)
	b.work(t)
	h.compare()
}

func (h *happenings) date() attendance.Date { return monday + attendance.Date(h.rng.IntN(25)-20) }

func (h *happenings) happen() {
	t, b, ctx := h.t, h.b, h.t.Context()
	e := h.es[h.rng.IntN(len(h.es))]
	switch h.rng.IntN(12) {
	case 0:
		err := b.tryMove(t, e, h.date(), h.branches[h.rng.IntN(len(h.branches))])
		if attendance.CodeOf(err) != attendance.CodeConflict { // there already
			require.NoError(t, err)
		}
	case 1:
		pattern := make([]int64, 7)
		for i := range pattern {
			pattern[i] = h.shifts[h.rng.IntN(len(h.shifts))]
		}
		_, err := b.AssignShifts(ctx,
			store.AssignmentOrder{EmployeeIDs: []int64{e.ID},
				Plan: attendance.Assignment{From: h.date(), Pattern: pattern}}, store.Actor{})
		require.NoError(t, err)
	case 2:
		hol := attendance.Holiday{Date: h.date(), Name: "Libur"}
		switch h.rng.IntN(3) {
		case 0:
			hol.BranchID = h.branches[h.rng.IntN(len(h.branches))].ID
		case 1:
			hol.EmployeeID = e.ID
		}
		_, err := b.AddHoliday(ctx, hol, store.Actor{}, func(attendance.Holiday, int64) error { return nil })
		if attendance.CodeOf(err) != attendance.CodeConflict {
			require.NoError(t, err)
		}
	case 3:
		_, err := b.edit(ctx, e.ID, func(e *attendance.Employee) error {
			e.BranchID = h.branches[h.rng.IntN(len(h.branches))].ID
			return nil
		})
		require.NoError(t, err)
	case 4:
		hired := monday - 25 + attendance.Date(h.rng.IntN(8))
		_, err := b.edit(ctx, e.ID,
			func(e *attendance.Employee) error { e.HiredOn = &hired; return nil })
		require.NoError(t, err)
	case 5:
		h.leave(e)
	case 6:
		h.correct(e)
	case 7:
		h.void(e)
	default:
		h.punch(e)
	}
}

// somebody decides, and is no employee.
var somebodyElse = store.Actor{UserID: 9}

// may accepts some refusals; any other error fails the test.
func (h *happenings) may(err error, refusals ...attendance.Code) (done bool) {
	h.t.Helper()
	if !slices.Contains(refusals, attendance.CodeOf(err)) {
		require.NoError(h.t, err)
	}
	return err == nil
}

// leave approves leave, and takes every third back.
func (h *happenings) leave(e attendance.Employee) {
	from := h.date()
	to := from + attendance.Date(h.rng.IntN(4))
	id, err := h.b.AddRequest(h.t.Context(), somebodyElse, attendance.Request{Type: attendance.RequestLeave,
		EmployeeID: e.ID, Kind: attendance.LeaveAnnual, From: &from, To: &to, Reason: "acara"})
	if !h.may(err, attendance.CodeConflict) { // it overlaps one
		return
	}
	h.decide(attendance.RequestLeave, id, attendance.RequestApproved)
	if h.rng.IntN(3) == 0 {
		h.decide(attendance.RequestLeave, id, attendance.RequestRevoked)
	}
}

func (h *happenings) decide(kind attendance.RequestType, id int64, s attendance.RequestState) {
	err := h.b.DecideRequest(h.t.Context(), somebodyElse, kind, id, store.Decision{State: s})
	// Before the first day; taken away meanwhile.
	if h.may(err, attendance.CodeEmployeeInactive, attendance.CodeConflict) {
		h.did[string(kind)]++
	}
}

// correct approves a correction that adds a punch, takes one away, or puts one in the place of another.
func (h *happenings) correct(e attendance.Employee) {
	at := wib(h.date(), "00:00").Add(time.Duration(h.rng.IntN(24*60)) * time.Minute)
	q := attendance.Request{Type: attendance.RequestCorrection, EmployeeID: e.ID, Reason: "lupa"}
	kind := h.rng.IntN(3)
	if kind > 0 {
		p, ok := h.one(e)
		if !ok {
			return
		}
		q.VoidPunchID, at = p.ID, p.OccurredAt.Add(time.Duration(h.rng.IntN(180)-90)*time.Minute)
	}
	if kind < 2 {
		q.Direction, q.OccurredAt = attendance.In, &at
		if h.rng.IntN(2) == 0 {
			q.Direction = attendance.Out
		}
	}
	if at.After(h.b.clock.Now()) {
		return
	}
	_, r, err := h.b.Roster(h.t.Context(), e.ID, attendance.DateOf(at, time.UTC)-3, attendance.DateOf(at, time.UTC)+3)
	require.NoError(h.t, err)
	d, _ := r.WorkDate(at)
	q.WorkDate = &d
	id, err := h.b.AddRequest(h.t.Context(), somebodyElse, q)
	if h.may(err, attendance.CodeConflict, attendance.CodeInvalid) { // the same again; the punch is of another date
		h.decide(attendance.RequestCorrection, id, attendance.RequestApproved)
	}
}

// void takes a punch away at once.
func (h *happenings) void(e attendance.Employee) {
	p, ok := h.one(e)
	if !ok {
		return
	}
	err := h.b.VoidPunch(h.t.Context(), somebodyElse, p.ID, attendance.Void{UserID: somebodyElse.UserID,
		Origin: attendance.VoidByDecision, Reason: "salah orang"}, func(*store.Voiding) error { return nil })
	if h.may(err, attendance.CodeConflict) { // it was taken away before
		h.did["void"]++
	}
}

// one is any punch of an employee.
func (h *happenings) one(e attendance.Employee) (attendance.Punch, bool) {
	ps, err := h.b.Punches(h.t.Context(), e.ID, wib(monday-40, "00:00"), wib(monday+40, "00:00"))
	require.NoError(h.t, err)
	if len(ps) == 0 {
		return attendance.Punch{}, false
	}
	return ps[h.rng.IntN(len(ps))], true
}

func (h *happenings) punch(e attendance.Employee) {
	at := wib(h.date(), "00:00").Add(time.Duration(h.rng.IntN(24*60)) * time.Minute)
	if h.rng.IntN(2) == 0 { // around the edges of a day
		hours := []string{"00:30", "05:30", "08:30", "16:00", "17:00", "19:30", "22:30"}
		at = wib(h.date(), hours[h.rng.IntN(len(hours))]).Add(time.Duration(h.rng.IntN(60)-30) * time.Minute)
	}
	if at.After(h.b.clock.Now()) {
		return
	}
	h.punches++
	directions := []attendance.Direction{attendance.In, attendance.Out, attendance.Undetermined,
		attendance.Undetermined}
	p := punch(e, directions[h.rng.IntN(len(directions))], at, fmt.Sprint("p", h.punches))
	if p.Source = attendance.SourceCorrection; p.Direction == attendance.Undetermined {
		p.Source = attendance.SourceTerminal
	}
	rs, err := h.b.RecordBatch(h.t.Context(), []attendance.NewPunch{p})
	require.NoError(h.t, err)
	if attendance.CodeOf(rs[0].Err) != attendance.CodeEmployeeInactive { // before the first day
		require.NoError(h.t, rs[0].Err)
	}
}

// compare computes every day anew.
func (h *happenings) compare() {
	t, b, ctx := h.t, h.b, h.t.Context()
	now := b.clock.Now()
	first := map[int64]attendance.Date{}
	for _, br := range h.branches {
		d, ok, err := b.CoveredFrom(ctx, br.ID)
		require.NoError(t, err)
		if ok {
			first[br.ID] = d
		}
	}
	heads := map[store.RecapDue]int{}
	for _, e := range h.es {
		for d := monday - 30; d <= monday+40; d++ {
			e, roster, err := b.Roster(ctx, e.ID, d, d)
			require.NoError(t, err)
			from, to := roster.PunchRange(d)
			ps, err := b.Punches(ctx, e.ID, from, to)
			require.NoError(t, err)
			want := e.Day(roster, d, ps, now)
			got, exists := b.stored(t, e, d)
			begin, covered := first[want.BranchID]
			label := fmt.Sprintf("employee %d on %s", e.ID, d)
			if !exists {
				require.Zero(t, want.PunchCount, label)
				if covered && d >= begin && e.MayPunch(d) {
					_, err := b.RecapOf(ctx, want.BranchID, d)
					require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err),
						"%s has no day, and the date was closed", label)
				}
				continue
			}
			heads[store.RecapDue{BranchID: got.BranchID, WorkDate: d}]++
			want.Version, want.UpdatedAt = got.Version, got.UpdatedAt
			require.Equal(t, want, got.Day, label)
		}
	}
	for _, br := range h.branches {
		for d := monday - 30; d <= monday+40; d++ {
			r, err := b.RecapOf(ctx, br.ID, d)
			if attendance.CodeOf(err) == attendance.CodeNotFound {
				continue
			}
			require.NoError(t, err)
			require.Equal(t, heads[store.RecapDue{BranchID: br.ID, WorkDate: d}], r.Headcount, "recap of %s on %s",
				br.Code, d)
		}
	}
}
