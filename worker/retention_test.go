package worker_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/iclock"
	"hadir/internal/store"
	"hadir/internal/store/company"
	"hadir/internal/store/company/requests"
	"hadir/internal/store/ledger"
	"hadir/internal/store/terminals"
	"hadir/internal/task"
	"hadir/internal/testkit/migrated"
	"hadir/worker"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

// keeper is a stage whose audit log has a key, with a worker that removes what is old.
type keeper struct {
	*stage
	keyed    *store.Store
	log      bytes.Buffer
	registry *prometheus.Registry
}

func newKeeper(t *testing.T, url string) *keeper {
	k := openKeeper(t, url)
	k.beginKey()
	return k
}

// openKeeper has the key, which has not begun yet.
func openKeeper(t *testing.T, url string) *keeper {
	k := &keeper{stage: newStage(t, url, 1)}
	var err error
	k.keyed, err = store.Open(t.Context(), store.Options{URL: url, Clock: k.clock,
		AuditKeys: []string{strings.Repeat("kunci", 8)}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, k.keyed.DB.Close()) })
	return k
}

func (k *keeper) beginKey() {
	_, err := k.keyed.Audit.BeginAuditKey(k.t.Context(), ledger.Actor{}, false)
	require.NoError(k.t, err)
}

// keepers runs a test with a keeper on both databases.
func keepers(t *testing.T, test func(t *testing.T, k *keeper)) {
	t.Parallel()
	for name, url := range migrated.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newKeeper(t, url))
		})
	}
}

// sweep removes what is old once, as a worker with these settings does.
func (k *keeper) sweep(keep worker.Keep) { require.NoError(k.t, k.tick(task.RetentionSweep, keep)) }

// tick runs a task once, as a worker with the key and with these settings does.
func (k *keeper) tick(kind task.Kind, keep worker.Keep) error {
	k.log.Reset()
	k.registry = prometheus.NewRegistry()
	w := worker.New(worker.Options{Store: worker.RoomsOf(k.keyed), Clock: k.clock,
		Log: slog.New(slog.NewTextHandler(&k.log, nil)), Keep: keep, Registry: k.registry})
	return w.Handlers()[kind](k.t.Context(), []byte(`{"v":1}`))
}

// count asks the database.
func (k *keeper) count(query string) (n int) {
	require.NoError(k.t, k.DB.Builder().QueryRowContext(k.t.Context(), query).Scan(&n))
	return n
}

// at records a person's punch with a position.
func (k *keeper) at(person int, lat float64) attendance.Punch {
	now := k.clock.Now()
	rs, err := k.Days.RecordBatch(k.t.Context(), []attendance.NewPunch{{EmployeeID: k.people[person].ID,
		Direction: attendance.In, OccurredAt: now, Source: attendance.SourceWeb, Device: "ponsel",
		Fix: &attendance.Fix{Latitude: lat, Longitude: 106.8, Accuracy: 12}, IdempotencyKey: fmt.Sprint(now)}})
	require.NoError(k.t, err)
	require.NoError(k.t, rs[0].Err)
	return rs[0].Punch
}

// claimed keeps a claim of a person with a position, and returns its correction.
func (k *keeper) claimed(person int) int64 {
	now := k.clock.Now()
	id, _, err := k.keyed.Requests.AddClaim(k.t.Context(), ledger.Actor{}, requests.Claimed{
		EmployeeID: k.people[person].ID, WorkDate: k.today(), Direction: attendance.In, OccurredAt: now,
		Why: attendance.WaitPolicy, Key: fmt.Sprint("claim ", now), DeviceHash: [16]byte{7},
		Judged: attendance.Punch{Source: attendance.SourceWeb, Device: "ponsel", Network: "192.0.2.7",
			Fix:    &attendance.Fix{Latitude: -6.2, Longitude: 106.8, Accuracy: 12},
			Doubts: []attendance.Doubt{attendance.DoubtForeignNetwork}}})
	require.NoError(k.t, err)
	return id
}

