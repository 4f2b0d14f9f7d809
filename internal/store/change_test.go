package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/iclock"
	"hadir/internal/store"
	"hadir/internal/store/ledger"
	"hadir/internal/store/terminals"
	"hadir/internal/task"
	"hadir/internal/webhook"

	"github.com/stretchr/testify/require"
)

// refuseAudit makes the last statement of every change fail, as a full disk would.
func (b *bench) refuseAudit(t *testing.T, refuse bool) {
	t.Helper()
	statement := "DROP TRIGGER refused"
	switch {
	case refuse && b.Dialect() == "mysql":
		statement = "CREATE TRIGGER refused BEFORE INSERT ON audit_log FOR EACH ROW SIGNAL SQLSTATE '45000' SET " +
			"MESSAGE_TEXT = 'full'"
	case refuse:
		statement = "CREATE TRIGGER refused BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'full'); END"
	}
	require.NoError(t, b.Exec(t.Context(), statement))
}

// Whatever a change leaves behind for the queue is handed over after its commit, and never when it was rolled back.
func TestNothingIsHandedOverThatWasRolledBack(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx, by := t.Context(), store.Actor{UserID: b.users(t, "satu")[0].ID, Address: "10.0.0.1"}
		br, es := b.company(t, 4)
		shifts, err := b.Shifts(ctx)
		require.NoError(t, err)
		sh := shifts[0]
		end := hook(t, b, webhook.KindRecap)
		delivered := message(t, end.ID, "1")
		require.NoError(t, b.AddDeliveries(ctx, []webhook.Delivery{delivered}))
		require.NoError(t, b.KeepDelivery(ctx, delivered.MessageID, webhook.StateDelivered, 200, ""))
		ds, _, err := b.Deliveries(ctx, store.DeliveryFilter{EndpointID: end.ID})
		require.NoError(t, err)
		pending, err := b.AddRequest(ctx, by, leaveOf(es[0], monday+20, monday+21))
		require.NoError(t, err)
		letter, _, err := b.SaveDeadLetter(ctx,
			task.DeadLetter{TaskID: "x", Kind: task.RecapBranch, Payload: []byte("{}"), DiedAt: start})
		require.NoError(t, err)
		_, _, err = b.SaveDeadLetter(ctx,
			task.DeadLetter{TaskID: "y", Kind: task.RecapTick, Payload: []byte("{}"), DiedAt: start})
		require.NoError(t, err)
		im, err := b.AddFileImport(ctx,
			task.FileImport{UserID: by.UserID, Kind: task.ImportOfEmployees, File: []byte("x")})
		require.NoError(t, err)
		anybody := func(attendance.Holiday, int64) error { return nil }
		holiday := func() int64 {
			hs, _, err := b.Holidays(ctx, store.HolidayFilter{From: monday, To: monday + 10})
			require.NoError(t, err)
			require.Len(t, hs, 1)
			return hs[0].ID
		}
		assignment := func() int64 {
			as, err := b.AssignmentsOf(ctx, es[1].ID, monday-40)
			require.NoError(t, err)
			return as[0].ID
		}
		order := store.AssignmentOrder{EmployeeIDs: []int64{es[1].ID},
			Plan: attendance.Assignment{From: monday - 10, Pattern: slices.Repeat([]int64{sh.ID}, 7)}}
		steps := []struct {
			name   string
			change func() error
		}{
			{"add request", func() error {
				_,
					err := b.AddRequest(ctx, by, leaveOf(es[0], monday, monday+2))
				return err
			}},
			{"decide request", func() error {
				return b.DecideRequest(ctx, by, attendance.RequestLeave, pending,
					store.Decision{State: attendance.RequestApproved})
			}},
			{"assign shifts", func() error { _, err := b.AssignShifts(ctx, order, by); return err }},
			{"end assignment", func() error {
				_, err := b.EndAssignment(ctx, assignment(), ptr(monday-5), nil, by)
				return err
			}},
			{"remove assignment", func() error { return b.RemoveAssignment(ctx, assignment(), nil, by) }},
			{"change shift", func() error {
				_, err := b.ChangeShift(ctx, sh.ID, by, func(s *attendance.Shift) error { s.LateGrace = 7; return nil })
				return err
			}},
			{"add holiday", func() error {
				_, err := b.AddHoliday(ctx, attendance.Holiday{Date: monday, Name: "Libur", BranchID: br.ID}, by,
					anybody)
				return err
			}},
			{"change holiday", func() error {
				return b.ChangeHoliday(ctx, holiday(), by, anybody,
					func(h *attendance.Holiday) error { h.Date++; return nil })
			}},
			{"remove holiday", func() error { return b.RemoveHoliday(ctx, holiday(), by, anybody) }},
			{"create report", func() error { _, err := b.CreateReport(ctx, by, lateness(br)); return err }},
			{"start import", func() error { _, err := b.StartFileImport(ctx, im.ID, by); return err }},
			{"replay delivery", func() error { _, err := b.ReplayDelivery(ctx, ds[0].ID, by); return err }},
			{"test delivery", func() error { _, err := b.TestDelivery(ctx, message(t, end.ID, "2"), by); return err }},
			{"retry dead letter", func() error { return b.RetryDeadLetter(ctx, letter, by) }},
			{"retry dead letters", func() error {
				_, err := b.DecideDeadLetters(ctx, store.DeadLetterFilter{}, by, task.DeadRetried, "")
				return err
			}},
		}
		for _, step := range steps {
			before, _, err := b.OutboxBacklog(ctx)
			require.NoError(t, err)
			b.left()
			b.refuseAudit(t, true)
			require.ErrorContains(t, step.change(), "full", step.name)
			require.Empty(t, b.left(), step.name)
			b.refuseAudit(t, false)
			require.NoError(t, step.change(), step.name)
			handed := b.left()
			require.NotEmpty(t, handed, step.name)
			after, _, err := b.OutboxBacklog(ctx)
			require.NoError(t, err)
			require.Equal(t, before+len(handed), after, "%s: what is stored is handed over", step.name)
		}
		broken, err := b.VerifyAudit(ctx)
		require.NoError(t, err)
		require.Zero(t, broken)
	})
}

