package worker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/importer"
	"hadir/internal/realtime"
	"hadir/internal/store/ledger"
	"hadir/internal/store/outside"
	"hadir/internal/task"
	"hadir/internal/testkit/migrated"
	"hadir/worker"

	"github.com/stretchr/testify/require"
)

// alone runs a test on both databases without workers, and before the tests that go by the broker's clock: an import
// keeps a core busy for a while.
func alone(t *testing.T, test func(t *testing.T, s *stage)) {
	for name, url := range migrated.Databases(t) {
		t.Run(name, func(t *testing.T) { test(t, newStage(t, url, 0)) })
	}
}

// file makes so many lines about new people of the first branch, of which every hundredth lacks a name.
func file(lines int) string {
	var s strings.Builder
	s.WriteString("number,name,branch\n")
	for i := range lines {
		name := fmt.Sprintf("Orang %d", i)
		if i%100 == 50 {
			name = ""
		}
		fmt.Fprintf(&s, "N-%d,%s,JKT\n", i, name)
	}
	return s.String()
}

// upload keeps a file as looked at and starts it.
func (s *stage) upload(user int64, csv string) task.FileImport {
	im, err := s.Imports.AddFileImport(s.t.Context(),
		task.FileImport{UserID: user, Kind: task.ImportOfEmployees, FileName: "orang.csv", File: []byte(csv),
			Lines: int64(strings.Count(csv, "\n") - 1)})
	require.NoError(s.t, err)
	im, err = s.Imports.StartFileImport(s.t.Context(), im.ID, ledger.Actor{UserID: user})
	require.NoError(s.t, err)
	return im
}

// handed returns what was handed over so far.
func (s *stage) handed() []task.Outboxed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.left)
}

// die stores the death of a task and runs what it left behind, without a queue.
func (s *stage) die(w *worker.Worker, kind task.Kind, payload any) {
	j, err := json.Marshal(payload)
	require.NoError(s.t, err)
	id, _, err := s.DeadLetters.SaveDeadLetter(s.t.Context(),
		task.DeadLetter{TaskID: "outbox:1", Queue: task.QueueReports, Kind: kind,
			Payload: j, DiedAt: s.clock.Now()})
	require.NoError(s.t, err)
	rows := s.handed()
	last := rows[len(rows)-1]
	require.Equal(s.t, task.DeadNotify, last.Kind)
	require.JSONEq(s.t, fmt.Sprintf(`{"v":1,"id":%d}`, id), string(last.Payload))
	require.NoError(s.t, w.Handlers()[task.DeadNotify](s.t.Context(), last.Payload))
}

func (s *stage) user(u account.User) account.User {
	u.Login, u.Name, u.Locale = string(u.Role), string(u.Role), "id"
	users, err := s.Users.CreateUsers(s.t.Context(), ledger.Actor{}, []account.User{u}, []string{"!"})
	require.NoError(s.t, err)
	return users[0]
}

func (s *stage) imported(id int64) task.FileImport {
	im, err := s.Imports.FileImport(s.t.Context(), id, true)
	require.NoError(s.t, err)
	return im
}

// direct runs the handler as a worker process would, without a queue.
func (s *stage) direct(ctx context.Context, p realtime.Publisher, id int64) error {
	payload, err := json.Marshal(task.Import{V: 1, ID: id})
	require.NoError(s.t, err)
	w := worker.New(worker.Options{Store: worker.RoomsOf(s.Store), Publisher: p, Queue: s.queue,
		Clock: s.clock, Log: quiet})
	return w.Handlers()[task.ImportEmployees](ctx, payload)
}