// decide decides about a correction.
func (k *keeper) decide(id int64, state attendance.RequestState) {
	require.NoError(k.t, k.keyed.Requests.DecideRequest(k.t.Context(), ledger.Actor{}, attendance.RequestCorrection,
		id, requests.Decision{State: state, Note: "x"}))
}

const day = 24 * time.Hour

// The position of a claim ages from when it came, not from when somebody decided about it.
func TestPositionsOfClaimsAreRemovedByAge(t *testing.T) {
	keepers(t, func(t *testing.T, k *keeper) {
		approved := k.claimed(0)
		k.claimed(1) // waits
		k.clock.Advance(20 * day)
		k.decide(approved, attendance.RequestApproved)
		w := worker.New(worker.Options{Store: worker.RoomsOf(k.keyed), Clock: k.clock, Log: quiet})
		require.NoError(t, w.Handlers()[task.CorrectionApply](t.Context(), payload(t,
			task.Request{V: 1, Type: attendance.RequestCorrection, ID: approved})))
		young := k.claimed(2)
		const placed = " WHERE latitude IS NOT NULL AND device_hash IS NOT NULL AND foreign_address <> ''"
		require.Equal(t, 1, k.count("SELECT COUNT(*) FROM punches"+placed))
		require.Equal(t, 3, k.count("SELECT COUNT(*) FROM corrections"+placed))
		k.clock.Advance(20 * day)
		k.sweep(worker.Keep{Positions: 30 * day})
		require.Contains(t, k.log.String(), "what=positions rows=3")
		const bare = " WHERE latitude IS NULL AND longitude IS NULL AND accuracy IS NULL AND " +
			"device_hash IS NULL AND foreign_address = '' AND doubts = 'foreign_network'"
		require.Equal(t, 1, k.count("SELECT COUNT(*) FROM punches"+bare))
		require.Equal(t, 2, k.count("SELECT COUNT(*) FROM corrections"+bare))
		require.Equal(t, 1, k.count(fmt.Sprint("SELECT COUNT(*) FROM corrections", placed, " AND id = ", young)))
	})
}