func lateness(br attendance.Branch) reports.ReportRequest {
	return reports.ReportRequest{Kind: reports.ReportLateness, Format: reports.FormatCSV, Locale: "id",
		BranchID: br.ID,
		From:     monday, To: monday}
}

// What follows from a death is stored together with the dead letter: ten dead reports do not keep their user from more.
func TestADeathAndItsConsequencesAreOne(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx, by := t.Context(), store.Actor{UserID: b.users(t, "satu")[0].ID}
		br, _ := b.company(t, 1)
		die := func(id string, kind task.Kind, payload any) error {
			j, err := json.Marshal(payload)
			require.NoError(t, err)
			_, _, err = b.SaveDeadLetter(ctx,
				task.DeadLetter{TaskID: id, Queue: task.QueueReports, Kind: kind, Payload: j, DiedAt: b.clock.Now()})
			return err
		}
		queued := map[int64]task.Outboxed{}
		for range 10 {
			r, err := b.CreateReport(ctx, by, lateness(br))
			require.NoError(t, err)
			queued[r.ID] = b.left()[0]
		}
		_, err := b.CreateReport(ctx, by, lateness(br))
		require.Equal(t, account.CodeThrottled, attendance.CodeOf(err))

		// The announcement cannot be stored: then nothing of the death is.
		one := slices.Sorted(maps.Keys(queued))[0]
		refuse := "CREATE TRIGGER quiet BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END"
		if b.Dialect() == "mysql" {
			refuse = "CREATE TRIGGER quiet BEFORE INSERT ON outbox FOR EACH ROW SIGNAL SQLSTATE '45000' SET " +
				"MESSAGE_TEXT = 'full'"
		}
		require.NoError(t, b.Exec(ctx, refuse))
		require.ErrorContains(t, die(queued[one].TaskID(), task.ReportBuild, task.Report{V: 1, ID: one}), "full")
		letters, _, err := b.DeadLetters(ctx, store.DeadLetterFilter{})
		require.NoError(t, err)
		require.Empty(t, letters)
		r, err := b.Report(ctx, one)
		require.NoError(t, err)
		require.Equal(t, reports.ReportQueued, r.State)
		require.NoError(t, b.Exec(ctx, "DROP TRIGGER quiet"))

		for id, row := range queued {
			for range 2 { // a sweep that was broken off comes back
				require.NoError(t, die(row.TaskID(), task.ReportBuild, task.Report{V: 1, ID: id}))
			}
			r, err := b.Report(ctx, id)
			require.NoError(t, err)
			require.Equal(t, reports.ReportFailed, r.State)
			require.Equal(t, reports.ReportInternal, r.Error)
		}
		handed := b.left()
		require.Len(t, handed, 10, "each death is announced once")
		for _, row := range handed {
			require.Equal(t, task.DeadNotify, row.Kind)
		}
		waiting, err := b.ClaimOutbox(ctx, start.Add(time.Hour), start.Add(2*time.Hour), 100)
		require.NoError(t, err)
		require.Equal(t, handed, waiting, "the rows of the dead tasks are gone")
		_, err = b.CreateReport(ctx, by, lateness(br))
		require.NoError(t, err, "the user is not locked out")
		outcomes, err := b.Outcomes(ctx, start.Add(-time.Hour))
		require.NoError(t, err)
		require.Equal(t, []task.Outcome{{Queue: task.QueueReports, Kind: task.ReportBuild, Died: 10}}, outcomes)

		im, err := b.AddFileImport(ctx,
			task.FileImport{UserID: by.UserID, Kind: task.ImportOfPunches, File: []byte("x")})
		require.NoError(t, err)
		_, err = b.StartFileImport(ctx, im.ID, by)
		require.NoError(t, err)
		require.NoError(t, die("import", task.ImportPunches, task.Import{V: 1, ID: im.ID}))
		im, err = b.FileImport(ctx, im.ID, false)
		require.NoError(t, err)
		require.Equal(t, task.ImportFailed, im.State)
		require.Equal(t, task.ImportStopped, im.Reason)

		// Nothing that a letter may say keeps it from being stored.
		for i, payload := range []any{task.Report{V: 1, ID: 424242}, "nonsense", nil} {
			require.NoError(t, die(fmt.Sprint("odd", i), task.ReportBuild, payload))
			require.NoError(t, die(fmt.Sprint("odder", i), task.ImportEmployees, payload))
			require.NoError(t, die(fmt.Sprint("oddest", i), task.WebhookDeliver, payload))
		}
		b.left()
		require.NoError(t, die("last", task.DeadNotify, task.Dead{V: 1, ID: 1}))
		require.Empty(t, b.left(), "the death of an announcement is not announced")
	})
}

