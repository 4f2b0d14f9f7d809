package worker_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/importer"
	"hadir/internal/mail"
	"hadir/internal/queue"
	"hadir/internal/realtime"
	"hadir/internal/store"
	"hadir/internal/store/days"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/testkit"
	"hadir/internal/testkit/migrated"
	"hadir/internal/webhook"
	"hadir/worker"

	"github.com/stretchr/testify/require"
)

var quiet = slog.New(slog.DiscardHandler)

// stage is a database, a queue and some workers. Its clock stands ten days back, so that the broker, which goes by the
// machine's, holds nothing for later.
type stage struct {
	*store.Store
	t        *testing.T
	clock    *clock.Manual
	queue    *queue.Client
	branches []attendance.Branch
	people   []attendance.Employee

	mu   sync.Mutex
	sent []realtime.Message
	left []task.Outboxed // by commits, in order
	// loses, if set before, makes the stage forget outbox rows, as a process does that dies after its commit.
	loses func(r task.Outboxed) bool
	// hears, if set before there is anything to hear, is told of each message before it counts as sent.
	hears func(m realtime.Message)
}

// Revoke implements realtime.Publisher.
func (s *stage) Revoke(context.Context, string) error { return nil }

// Publish implements realtime.Publisher.
func (s *stage) Publish(_ context.Context, messages ...realtime.Message) error {
	if s.hears != nil {
		for _, m := range messages {
			s.hears(m)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, messages...)
	return nil
}

// events returns the data of what was sent on a channel, in order.
func events[T any](s *stage, channel, event string) []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []T
	for _, m := range s.sent {
		if m.Channel == channel && m.Event == event {
			var v T
			require.NoError(s.t, json.Unmarshal(m.Data, &v))
			out = append(out, v)
		}
	}
	return out
}

// Without a handler the tasks of a kind would wait for ever.
func TestEveryKindHasAHandler(t *testing.T) {
	t.Parallel()
	handled := worker.New(worker.Options{Clock: clock.System()}).Handlers()
	require.ElementsMatch(t, task.Kinds(), slices.Collect(maps.Keys(handled)))
}

// stages runs a test on both databases with so many workers on one queue.
func stages(t *testing.T, workers int, test func(t *testing.T, s *stage)) {
	t.Parallel()
	for name, url := range migrated.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newStage(t, url, workers))
		})
	}
}

func newStage(t *testing.T, url string, workers int) *stage {
	return newStageWith(t, url, workers, nil)
}

// newStageWith makes a stage whose workers send e-mails to a server, if there is one.
func newStageWith(t *testing.T, url string, workers int, letters *testkit.SMTPServer) *stage {
	t.Helper()
	var mailer worker.Mailer
	if letters != nil {
		sender, err := mail.New("smtp://hadir:rahasia@"+letters.Addr, "Hadir <hadir@contoh.id>", letters.Client)
		require.NoError(t, err)
		mailer = sender
	}
	zone, err := time.LoadLocation("Asia/Jakarta")
	require.NoError(t, err)
	noon := attendance.DateOf(time.Now(), zone).AddDays(-10).At(12*60, zone)
	s := &stage{t: t, clock: clock.NewManual(noon)}
	s.Store, err = store.Open(t.Context(), store.Options{URL: url, Clock: s.clock, OnCommit: s.deliver})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.DB.Close()) })
	broker, err := queue.Open(t.Context(), queue.Options{URL: "embedded", Log: quiet, Patience: 30 * time.Second})
	require.NoError(t, err)
	s.queue = queue.NewClient(broker)
	s.company() // what is added may leave tasks
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = broker.Run(ctx) })
	for range workers {
		w := worker.New(worker.Options{Store: worker.RoomsOf(s.Store), Publisher: s, Queue: s.queue,
			Sender:      webhook.NewSender(true),
			RemindAfter: 15 * time.Minute, Mailer: mailer, AuditMail: "pengawas@contoh.id", Clock: s.clock, Log: quiet})
		server := queue.NewServer(broker,
			queue.ServerOptions{Concurrency: 4, Handlers: w.Handlers(), Ledger: s.account(), Clock: clock.System(),
				Log: quiet, ShutdownTimeout: 5 * time.Second})
		running.Go(func() { _ = server.Run(ctx) })
	}
	t.Cleanup(func() { stop(); running.Wait(); require.NoError(t, broker.Close()) })
	return s
}