// What is older than the settings allow goes, once and for good; what is younger stays, and so does what was judged.
func TestPositionsAndAddressesAreRemovedByAge(t *testing.T) {
	keepers(t, func(t *testing.T, k *keeper) {
		ctx := t.Context()
		users, err := k.keyed.Users.CreateUsers(ctx, ledger.Actor{Address: "10.0.0.1"}, []account.User{{
			Login: "siti", Name: "Siti", Role: account.RoleEmployee, EmployeeID: k.people[0].ID}}, []string{"!"})
		require.NoError(t, err)
		begin := func(n byte) {
			require.NoError(t, k.keyed.Sessions.AddSession(ctx, account.Session{TokenHash: [32]byte{n},
				UserID: users[0].ID, CreatedAt: k.clock.Now(), ExpiresAt: k.clock.Now().Add(300 * day),
				Address: "192.0.2.7", UserAgent: "Mozilla"}))
		}
		begin(1)
		begin(2)
		_, err = k.keyed.Sessions.EndOtherSessions(ctx, ledger.Actor{UserID: users[0].ID, Address: "192.0.2.8"},
			users[0].ID, [32]byte{1})
		require.NoError(t, err)
		unkeyed := k.count("SELECT COUNT(*) FROM audit_log WHERE key_id = ''")
		old := k.at(0, -6.2)
		before := k.count("SELECT COUNT(*) FROM audit_log")
		k.clock.Advance(40 * day)
		young := k.at(1, -6.3)
		begin(3)

		k.sweep(worker.Keep{})
		require.Equal(t, 2, k.count("SELECT COUNT(*) FROM punches WHERE latitude IS NOT NULL"), "0 keeps")
		require.Empty(t, k.log.String())

		for range 2 { // the second run finds nothing
			k.sweep(worker.Keep{Positions: 30 * day, Addresses: 30 * day})
			require.Equal(t, 1, k.count("SELECT COUNT(*) FROM punches WHERE latitude IS NOT NULL"))
			require.Equal(t, 1, k.count(fmt.Sprintf("SELECT COUNT(*) FROM punches WHERE id = %d AND "+
				"latitude IS NULL AND longitude IS NULL AND accuracy IS NULL AND device = 'ponsel'", old.ID)))
			require.Equal(t, 1, k.count(fmt.Sprintf("SELECT COUNT(*) FROM punches WHERE id = %d AND "+
				"accuracy = 12", young.ID)))
			require.Equal(t, 1, k.count("SELECT COUNT(*) FROM sessions WHERE user_agent <> ''"))
			require.Equal(t, 1, k.count("SELECT COUNT(*) FROM sessions WHERE user_agent = '' AND address = ''"))
			require.Zero(t, k.count(fmt.Sprintf("SELECT COUNT(*) FROM audit_log WHERE id <= %d AND key_id <> '' "+
				"AND address <> ''", before)))
			require.Zero(t, k.count("SELECT COUNT(*) FROM audit_log WHERE action = 'user.sessions_ended' AND "+
				"before_json IS NOT NULL"))
			require.Equal(t, 1, k.count("SELECT COUNT(*) FROM audit_log WHERE address = '192.0.2.7'"))
			require.Equal(t, unkeyed, k.count("SELECT COUNT(*) FROM audit_log WHERE key_id = ''"))
		}
		require.Empty(t, k.log.String(), "nothing to tell")
		walked, err := k.keyed.Audit.WalkAudit(ctx, nil)
		require.NoError(t, err)
		require.Zero(t, walked.Broken, "the chain holds: %+v", walked)
		require.EqualValues(t, 4, walked.Emptied)

		k.clock.Advance(40 * day)
		k.sweep(worker.Keep{Positions: 30 * day})
		require.Contains(t, k.log.String(), "what=positions rows=1")
		require.Zero(t, k.count("SELECT COUNT(*) FROM punches WHERE latitude IS NOT NULL"))
		families, err := k.registry.Gather()
		require.NoError(t, err)
		removed := 0.0
		for _, f := range families {
			if f.GetName() == "hadir_personal_data_removed_total" {
				for _, m := range f.GetMetric() {
					removed += m.GetCounter().GetValue()
				}
			}
		}
		require.Equal(t, 1.0, removed)
	})
}

// A table of any length is gone through in batches, and of what was passed nothing is looked at again.
func TestALongTableIsSweptInBatches(t *testing.T) {
	keepers(t, func(t *testing.T, k *keeper) {
		const many = 2300
		es := make([]ledger.AuditEntry, many)
		for i := range es {
			es[i] = ledger.AuditEntry{Action: "employee.updated", Address: "192.0.2.1"}
		}
		require.NoError(t, k.keyed.Audit.Audit(t.Context(), es...))
		last := k.count("SELECT MAX(id) FROM audit_log")
		k.clock.Advance(2 * day)
		k.sweep(worker.Keep{Addresses: day})
		require.Contains(t, k.log.String(), fmt.Sprintf("what=addresses rows=%d", many))
		require.Equal(t, last, k.count("SELECT done_through FROM retention_marks WHERE name = 'addresses'"))
		walked, err := k.keyed.Audit.WalkAudit(t.Context(), nil)
		require.NoError(t, err)
		require.Zero(t, walked.Broken)
	})
}

