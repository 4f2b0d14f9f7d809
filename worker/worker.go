// Package worker runs the tasks behind the requests: it tells screens what changed, counts, recomputes, and reports
// dead letters. Every handler may run twice for one task and reads what it sends from the database, so that a late or
// repeated run only says again what is true now.
package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/gather"
	"hadir/internal/queue"
	"hadir/internal/realtime"
	"hadir/internal/task"
	"hadir/internal/telemetry"
	"hadir/internal/webhook"

	"github.com/prometheus/client_golang/prometheus"
)

// Queue enqueues follow-up tasks: *queue.Client.
type Queue interface {
	Enqueue(ctx context.Context, kind task.Kind, id string, payload any, o queue.EnqueueOptions) error
}

// Options configures New.
type Options struct {
	Store     Rooms
	Publisher realtime.Publisher
	Queue     Queue
	// Sender sends webhooks; nil means one that refuses private addresses.
	Sender Sender
	// RemindAfter is how long after the start of a shift a missing check-in is pointed out; 0 turns reminders off.
	RemindAfter time.Duration
	// Mailer sends e-mails; nil means that none go out.
	Mailer Mailer
	// PublicURL is what links in e-mails begin with, without a slash at its end; empty means that no e-mail with a link
	// goes out.
	PublicURL string
	// AuditMail gets the head of the audit log by e-mail; empty for nobody.
	AuditMail string
	// Keep is how long positions and addresses are kept.
	Keep     Keep
	Clock    clock.Clock
	Log      *slog.Logger
	Registry prometheus.Registerer
	Tracer   *telemetry.Tracer // may be nil
}

// Worker holds the handlers.
type Worker struct {
	o       Options
	latency prometheus.Histogram
	frames  *prometheus.CounterVec
	removed *prometheus.CounterVec // personal data, by what
	hooks   hooks
	gather  *gather.Group[broadcasting]
	begun   time.Time

	mu sync.Mutex
	// asked remembers, by branch, the second for which a summary was asked last, so that a burst of broadcasts costs
	// two round trips a second and branch, not two each.
	asked map[int64]int64
}

// New returns a worker.
func New(o Options) *Worker {
	if o.Sender == nil {
		o.Sender = webhook.NewSender(false)
	}
	w := &Worker{o: o, begun: o.Clock.Now(), asked: map[int64]int64{},
		hooks: hooks{sending: map[int64]int{}, quick: map[int64]bool{}},
		latency: prometheus.NewHistogram(
			prometheus.HistogramOpts{Name: "hadir_broadcast_latency_seconds",
				Help:    "From the commit of a change to its publication on the bus.",
				Buckets: []float64{.005, .01, .02, .03, .05, .1, .25, .5, 1, 5, 30, 300}}),
		frames: prometheus.NewCounterVec(
			prometheus.CounterOpts{Name: "hadir_broadcast_messages_total",
				Help: "Messages published on the bus, by event."}, []string{"event"}),
		removed: prometheus.NewCounterVec(
			prometheus.CounterOpts{Name: "hadir_personal_data_removed_total",
				Help: "Rows from which personal data was removed by age, by what."}, []string{"what"}),
	}
	w.gather = gather.New(together, w.sendDays)
	if o.Registry != nil {
		o.Registry.MustRegister(w.latency, w.frames, w.removed)
	}
	return w
}

