package e2e

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/iclock"
	"hadir/internal/store/ledger"
	"hadir/internal/terminal/simulate"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// serials is what the serial numbers of simulated terminals begin with.
const serials = "SIM"

// gate starts two nodes that terminals push to, and accepts so many terminals into the branch.
func (s *stack) gate(n int) {
	s.t.Helper()
	for i := range 2 {
		s.gates = append(s.gates, fmt.Sprintf("http://127.0.0.1:%d", testkit.FreePort(s.t)))
		s.start("terminal", i+1)
	}
	for i := range n {
		met, err := s.store.Terminals.Meet(s.t.Context(), fmt.Sprintf("%s%04d", serials, i+1),
			fmt.Sprintf("192.0.2.%d", i))
		require.NoError(s.t, err)
		_, err = s.store.Terminals.Update(s.t.Context(), met.ID, ledger.Actor{}, func(t *iclock.Terminal) error {
			t.State, t.BranchID, t.PINFormat = iclock.Active, s.branch.ID, "E2E-%05s"
			return nil
		})
		require.NoError(s.t, err)
	}
}

// holds tells that each of the lines that terminals believe delivered is stored, once, and nothing else.
func (s *stack) holds(es []attendance.Employee, believed map[simulate.Line]int) {
	s.t.Helper()
	zone, err := time.LoadLocation(s.branch.Zone)
	require.NoError(s.t, err)
	stored := map[simulate.Line]int{}
	for i, e := range es {
		punches, err := s.store.Days.Punches(s.t.Context(), e.ID, time.Now().AddDate(0, 0, -2),
			time.Now().AddDate(0, 0, 2))
		require.NoError(s.t, err)
		for _, p := range punches {
			shown, err := time.Parse(time.DateTime, p.OccurredAt.In(zone).Format(time.DateTime))
			require.NoError(s.t, err)
			stored[simulate.Line{Serial: p.Device, PIN: fmt.Sprint(i + 1), At: shown}]++
		}
	}
	for line := range believed {
		require.Equal(s.t, 1, stored[line], "%+v", line)
	}
	require.Len(s.t, stored, len(believed))
}

// Terminals of three firmware generations push while nodes and the database are killed: what a terminal believes
// delivered is stored, once, and its whole log sent again changes nothing.
func TestKillingNodesAndTheDatabaseLosesNoLineOfATerminal(t *testing.T) {
	t.Parallel()
	const fleet, backlog, lines = 12, 150, 3000
	s := newDatabases(t, testkit.StartRedis(t, testkit.RedisOptions{}))
	es := s.company(200)
	s.gate(fleet)
	disasters := map[int]func(){
		500:  s.revive("terminal", 1),
		2000: func() { s.mariadb.Kill(); s.mariadb.Restart(false) },
		3500: s.revive("terminal", 2),
	}
	believed := map[simulate.Line]int{}
	var happened sync.WaitGroup
	f, err := simulate.New(simulate.Options{Addresses: s.gates, Terminals: fleet, Serial: serials, People: len(es),
		Rate: 300, Lines: lines, Backlog: backlog, Batch: 50, Duration: testkit.Patience, Settle: testkit.Patience,
		Delay: time.Second, ErrorDelay: 100 * time.Millisecond, Clock: clock.System(),
		Delivered: func(l simulate.Line) {
			l.Status = "" // the rules decide
			believed[l]++
			if do := disasters[len(believed)]; do != nil {
				happened.Go(do)
			}
		}})
	require.NoError(t, err)
	got := f.Run(t.Context())
	happened.Wait()
	t.Logf("%+v", got)
	require.Equal(t, fleet*backlog+lines, got.Punched)
	require.Zero(t, got.Kept())
	require.Len(t, believed, got.Punched)
	s.holds(es, believed)
	require.Positive(t, got.Broken, "a node was killed")
	require.Positive(t, got.Refused, "the database was away")

	again := f.Again(t.Context())
	require.Greater(t, again.Pushes, got.Pushes+got.Punched/50-1)
	require.Equal(t, got.Delivered, again.Delivered)
	s.holds(es, believed)
	held, err := s.store.Quarantine.Counts(t.Context())
	require.NoError(t, err)
	require.Empty(t, held)
}
