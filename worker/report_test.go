package worker_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/realtime"
	"hadir/internal/store/ledger"
	"hadir/internal/store/outside"
	"hadir/internal/task"
	"hadir/worker"

	"github.com/stretchr/testify/require"
)

// staff adds people to the first branch, each with one late day, and an administrator who asks for reports.
func (s *stage) staff(n int) account.User {
	var es []attendance.Employee
	for i := range n {
		es = append(es, attendance.Employee{Number: fmt.Sprintf("N-%04d", i), Name: "Orang", BranchID: s.branches[0].ID,
			Status: attendance.EmployeeActive})
	}
	_, err := s.Employees.UpsertEmployees(s.t.Context(), es)
	require.NoError(s.t, err)
	var days []attendance.Day
	for _, e := range es {
		days = append(days, attendance.Day{EmployeeID: e.ID, WorkDate: s.today(), BranchID: e.BranchID,
			Zone: "Asia/Jakarta", Status: attendance.StatusLate, LateMinutes: 15, Flags: []attendance.Flag{},
			Version: 1, UpdatedAt: s.clock.Now()})
	}
	require.NoError(s.t, s.Days.SeedHistory(s.t.Context(), nil, days))
	users, err := s.Users.CreateUsers(s.t.Context(), ledger.Actor{},
		[]account.User{{Login: "admin", Name: "Admin", Role: account.RoleAdmin, Locale: "id"}}, []string{"!"})
	require.NoError(s.t, err)
	return users[0]
}

func (s *stage) lateness(u account.User) reports.Report {
	r, err := s.Reports.CreateReport(s.t.Context(), ledger.Actor{UserID: u.ID},
		reports.ReportRequest{Kind: reports.ReportLateness, Format: reports.FormatCSV, Locale: "id",
			BranchID: s.branches[0].ID, From: s.today(), To: s.today()})
	require.NoError(s.t, err)
	return r
}

func (s *stage) state(r reports.Report) reports.ReportState {
	now, err := s.Reports.Report(s.t.Context(), r.ID)
	require.NoError(s.t, err)
	return now.State
}

// file returns the rows of a report's file.
func (s *stage) file(r reports.Report) [][]string {
	var b []byte
	for seq := 0; ; seq++ {
		part, err := s.Reports.ReportChunk(s.t.Context(), r.ID, seq)
		if attendance.CodeOf(err) == attendance.CodeNotFound {
			break
		}
		require.NoError(s.t, err)
		b = append(b, part...)
	}
	now, err := s.Reports.Report(s.t.Context(), r.ID)
	require.NoError(s.t, err)
	require.EqualValues(s.t, len(b), now.Size)
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff")))).ReadAll()
	require.NoError(s.t, err)
	return rows
}

func (s *stage) build(ctx context.Context, r reports.Report) error {
	w := worker.New(worker.Options{Store: worker.RoomsOf(s.Store), Publisher: s, Queue: s.queue,
		Clock: s.clock, Log: quiet})
	payload, err := json.Marshal(task.Report{V: 1, ID: r.ID})
	require.NoError(s.t, err)
	return w.Handlers()[task.ReportBuild](ctx, payload)
}

// A worker died in the middle of a file; another one makes it from the start, and the dead one's ghost is kept out.
func TestAReportSurvivesItsWorker(t *testing.T) {
	stages(t, 2, func(t *testing.T, s *stage) {
		ctx, u := t.Context(), s.staff(450)
		s.loses = func(task.Outboxed) bool { return true }
		r := s.lateness(u)
		s.loses = nil
		ghost, mine, err := s.Reports.ClaimReport(ctx, r.ID)
		require.NoError(t, err)
		require.True(t, mine)
		for seq := range 3 {
			require.NoError(t, s.Reports.AddReportChunk(ctx, ghost, seq, []byte("half a file")))
		}
		require.NoError(t, s.Reports.ReportProgress(ctx, ghost, 66))
		s.deliver(s.handed())
		s.until("done", func() bool { return s.state(r) == reports.ReportDone })
		require.Len(t, s.file(r), 451)
		require.ErrorIs(t, s.Reports.AddReportChunk(ctx, ghost, 3, []byte("x")), outside.ErrReportLost)
		require.ErrorIs(t, s.Reports.ReportProgress(ctx, ghost, 99), outside.ErrReportLost)
		_, err = s.Reports.FinishReport(ctx, ghost, outside.ReportFile{Name: "x", MediaType: "x", Size: 1,
			Expires: s.clock.Now()})
		require.ErrorIs(t, err, outside.ErrReportLost)
		_, err = s.Reports.FailReport(ctx, r.ID, "x")
		require.NoError(t, err)
		require.Equal(t, reports.ReportDone, s.state(r), "what is done stays done")
		require.Len(t, s.file(r), 451)
		last := func() []worker.ReportProgressed {
			return events[worker.ReportProgressed](s, realtime.AccountChannel(u.ID), realtime.EventReport)
		}
		s.until("told", func() bool {
			told := last()
			return len(told) > 0 &&
				told[len(told)-1].State == reports.ReportDone
		})
		before := -1
		for _, p := range last() {
			require.Greater(t, p.Progress, before, "it only grows")
			before = p.Progress
		}
		require.Greater(t, len(last()), 3, "in steps")
	})
}