// Handlers returns the handler of every kind.
func (w *Worker) Handlers() map[task.Kind]queue.Handler {
	return map[task.Kind]queue.Handler{
		task.AttendanceBroadcast: typed(w.broadcast),
		task.SummaryRefresh:      typed(w.summary),
		task.AttendanceRecompute: typed(w.recompute),
		task.RecapTick:           typed(w.recapTick),
		task.RecapBranch:         typed(w.recapBranch),
		task.RecapBroadcast:      typed(w.recapBroadcast),
		task.RequestBroadcast:    typed(w.requestBroadcast),
		task.CorrectionApply:     typed(w.correctionApply),
		task.ReportBuild:         typed(w.buildReport),
		task.DeadNotify:          typed(w.deadNotify),
		task.AccessChanged:       typed(w.accessChanged),
		task.ImportEmployees:     typed(w.importFile),
		task.ImportPunches:       typed(w.importFile),
		task.WebhookDeliver:      typed(w.webhookDeliver),
		task.ReminderTick:        typed(w.reminderTick),
		task.ReminderMail:        typed(w.reminderMail),
		task.AuditHead:           typed(w.auditHead),
		task.AuditMail:           typed(w.auditMail),
		task.AccountMail:         typed(w.accountMail),
		task.RetentionSweep:      typed(w.retention),
	}
}

// accessChanged ends the sockets of a user, so that they ask for every channel anew, and lets the api nodes forget
// their sessions.
func (w *Worker) accessChanged(ctx context.Context, p task.Access) error {
	return w.o.Publisher.Revoke(ctx, strconv.FormatInt(p.UserID, 10))
}

// typed decodes a payload before its handler runs. A payload that cannot be decoded never will be.
func typed[P any](run func(ctx context.Context, p P) error) queue.Handler {
	return func(ctx context.Context, payload []byte) error {
		var p P
		if err := json.Unmarshal(payload, &p); err != nil {
			return queue.Permanent(fmt.Errorf("worker: payload: %w", err))
		}
		return run(ctx, p)
	}
}

func (w *Worker) publish(ctx context.Context, messages []realtime.Message) error {
	if len(messages) == 0 {
		return nil
	}
	if err := w.o.Publisher.Publish(ctx, messages...); err != nil {
		return fmt.Errorf("worker: publish: %w", err)
	}
	for _, m := range messages {
		w.frames.WithLabelValues(m.Event).Inc()
	}
	return nil
}

// daysPerMessage keeps a message below the 10 KB that Pusher clients expect at the most.
const daysPerMessage = 20

// broadcast sends the present state of changed days to their branch, the company and the employees themselves, and asks
// for what follows from them.
func (w *Worker) broadcast(ctx context.Context, p task.Broadcast) error {
	b := broadcasting{task: p, trace: telemetry.Handover(ctx)}
	if err := w.gather.Do(ctx, &b); err != nil || len(b.entries) == 0 {
		return err
	}
	entries := b.entries
	if p.CommittedAt > 0 {
		w.latency.Observe(w.o.Clock.Now().Sub(time.UnixMilli(p.CommittedAt)).Seconds())
	}
	if err := w.hookDays(ctx, entries); err != nil {
		return err
	}
	asked := map[int64]bool{}
	for i := range entries {
		if branch := entries[i].BranchID; !asked[branch] {
			asked[branch] = true
			if err := w.askSummary(ctx, branch); err != nil {
				return err
			}
		}
	}
	return w.askRecaps(ctx, entries)
}