// company makes two branches, of which only the first works at night, with three people each.
func (s *stage) company() {
	t, ctx := s.t, s.t.Context()
	shifts := map[string]int64{}
	for code, hours := range map[string][2]int{"P": {8 * 60, 17 * 60}, "M": {22 * 60, 6 * 60}} {
		sh, err := s.Shifts.AddShift(ctx,
			attendance.Shift{Code: code, Name: code, Start: attendance.LocalTime(hours[0]),
				End: attendance.LocalTime(hours[1]), OpensBefore: 120, ClosesAfter: 240, LateGrace: 10,
				BreakMinutes: 60, BreakAfter: 240, Active: true}, ledger.Actor{})
		require.NoError(t, err)
		shifts[code] = sh.ID
	}
	for _, code := range []string{"JKT", "MKS"} {
		b, err := s.Branches.AddBranch(ctx,
			attendance.Branch{Code: code, Name: code, Zone: "Asia/Jakarta", Policy: attendance.PolicyRecord,
				Active: true}, ledger.Actor{})
		require.NoError(t, err)
		s.branches = append(s.branches, b)
	}
	var as []attendance.Assignment
	for i := range 6 {
		s.people = append(s.people,
			attendance.Employee{Number: fmt.Sprintf("E-%d", i), Name: fmt.Sprintf("Orang %d", i),
				BranchID: s.branches[i/3].ID, Status: attendance.EmployeeActive})
	}
	_, err := s.Employees.UpsertEmployees(ctx, s.people)
	require.NoError(t, err)
	for i, p := range s.people {
		id := shifts["P"]
		if i == 2 {
			id = shifts["M"]
		}
		as = append(as, attendance.Assignment{EmployeeID: p.ID, From: s.today().AddDays(-100),
			Pattern: []int64{id, id, id, id, id, id, id}})
	}
	require.NoError(t, s.Assignments.AddAssignments(ctx, as))
}

// hiredToday makes today the first day on which anybody is planned, and so the first that is recapped.
func (s *stage) hiredToday() {
	today := s.today()
	for i := range s.people {
		s.people[i].HiredOn = &today
	}
	_, err := s.Employees.UpsertEmployees(s.t.Context(), s.people)
	require.NoError(s.t, err)
}

func (s *stage) today() attendance.Date {
	zone, err := time.LoadLocation("Asia/Jakarta")
	require.NoError(s.t, err)
	return attendance.DateOf(s.clock.Now(), zone)
}

func (s *stage) deliver(rows []task.Outboxed) {
	s.mu.Lock()
	s.left = append(s.left, rows...)
	s.mu.Unlock()
	for _, r := range rows {
		if s.loses != nil && s.loses(r) {
			continue
		}
		if _, err := s.queue.Deliver(context.Background(), r); err != nil {
			s.t.Error(err)
		}
	}
}

// punch records at the clock's time plus some.
func (s *stage) punch(person int, d attendance.Direction, after time.Duration) attendance.Recorded {
	at := s.clock.Now().Add(after)
	rs, err := s.Days.RecordBatch(s.t.Context(),
		[]attendance.NewPunch{
			{EmployeeID: s.people[person].ID, Direction: d, OccurredAt: at, Source: attendance.SourceWeb,
				IdempotencyKey: at.String() + string(d)}})
	require.NoError(s.t, err)
	require.NoError(s.t, rs[0].Err)
	return rs[0].Recorded
}

// tick is what the schedulers do, several of them at once.
func (s *stage) tick(name string) {
	for range 2 {
		err := s.queue.Enqueue(s.t.Context(), task.RecapTick, "recap:tick:"+name, task.Tick{V: 1},
			queue.EnqueueOptions{})
		if err != nil {
			require.ErrorIs(s.t, err, queue.ErrDuplicate)
		}
	}
}

