package store_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/store"
	"hadir/internal/store/accounts"
	"hadir/internal/store/company"
	"hadir/internal/store/company/requests"
	"hadir/internal/store/days"
	"hadir/internal/store/days/lists"
	"hadir/internal/store/days/reminders"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/store/outside"
	"hadir/internal/task"
	"hadir/internal/testkit"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) // a Monday, 09:00 in Jakarta

// Names for what rooms embed.
type (
	databaseRoom     = db.DB
	bookRoom         = ledger.Ledger
	outboxRoom       = ledger.Outbox
	auditLogRoom     = ledger.Audit
	deadLettersRoom  = ledger.DeadLetters
	outcomesRoom     = ledger.Outcomes
	nodesRoom        = ledger.Nodes
	plansRoom        = company.Plans
	branchesRoom     = company.Branches
	staffRoom        = company.Employees
	shiftsRoom       = company.Shifts
	assignedRoom     = company.Assignments
	holidaysRoom     = company.Holidays
	applicationsRoom = requests.Requests
	accountsOfRoom   = accounts.Users
	sessionsRoom     = accounts.Sessions
	signInsRoom      = accounts.SignIns
	apiTokensRoom    = accounts.APITokens
	dayBookRoom      = days.Days
	recapsRoom       = days.Recaps
	remindersRoom    = reminders.Reminders
	dayListsRoom     = lists.Lists
	reportsRoom      = outside.Reports
	importsRoom      = outside.Imports
	webhooksRoom     = outside.Webhooks
	deliveriesRoom   = outside.Deliveries
)

// rooms are those of one store, with what lets tests put rows in place and look at what no method shows. Tests that
// cross rooms call their methods without naming the room.
type rooms struct {
	all *store.Store
	*databaseRoom
	*bookRoom
	*outboxRoom
	*auditLogRoom
	*deadLettersRoom
	*outcomesRoom
	*nodesRoom
	*plansRoom
	*branchesRoom
	*staffRoom
	*shiftsRoom
	*assignedRoom
	*holidaysRoom
	*applicationsRoom
	*accountsOfRoom
	*sessionsRoom
	*signInsRoom
	*apiTokensRoom
	*dayBookRoom
	*recapsRoom
	*remindersRoom
	*dayListsRoom
	*reportsRoom
	*importsRoom
	*webhooksRoom
	*deliveriesRoom
}

func roomsOf(s *store.Store) *rooms {
	return &rooms{
		s,
		s.DB,
		s.Ledger,
		s.Outbox,
		s.Audit,
		s.DeadLetters,
		s.Outcomes,
		s.Nodes,
		s.Plans,
		s.Branches,
		s.Employees,
		s.Shifts,
		s.Assignments,
		s.Holidays,
		s.Requests,
		s.Users,
		s.Sessions,
		s.SignIns,
		s.APITokens,
		s.Days,
		s.Recaps,
		s.Reminders,
		s.Lists,
		s.Reports,
		s.Imports,
		s.Webhooks,
		s.Deliveries,
	}
}

// bench is a migrated store of one dialect with a clock that stands at start.
type bench struct {
	*rooms
	clock *clock.Manual
	url   string

	mu     sync.Mutex
	handed []task.Outboxed // over after commits, since left was called last
}

// left returns the outbox rows that were handed over since it was called last.
func (b *bench) left() []task.Outboxed {
	b.mu.Lock()
	defer b.mu.Unlock()
	rows := b.handed
	b.handed = nil
	return rows
}

func (b *bench) onCommit(rows []task.Outboxed) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.handed = append(b.handed, rows...)
}

// newBench returns a bench that has no store yet.
func newBench(url string) *bench { return &bench{clock: clock.NewManual(start), url: url} }

// conform runs a test against every database, each time on a fresh one.
func conform(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	t.Parallel()
	for name, url := range migrated.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(url)
			b.rooms = b.another(t)
			test(t, b)
		})
	}
}

// another opens the same database once more, as another process would.
func (b *bench) another(t *testing.T) *rooms {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
	defer cancel()
	s, err := store.Open(ctx, store.Options{URL: b.url, Clock: b.clock, OnCommit: b.onCommit})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return roomsOf(s)
}

func itoa[N ~int | ~int32 | ~int64](n N) string { return strconv.FormatInt(int64(n), 10) }

// edit changes an employee, whatever state it is in.
func (r *rooms) edit(ctx context.Context, id int64, change func(e *attendance.Employee) error) (
	attendance.Employee, error) {
	return r.ChangeEmployee(ctx, id, ledger.Actor{}, company.EmployeeEdit{Change: change})
}