func TestAnImportIsWrittenAndTold(t *testing.T) {
	stages(t, 2, func(t *testing.T, s *stage) {
		u := s.user(account.User{Role: account.RoleBranchAdmin, BranchIDs: []int64{s.branches[0].ID}})
		im := s.upload(u.ID, file(1200)+"E-0,Orang Nol,JKT\nE-5,Direbut,JKT\nX-1,Lain,MKS\n")
		s.deliver(s.handed()) // once more
		s.until("the import ends", func() bool { return s.imported(im.ID).State == task.ImportDone })
		im = s.imported(im.ID)
		require.Equal(t, []int64{1188, 1, 0, 14}, []int64{im.Created, im.Updated, im.Unchanged, im.Rejected})
		require.Empty(t, im.File, "nobody needs it any more")
		refused, err := importer.ReadRejections(im.Rejections)
		require.NoError(t, err)
		require.Len(t, refused, 14)
		require.Equal(t, importer.CodeForeignBranch, refused[13].Code, "in the order of the file")
		require.Equal(t, importer.CodeOtherBranch, refused[12].Code)

		channel := realtime.AccountChannel(u.ID)
		s.until("the end is told", func() bool {
			told := events[task.FileImport](s, channel, realtime.EventImport)
			return len(told) >= 3 && told[len(told)-1].State == task.ImportDone
		})
		last := int64(0)
		for _, e := range events[task.FileImport](s, channel, realtime.EventImport) {
			require.GreaterOrEqual(t, e.Created, last)
			last = e.Created
		}
		broken, err := s.Audit.VerifyAudit(t.Context())
		require.NoError(t, err)
		require.Zero(t, broken)
		entries, _, err := s.Audit.AuditLog(t.Context(), ledger.AuditFilter{Table: "file_imports", Limit: 10})
		require.NoError(t, err)
		require.Len(t, entries, 2, "its start and its end")
	})
}

// killed ends a run once so many batches are committed.
type killed struct {
	after int
	kill  context.CancelFunc
}

// Publish implements realtime.Publisher.
func (k *killed) Publish(context.Context, ...realtime.Message) error {
	if k.after--; k.after == 0 {
		k.kill()
	}
	return nil
}

// Revoke implements realtime.Publisher.
func (k *killed) Revoke(context.Context, string) error { return nil }

// A worker that dies in the middle leaves whole batches; the next one goes on behind them and counts every line once.
func TestAnImportGoesOnAfterAKilledWorker(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		u := s.user(account.User{Role: account.RoleAdmin})
		im := s.upload(u.ID, file(2200))
		for i := range 2 {
			ctx, kill := context.WithCancel(t.Context())
			require.Error(t, s.direct(ctx, &killed{1, kill}, im.ID))
			half := s.imported(im.ID)
			require.Equal(t, task.ImportRunning, half.State)
			require.EqualValues(t, 1000*(i+1), half.Created)
			require.NotEmpty(t, half.File)
		}
		require.NoError(t, s.direct(t.Context(), s, im.ID))
		im = s.imported(im.ID)
		require.Equal(t, task.ImportDone, im.State)
		require.Equal(t, []int64{2178, 0, 0, 22}, []int64{im.Created, im.Updated, im.Unchanged, im.Rejected})
		require.Equal(t, 22, strings.Count(im.Rejections, "\n"))
		require.NoError(t, s.direct(t.Context(), s, im.ID), "a repeated task does nothing")
		require.Equal(t, im, s.imported(im.ID))
	})
}

// Two workers with one import: one of them steps back, and nothing is counted twice.
func TestAnImportStepIsTakenOnce(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		u := s.user(account.User{Role: account.RoleAdmin})
		im := s.upload(u.ID, file(10))
		step := outside.ImportStep{ImportID: im.ID, DoneLine: 5,
			Employees: []attendance.Employee{{Number: "Z-1", Name: "Z", BranchID: s.branches[0].ID}}}
		after, results, err := s.Imports.StepImport(t.Context(), step, ledger.Actor{UserID: u.ID})
		require.NoError(t, err)
		require.Equal(t, []attendance.UpsertResult{attendance.Created}, results)
		require.EqualValues(t, 1, after.Created)
		_, _, err = s.Imports.StepImport(t.Context(), step, ledger.Actor{UserID: u.ID})
		require.Equal(t, attendance.CodeUnavailable, attendance.CodeOf(err))
		step.After, step.DoneLine, step.Scope = 5, 6, []int64{s.branches[1].ID}
		_, _, err = s.Imports.StepImport(t.Context(), step, ledger.Actor{UserID: u.ID})
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(err), "moved out of scope meanwhile")
		require.EqualValues(t, 5, s.imported(im.ID).DoneLine)
	})
}