// Leavers are forgotten when their time is over and not before. The audit log then holds nothing about them, and is
// whole.
func TestLeaversAreForgottenByAge(t *testing.T) {
	keepers(t, func(t *testing.T, k *keeper) {
		ctx := t.Context()
		leave := func(person int, left attendance.Date) {
			_, err := k.keyed.Employees.ChangeEmployee(ctx, k.people[person].ID, ledger.Actor{},
				company.EmployeeEdit{Change: func(e *attendance.Employee) error {
					e.Status, e.LeftOn, e.Name = attendance.EmployeeInactive, &left, "Nama Rahasia"
					return nil
				}})
			require.NoError(t, err)
		}
		k.at(0, -6.2)
		k.decide(k.claimed(0), attendance.RequestRefused)
		k.discardedLine(0)
		told := "SELECT COUNT(*) FROM audit_log WHERE table_name IN ('terminal_pins', 'terminal_lines') AND " +
			"(before_json IS NOT NULL OR after_json IS NOT NULL)"
		require.Equal(t, 2, k.count(told))
		leave(0, k.today())
		k.clock.Advance(100 * day)
		leave(1, k.today())
		names := func() (names []string) {
			for _, p := range k.people[:3] {
				e, err := k.Employees.Employee(ctx, p.ID)
				require.NoError(t, err)
				names = append(names, e.Name)
			}
			return names
		}
		k.clock.Advance(40 * day)
		k.sweep(worker.Keep{Leavers: 0})
		require.Equal(t, []string{"Nama Rahasia", "Nama Rahasia", "Orang 2"}, names(), "off")
		for range 2 {
			k.sweep(worker.Keep{Leavers: 60})
			forgotten := fmt.Sprintf("Mantan karyawan #%d", k.people[0].ID)
			require.Equal(t, []string{forgotten, "Nama Rahasia", "Orang 2"}, names())
		}
		require.Empty(t, k.log.String(), "once")
		require.Equal(t, 1, k.count("SELECT COUNT(*) FROM pseudonyms WHERE user_id = 0"))
		for _, table := range []string{"punches", "corrections"} {
			require.Zero(t, k.count("SELECT COUNT(*) FROM "+table+" WHERE latitude IS NOT NULL OR device <> '' OR "+
				"device_hash IS NOT NULL OR foreign_address <> ''"))
		}
		require.Equal(t, 1, k.count("SELECT COUNT(*) FROM attendances WHERE first_in IS NOT NULL"))
		require.Zero(t, k.count(fmt.Sprintf("SELECT COUNT(*) FROM audit_log WHERE table_name = 'employees' AND "+
			"row_id = '%d' AND key_id <> '' AND after_json LIKE '%%Rahasia%%'", k.people[0].ID)))
		require.Zero(t, k.count(told), "what a terminal said of them")
		require.Equal(t, 1, k.count("SELECT COUNT(*) FROM terminal_lines WHERE discarded AND line = ''"))
		walked, err := k.keyed.Audit.WalkAudit(ctx, nil)
		require.NoError(t, err)
		require.Zero(t, walked.Broken, "%+v", walked)
		require.Positive(t, walked.Emptied)
	})
}

// discardedLine lets a terminal send a line of a person, whose PIN is decided, and discards it.
func (k *keeper) discardedLine(person int) {
	ctx, none := k.t.Context(), ledger.Actor{}
	met, err := k.keyed.Terminals.Meet(ctx, "CGKK1", "192.0.2.9")
	require.NoError(k.t, err)
	_, err = k.keyed.Quarantine.Hold(ctx, met.ID, []iclock.Line{{PIN: "77", At: "2026-01-05 08:00:00",
		Text: "77\t2026-01-05 08:00:00\t0\t1", Reason: iclock.ReasonUnknownPIN}})
	require.NoError(k.t, err)
	require.NoError(k.t, k.keyed.Quarantine.Map(ctx, terminals.PIN{TerminalID: met.ID, PIN: "77",
		EmployeeID: k.people[person].ID}, none))
	lines, _, err := k.keyed.Quarantine.Lines(ctx, terminals.LineFilter{TerminalID: met.ID})
	require.NoError(k.t, err)
	require.NoError(k.t, k.keyed.Quarantine.Discard(ctx, met.ID, lines[0].ID, none))
}