// An attempt that is broken off leaves nothing that the next one would mind.
func TestABrokenOffReportStartsOver(t *testing.T) {
	stages(t, 0, func(t *testing.T, s *stage) {
		r := s.lateness(s.staff(450))
		ctx, kill := context.WithCancel(t.Context())
		s.hears = func(m realtime.Message) {
			if m.Event == realtime.EventReport && !bytes.Contains(m.Data, []byte(`"progress":0`)) {
				kill()
			}
		}
		require.Error(t, s.build(ctx, r))
		require.Equal(t, reports.ReportRunning, s.state(r))
		s.hears = nil
		require.NoError(t, s.build(t.Context(), r))
		require.Equal(t, reports.ReportDone, s.state(r))
		require.Len(t, s.file(r), 451)
		require.NoError(t, s.build(t.Context(), r), "once more does nothing")
		require.Len(t, s.file(r), 451)
	})
}

// Two workers at one report, as when one was taken for dead: one file, whole.
func TestTwoWorkersMakeOneFile(t *testing.T) {
	stages(t, 0, func(t *testing.T, s *stage) {
		r := s.lateness(s.staff(450))
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				if err := s.build(t.Context(), r); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		require.Equal(t, reports.ReportDone, s.state(r))
		require.Len(t, s.file(r), 451)
	})
}

func TestAReportIsCancelledWhileItIsMade(t *testing.T) {
	stages(t, 1, func(t *testing.T, s *stage) {
		u := s.staff(450)
		s.loses = func(task.Outboxed) bool { return true }
		r := s.lateness(u)
		s.loses = nil
		var once sync.Once
		s.hears = func(m realtime.Message) {
			if m.Event == realtime.EventReport {
				once.Do(func() {
					_, err := s.Reports.CancelReport(t.Context(), ledger.Actor{UserID: u.ID}, r.ID)
					if err != nil {
						t.Error(err)
					}
				})
			}
		}
		s.deliver(s.handed())
		channel := realtime.AccountChannel(u.ID)
		s.until("told", func() bool {
			told := events[worker.ReportProgressed](s, channel, realtime.EventReport)
			return len(told) > 0 && told[len(told)-1].State == reports.ReportCancelled
		})
		_, err := s.Reports.ReportChunk(t.Context(), r.ID, 0)
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err), "nothing is left of it")
		_, err = s.Reports.CancelReport(t.Context(), ledger.Actor{UserID: u.ID}, r.ID)
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(err))
		require.Empty(
			t,
			must(s.DeadLetters.DeadLetters(t.Context(), ledger.DeadLetterFilter{Limit: 10})),
			"a wish is no failure",
		)
	})
}

func must[T, N any](v T, _ N, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A report that cannot be made fails, and whoever waits hears of it; its dead letter can be retried.
func TestAReportThatCannotBeMade(t *testing.T) {
	stages(t, 1, func(t *testing.T, s *stage) {
		u := s.staff(1)
		r, err := s.Reports.CreateReport(t.Context(), ledger.Actor{UserID: u.ID},
			reports.ReportRequest{Kind: reports.ReportLateness, Format: reports.FormatCSV, Locale: "id",
				BranchID: 4242, From: s.today(), To: s.today()})
		require.NoError(t, err)
		s.until("failed", func() bool { return s.state(r) == reports.ReportFailed })
		now, err := s.Reports.Report(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, reports.ReportInternal, now.Error)
		s.until("told", func() bool {
			told := events[worker.ReportProgressed](s, realtime.AccountChannel(u.ID), realtime.EventReport)
			return len(told) > 0 && told[len(told)-1].State == reports.ReportFailed
		})
		letters := must(s.DeadLetters.DeadLetters(t.Context(), ledger.DeadLetterFilter{Limit: 10}))
		require.Len(t, letters, 1)
		again, mine, err := s.Reports.ClaimReport(t.Context(), r.ID)
		require.NoError(t, err)
		require.True(t, mine, "an operator may have it tried again")
		require.Equal(t, reports.ReportRunning, again.State)
	})
}

// A task whose report is gone has nothing to do.
func TestATaskWithoutItsReport(t *testing.T) {
	stages(t, 0, func(t *testing.T, s *stage) {
		require.NoError(t, s.build(t.Context(), reports.Report{ID: 4242}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		defer cancel()
		<-ctx.Done()
		require.Error(t, s.build(ctx, reports.Report{ID: 4242}))
		require.False(t, errors.Is(s.build(ctx, reports.Report{ID: 4242}), outside.ErrReportLost))
	})
}