// An import whose task is dead says so, and goes on when the dead letter is retried. Who lost the role imports nothing.
func TestImportsThatCannotGoOn(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		u := s.user(account.User{Role: account.RoleAdmin})
		im := s.upload(u.ID, file(10))
		w := worker.New(worker.Options{Store: worker.RoomsOf(s.Store), Publisher: s, Queue: s.queue,
			Clock: s.clock, Log: quiet})
		s.die(w, task.ImportEmployees, task.Import{V: 1, ID: im.ID})
		require.Equal(t, task.ImportFailed, s.imported(im.ID).State)
		told := events[task.FileImport](s, realtime.AccountChannel(u.ID), realtime.EventImport)
		require.Len(t, told, 1)
		require.Equal(t, task.ImportStopped, told[0].Reason)
		require.NoError(t, s.direct(t.Context(), s, im.ID))
		require.Equal(t, task.ImportDone, s.imported(im.ID).State)
		require.Empty(t, s.imported(im.ID).Reason)

		ops := s.user(account.User{Role: account.RoleOps})
		im = s.upload(ops.ID, file(10))
		require.NoError(t, s.direct(t.Context(), s, im.ID))
		require.Equal(t, task.ImportFailed, s.imported(im.ID).State)
		require.Equal(t, string(account.CodeForbidden), s.imported(im.ID).Reason)
		require.Zero(t, s.imported(im.ID).Created)

		require.Error(t, s.direct(t.Context(), s, 424242))
	})
}

// Punches are recorded once, whatever dies in between, and the screens of the branch hear of them.
func TestPunchesAreImportedOnce(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		u := s.user(account.User{Role: account.RoleBranchAdmin, BranchIDs: []int64{s.branches[0].ID}})
		var csv strings.Builder
		csv.WriteString("number,time,direction\n")
		day := s.today().AddDays(-40)
		for i := range 1100 {
			fmt.Fprintf(&csv, "E-%d,%s %02d:%02d:00,in\n", i%3, day.AddDays(i/60), 8+i%60/10, i%10*5)
		}
		csv.WriteString("E-4," + day.String() + " 08:00:00,in\n")
		im, err := s.Imports.AddFileImport(t.Context(),
			task.FileImport{UserID: u.ID, Kind: task.ImportOfPunches, Options: []byte(`{}`), FileName: "mesin.csv",
				File: []byte(csv.String()), Lines: 1101})
		require.NoError(t, err)
		im, err = s.Imports.StartFileImport(t.Context(), im.ID, ledger.Actor{UserID: u.ID})
		require.NoError(t, err)
		ctx, kill := context.WithCancel(t.Context())
		require.Error(t, s.direct(ctx, &killed{1, kill}, im.ID))
		require.EqualValues(t, 1000, s.imported(im.ID).Created)
		require.NoError(t, s.direct(t.Context(), s, im.ID))
		im = s.imported(im.ID)
		require.Equal(t, task.ImportDone, im.State)
		require.Equal(t, []int64{1100, 0, 1}, []int64{im.Created, im.Unchanged, im.Rejected})
		require.Contains(t, im.Rejections, string(importer.CodeOtherBranch))

		again, err := s.Imports.AddFileImport(t.Context(),
			task.FileImport{UserID: u.ID, Kind: task.ImportOfPunches, Options: []byte(`{}`), File: []byte(csv.String()),
				Lines: 1101})
		require.NoError(t, err)
		again, err = s.Imports.StartFileImport(t.Context(), again.ID, ledger.Actor{UserID: u.ID})
		require.NoError(t, err)
		require.NoError(t, s.direct(t.Context(), s, again.ID))
		again = s.imported(again.ID)
		require.Equal(t, []int64{0, 1100, 1}, []int64{again.Created, again.Unchanged, again.Rejected},
			"a second import changes nothing")
		result, err := importer.New(s.files(), importer.Options{Clock: s.clock}).PreviewPunches(t.Context(),
			strings.NewReader(csv.String()), importer.PunchOptions{}, s.Days.Rehearse(),
			func([]importer.PunchRow) error { return nil })
		require.NoError(t, err)
		require.Equal(t, importer.Result{Lines: 1101, Imported: 1, Unchanged: 1100, Only: attendance.In}, result,
			"and a preview says so")
	})
}