const patience = testkit.Patience

func (s *stage) until(what string, holds func() bool) {
	s.t.Helper()
	require.Eventually(s.t, holds, patience, 10*time.Millisecond, what)
}

func (s *stage) recaps(branch int) []attendance.Recap {
	rs, next, err := s.Recaps.Recaps(s.t.Context(), days.RecapFilter{BranchIDs: []int64{s.branches[branch].ID},
		To: s.today().AddDays(10), Limit: 100})
	require.NoError(s.t, err)
	require.Empty(s.t, next)
	return rs
}

// recapped returns the dates of a branch in the order in which they were recapped.
func (s *stage) recapped(branch int) (out []attendance.Date) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.left {
		var p task.Recap
		require.NoError(s.t, json.Unmarshal(r.Payload, &p))
		if r.Kind == task.RecapBroadcast && p.BranchID == s.branches[branch].ID {
			out = append(out, p.WorkDate)
		}
	}
	return out
}

// A worker that dies after it kept a recap leaves the announcement in the outbox, and the relay brings it.
func TestARecapIsAnnouncedWhateverBecomesOfItsWorker(t *testing.T) {
	stages(t, 1, func(t *testing.T, s *stage) {
		s.hiredToday() // one date for each branch
		lost := make(chan task.Outboxed, 2)
		s.loses = func(r task.Outboxed) bool {
			if r.Kind == task.RecapBroadcast {
				lost <- r
			}
			return r.Kind == task.RecapBroadcast
		}
		s.clock.Advance(24 * time.Hour)
		s.tick("1")
		for range s.branches {
			<-lost
		}
		require.Empty(t, events[attendance.Recap](s, realtime.ChannelCompany, realtime.EventRecap))
		rows, err := s.Outbox.ClaimOutbox(
			t.Context(),
			s.clock.Now().Add(time.Minute),
			s.clock.Now().Add(time.Hour),
			100,
		)
		require.NoError(t, err)
		for _, r := range rows {
			_, err := s.queue.Deliver(t.Context(), r)
			require.NoError(t, err)
		}
		s.until("announced", func() bool {
			return len(events[attendance.Recap](s, realtime.ChannelCompany, realtime.EventRecap)) == len(s.branches)
		})
	})
}

// Nothing ran for three days: then each date is recapped once, in order, by whichever worker.
func TestMissedDaysAreRecappedInOrder(t *testing.T) {
	stages(t, 2, func(t *testing.T, s *stage) {
		s.hiredToday()
		first := s.today()
		s.punch(0, attendance.In, 0)
		s.punch(3, attendance.In, 0)
		s.clock.Advance(3 * 24 * time.Hour)
		for i := range 5 {
			s.tick(fmt.Sprint(i))
		}
		for branch := range s.branches {
			s.until("three recaps", func() bool { return len(s.recaps(branch)) == 3 })
			channel := realtime.BranchChannel(s.branches[branch].ID)
			s.until("announced",
				func() bool { return len(events[attendance.Recap](s, channel, realtime.EventRecap)) == 3 })
			told := events[attendance.Recap](s, channel, realtime.EventRecap)
			require.Equal(t, []attendance.Date{first, first.AddDays(1), first.AddDays(2)}, s.recapped(branch),
				"in order")
			// They are announced by tasks that may pass one another.
			slices.SortFunc(told, func(a, b attendance.Recap) int { return cmp.Compare(a.WorkDate, b.WorkDate) })
			for i, r := range told {
				require.Equal(t, first.AddDays(i), r.WorkDate)
				require.Equal(t, 3, r.Headcount)
				if i == 0 {
					require.Equal(t, 1, r.Counts[attendance.StatusIncomplete], "%+v", r)
					require.Equal(t, 2, r.Counts[attendance.StatusAbsent], "%+v", r)
				} else {
					require.Equal(t, map[attendance.Status]int{attendance.StatusAbsent: 3}, r.Counts)
				}
			}
		}
		s.tick("again")
		s.until("the tick ended", func() bool {
			return errors.Is(s.queue.Enqueue(t.Context(), task.RecapTick, "recap:tick:again", task.Tick{V: 1},
				queue.EnqueueOptions{}), queue.ErrDuplicate)
		})
		require.Len(t, events[attendance.Recap](s, realtime.ChannelCompany, realtime.EventRecap), 6, "none twice")
	})
}