func (w *Worker) recorded(days []attendance.Entry, traces []string) (json.RawMessage, error) {
	data, err := json.Marshal(realtime.Recorded{Days: days, Traces: traces, SentAt: w.o.Clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("worker: encoding days: %w", err)
	}
	return data, nil
}

// askSummary asks for a branch's summary at once and again for the beginning of the next second, each under an id made
// of branch and second. So there is at most one a second over all workers, the first change shows at once, and the last
// change of a burst is always counted by a summary that began after it.
func (w *Worker) askSummary(ctx context.Context, branch int64) error {
	now := w.o.Clock.Now()
	second := now.Unix()
	w.mu.Lock()
	known := w.asked[branch] == second
	w.mu.Unlock()
	if known {
		return nil
	}
	for _, s := range []int64{second, second + 1} {
		o := queue.EnqueueOptions{}
		if s > second {
			o.At = time.Unix(s, 0)
		}
		id := "summary:" + strconv.FormatInt(branch, 10) + ":" + strconv.FormatInt(s, 10)
		if err := w.o.Queue.Enqueue(ctx, task.SummaryRefresh, id, task.Summary{V: 1, BranchID: branch},
			o); err != nil && !errors.Is(err, queue.ErrDuplicate) {
			return fmt.Errorf("worker: asking for a summary: %w", err)
		}
	}
	w.mu.Lock()
	w.asked[branch] = second // only once both are queued
	w.mu.Unlock()
	return nil
}

// summary sends a branch's counters.
func (w *Worker) summary(ctx context.Context, p task.Summary) error {
	summaries, err := w.o.Store.Lists.Summaries(ctx, []int64{p.BranchID}, nil, w.o.Clock.Now())
	if err != nil {
		return fmt.Errorf("worker: summary: %w", err)
	}
	messages := make([]realtime.Message, 0, 2*len(summaries))
	for _, s := range summaries {
		data, err := json.Marshal(s)
		if err != nil {
			return queue.Permanent(fmt.Errorf("worker: encoding a summary: %w", err))
		}
		messages = append(messages,
			realtime.Message{Channel: realtime.BranchChannel(s.BranchID), Event: realtime.EventSummary, Data: data},
			realtime.Message{Channel: realtime.ChannelCompany, Event: realtime.EventSummary, Data: data})
	}
	return w.publish(ctx, messages)
}

// recomputePage is how many employees are listed at a time. Listing those of a branch reads the index of its days.
const recomputePage = 20_000

// recompute computes the days again whose inputs changed.
func (w *Worker) recompute(ctx context.Context, p task.Recompute) error {
	do := func(ids []int64) error {
		if _, err := w.o.Store.Days.RecomputeDays(ctx, ids, p.From, p.To); err != nil {
			return fmt.Errorf("worker: recompute: %w", err)
		}
		return nil
	}
	if len(p.EmployeeIDs) > 0 {
		return do(p.EmployeeIDs)
	}
	next := w.o.Store.Employees.Everybody
	if p.BranchID != 0 {
		next = func(ctx context.Context, after int64, limit int) ([]int64, error) {
			dates := attendance.Dates{From: p.From, To: p.To}
			return w.o.Store.Employees.People(ctx, p.BranchID, dates, after, limit)
		}
	}
	for after := int64(0); ; {
		ids, err := next(ctx, after, recomputePage)
		if err != nil {
			return fmt.Errorf("worker: recompute: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		if err := do(ids); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

// deadNotify tells operators that a task died, and whoever waited for it what became of it.
func (w *Worker) deadNotify(ctx context.Context, p task.Dead) error {
	d, err := w.o.Store.DeadLetters.DeadLetter(ctx, p.ID)
	if err == nil {
		err = w.tellFailed(ctx, d)
	}
	if err != nil && attendance.CodeOf(err) != attendance.CodeNotFound {
		return fmt.Errorf("worker: announcing dead letter %d: %w", p.ID, err)
	}
	data, err := json.Marshal(p)
	if err != nil {
		return queue.Permanent(err)
	}
	return w.publish(ctx, []realtime.Message{
		{Channel: realtime.ChannelOps, Event: realtime.EventDeadTasks, Data: data}})
}

// tellFailed tells the user of a report or an import whose task died how it stands.
func (w *Worker) tellFailed(ctx context.Context, d task.DeadLetter) error {
	switch d.Kind {
	case task.ReportBuild:
		var p task.Report
		if !d.Read(&p) {
			return nil
		}
		r, err := w.o.Store.Reports.Report(ctx, p.ID)
		if err != nil {
			return err
		}
		return w.tellReport(ctx, r.Report)
	case task.ImportEmployees, task.ImportPunches:
		var p task.Import
		if !d.Read(&p) {
			return nil
		}
		im, err := w.o.Store.Imports.FileImport(ctx, p.ID, false)
		if err != nil {
			return err
		}
		w.tellImport(ctx, &im)
	}
	return nil
}