// Limits are counted under a lock, so that of many at once only as many pass as may.
func TestLimitsHoldForManyAtOnce(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx, by := t.Context(), store.Actor{UserID: b.users(t, "satu")[0].ID}
		br, _ := b.company(t, 1)
		stores := []*rooms{b.rooms, b.another(t)}
		passed := func(n int, full attendance.Code, try func(ctx context.Context, s *rooms) error) int {
			t.Helper()
			done := make(chan error, n)
			var all sync.WaitGroup
			for i := range n {
				all.Go(func() { done <- try(ctx, stores[i%2]) })
			}
			all.Wait()
			ok := 0
			for range n {
				err := <-done
				if err == nil {
					ok++
				} else {
					require.Equal(t, full, attendance.CodeOf(err), "%v", err)
				}
			}
			return ok
		}
		for range 8 {
			_, err := b.CreateReport(ctx, by, lateness(br))
			require.NoError(t, err)
		}
		require.Equal(t, 2, passed(8, account.CodeThrottled, func(ctx context.Context, s *rooms) error {
			_, err := s.CreateReport(ctx, by, lateness(br))
			return err
		}))
		for range 48 {
			hook(t, b, webhook.KindRecap)
		}
		require.Equal(t, 2, passed(8, attendance.CodeConflict, func(ctx context.Context, s *rooms) error {
			_, err := s.AddEndpoint(ctx, webhook.Endpoint{URL: "https://contoh.id", Kinds: webhook.Kinds()}, "s", by)
			return err
		}))

		ask := func(user int64) func(ctx context.Context, s *rooms) error {
			return func(ctx context.Context, s *rooms) error {
				_, hash := account.NewToken()
				c := account.Challenge{Use: account.ToSignIn, UserID: user, Hash: hash}
				return s.all.Passkeys.AddChallenge(ctx, c, "192.0.2.1")
			}
		}
		for range 98 {
			require.NoError(t, ask(by.UserID)(ctx, b.rooms))
		}
		require.Equal(t, 2, passed(8, account.CodeThrottled, ask(by.UserID)))
		for range 998 {
			require.NoError(t, ask(0)(ctx, b.rooms))
		}
		require.LessOrEqual(t, passed(8, account.CodeThrottled, ask(0)), 2)

		look := func(ctx context.Context, s *rooms) error {
			_, err := s.AddFileImport(ctx,
				task.FileImport{UserID: by.UserID, Kind: task.ImportOfPunches, File: []byte("x")})
			return err
		}
		require.Equal(t, 24, passed(24, "", look))
		var looked int
		require.NoError(t, b.Query(ctx, &looked, "SELECT COUNT(*) FROM file_imports WHERE state = 'preview'"))
		require.Equal(t, 5, looked, "the oldest make room")
		for range 50 {
			require.NoError(t, look(ctx, b.rooms))
		}
		require.NoError(t, b.Query(ctx, &looked, "SELECT COUNT(*) FROM file_imports"))
		require.Equal(t, 5+50, looked, "and are forgotten in the end")
		require.NoError(t, b.Query(ctx, &looked, "SELECT COUNT(*) FROM file_imports WHERE LENGTH(file) > 0"))
		require.Equal(t, 5, looked, "which hold their files")

		terminal, err := b.all.Terminals.Meet(ctx, "CGKK1", "192.0.2.1")
		require.NoError(t, err)
		hold := func(ctx context.Context, s *rooms, lines ...string) int {
			held := make([]iclock.Line, len(lines))
			for i, l := range lines {
				held[i] = iclock.Line{TerminalID: terminal.ID, Text: l, PIN: "1", At: "2026-11-23 08:00:00",
					Reason: iclock.ReasonNoPIN}
			}
			left, err := s.all.Quarantine.Hold(ctx, terminal.ID, held)
			require.NoError(t, err)
			return left
		}
		many := make([]string, terminals.MaxHeld-2)
		for i := range many {
			many[i] = fmt.Sprint("line ", i)
		}
		require.Zero(t, hold(ctx, b.rooms, many...))
		var n atomic.Int64
		require.Equal(t, 2, passed(8, account.CodeThrottled, func(ctx context.Context, s *rooms) error {
			if hold(ctx, s, fmt.Sprint("one more ", n.Add(1))) > 0 {
				return attendance.NewError(account.CodeThrottled, "no room")
			}
			return nil
		}))

		take := func(ctx context.Context, s *rooms) error {
			return s.all.Persons.Download(ctx, by, ledger.AuditEntry{Table: "users", RowID: "1"})
		}
		for range 18 {
			require.NoError(t, take(ctx, b.rooms))
		}
		require.Equal(t, 2, passed(8, account.CodeThrottled, take))
		_, err = b.AddUsers(ctx, []account.User{{Login: "dua", Name: "Dua", Role: account.RoleOps, Locale: "id"}},
			[]string{"!"})
		require.NoError(t, err, "other users are not held up")
	})
}