// A punch that arrives after the recap counts.
func TestALatePunchIsCountedAgain(t *testing.T) {
	stages(t, 2, func(t *testing.T, s *stage) {
		s.hiredToday()
		s.punch(3, attendance.In, 0)
		yesterday := s.today()
		s.clock.Advance(24 * time.Hour)
		s.tick("1")
		s.until("a recap", func() bool { return len(s.recaps(1)) == 1 })
		require.Equal(t, map[attendance.Status]int{attendance.StatusIncomplete: 1, attendance.StatusAbsent: 2},
			s.recaps(1)[0].Counts)
		s.clock.Advance(2 * time.Minute)
		s.punch(3, attendance.Out, -24*time.Hour+5*time.Hour)
		s.until("counted again", func() bool { return s.recaps(1)[0].Counts[attendance.StatusIncomplete] == 0 })
		r := s.recaps(1)[0]
		require.Equal(t, yesterday, r.WorkDate)
		require.Equal(t, 3, r.Headcount)
		channel := realtime.BranchChannel(s.branches[1].ID)
		s.until("announced again",
			func() bool { return len(events[attendance.Recap](s, channel, realtime.EventRecap)) == 2 })
		require.Len(t, s.recaps(1), 1)
	})
}

// Everyone concerned is told, and the branch's counters follow.
func TestAPunchIsAnnounced(t *testing.T) {
	stages(t, 2, func(t *testing.T, s *stage) {
		for i := range 3 {
			s.punch(3+i, attendance.In, 0)
			s.clock.Advance(3 * time.Second)
		}
		channel := realtime.BranchChannel(s.branches[1].ID)
		s.until("a summary of all three", func() bool {
			// Two workers may publish theirs in either order; receivers keep the one of the later as_of.
			return slices.ContainsFunc(events[attendance.Summary](s, channel, realtime.EventSummary),
				func(sum attendance.Summary) bool { return sum.CheckedIn == 3 })
		})
		require.Len(t, events[attendance.Summary](s, realtime.BranchChannel(s.branches[0].ID), realtime.EventSummary),
			0)
		for i := range 3 {
			channel := realtime.EmployeeChannel(s.people[3+i].ID)
			s.until("everyone is told",
				func() bool { return len(events[realtime.Recorded](s, channel, realtime.EventRecorded)) > 0 })
			mine := events[realtime.Recorded](s, channel, realtime.EventRecorded)
			require.Equal(t, s.people[3+i].ID, mine[0].Days[0].EmployeeID)
			require.Equal(t, attendance.In, mine[0].Days[0].LastPunch.Direction, "the event says which punch made it")
		}
	})
}

// A payload that nobody can read dies at once, and operators hear of it.
func TestAPayloadOfNonsenseDies(t *testing.T) {
	stages(t, 1, func(t *testing.T, s *stage) {
		s.deliver([]task.Outboxed{{ID: 1 << 40, Kind: task.AttendanceBroadcast, Payload: []byte(`{"days":"x"}`)}})
		s.until("notified", func() bool {
			return len(events[task.Dead](s, realtime.ChannelOps, realtime.EventDeadTasks)) == 1
		})
		letters, _, err := s.DeadLetters.DeadLetters(
			t.Context(),
			ledger.DeadLetterFilter{State: task.DeadOpen, Limit: 10},
		)
		require.NoError(t, err)
		require.Len(t, letters, 1)
	})
}

// files is what an importer needs of the stage.
func (s *stage) files() importer.Store {
	return importer.Store{Branches: s.Branches, Employees: s.Employees, Recorder: s.Days}
}

// account is where a queue's server keeps account.
func (s *stage) account() queue.Ledger {
	return struct {
		*ledger.Outcomes
		*ledger.DeadLetters
		*ledger.Outbox
	}{s.Outcomes, s.DeadLetters, s.Outbox}
}
