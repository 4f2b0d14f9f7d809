package worker

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/queue"
	"hadir/internal/realtime"
	"hadir/internal/task"
	"hadir/internal/telemetry"
)

// gatherer makes one of the broadcasts that run at the same moment, as the recorder does of punches: one query for
// their days and one pipeline for their messages. While a batch is under way, those that arrive form the next; one that
// is alone waits for nobody. Whoever waits longest leads the next batch, so nobody works for others twice.
type gatherer struct {
	run func(ctx context.Context, batch []*broadcasting) error

	mu      sync.Mutex
	waiting []*broadcasting
	leaders int
}

// broadcasting is one task on its way.
type broadcasting struct {
	task    task.Broadcast
	trace   string             // of the task's attempt
	entries []attendance.Entry // of its days, as they were sent
	err     error
	done    chan struct{}
	lead    chan struct{} // holds the right to lead when it is given
}

const (
	// gatherLeaders is how many batches are under way at a time: while one waits for the database, another publishes.
	gatherLeaders = 2
	// gatherMost bounds the tasks in a batch.
	gatherMost = 64
	// gatherTimeout bounds a batch, which does not end with the task that leads it.
	gatherTimeout = 8 * time.Second
)

// send broadcasts a task's days together with those of others and returns what they are.
func (g *gatherer) send(ctx context.Context, p task.Broadcast) ([]attendance.Entry, error) {
	b := &broadcasting{task: p, trace: telemetry.Handover(ctx), done: make(chan struct{}), lead: make(chan struct{}, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, b)
	if g.leaders < gatherLeaders {
		g.leaders++
		b.lead <- struct{}{}
	}
	g.mu.Unlock()
	for {
		select {
		case <-b.done:
			g.leave(b)
			return b.entries, b.err
		case <-b.lead:
			g.next(ctx)
		case <-ctx.Done():
			g.leave(b)
			return nil, ctx.Err()
		}
	}
}

// next runs a batch of those who wait and gives the lead away.
func (g *gatherer) next(ctx context.Context) {
	g.mu.Lock()
	n := min(len(g.waiting), gatherMost)
	batch := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	g.mu.Unlock()
	if n > 0 {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), gatherTimeout)
		err := g.run(ctx, batch)
		cancel()
		for _, b := range batch {
			b.err = err
			close(b.done)
		}
	}
	g.handOn()
}

// handOn lets whoever waits longest lead.
func (g *gatherer) handOn() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, b := range g.waiting {
		if len(b.lead) == 0 {
			b.lead <- struct{}{}
			return
		}
	}
	g.leaders--
}

// leave ends a broadcast that was sent or whose time is over, and gives away the lead that it may have got meanwhile.
func (g *gatherer) leave(b *broadcasting) {
	g.mu.Lock()
	g.waiting = slices.DeleteFunc(g.waiting, func(other *broadcasting) bool { return other == b })
	g.mu.Unlock()
	select {
	case <-b.lead:
		g.handOn()
	default:
	}
}

type dayKey struct {
	employee int64
	date     attendance.Date
}

// sendDays sends the present state of the days that a batch names to their branches, the company and the employees
// themselves. A day that several tasks name is sent once.
func (w *Worker) sendDays(ctx context.Context, batch []*broadcasting) error {
	var refs []task.DayRef
	behindIt := make([]string, len(batch))
	for i, b := range batch {
		refs = append(refs, b.task.Days...)
		behindIt[i] = b.trace
	}
	// The context is that of the task which leads; the traces of all others go on from here, too.
	ctx, span := w.o.Tracer.StartMerged(ctx, "broadcast days", telemetry.Internal, behindIt)
	defer span.End()
	span.SetInt("hadir.broadcasts", len(batch))
	entries, err := w.o.Store.Lists.Entries(ctx, refs)
	if err != nil {
		return fmt.Errorf("worker: broadcast: %w", err)
	}
	traces := tracesOf(batch)
	messages, err := w.dayMessages(entries, traces)
	if err != nil {
		return queue.Permanent(err)
	}
	if err := w.publish(ctx, messages); err != nil {
		return err
	}
	byKey := make(map[dayKey]*attendance.Entry, len(entries))
	for i := range entries {
		byKey[dayKey{entries[i].EmployeeID, entries[i].WorkDate}] = &entries[i]
	}
	for _, b := range batch {
		for _, r := range b.task.Days {
			if e, ok := byKey[dayKey{r.EmployeeID, r.WorkDate}]; ok {
				b.entries = append(b.entries, *e)
			}
		}
	}
	return nil
}

// tracesOf returns the traces behind each day.
func tracesOf(batch []*broadcasting) map[dayKey][]string {
	out := map[dayKey][]string{}
	for _, b := range batch {
		if len(b.task.Traces) == 0 {
			continue
		}
		for _, r := range b.task.Days {
			k := dayKey{r.EmployeeID, r.WorkDate}
			out[k] = append(out[k], b.task.Traces...)
		}
	}
	return out
}

// mostTraces bounds the traces that one message carries, as a broadcast's are.
const mostTraces = 16

// dayMessages are the messages about days: to their branch and the company some at a time, to each employee the own
// ones.
func (w *Worker) dayMessages(entries []attendance.Entry, traces map[dayKey][]string) ([]realtime.Message, error) {
	byBranch := map[int64][]attendance.Entry{}
	for _, e := range entries {
		byBranch[e.BranchID] = append(byBranch[e.BranchID], e)
	}
	messages := make([]realtime.Message, 0, len(entries)+4)
	for branch, days := range byBranch {
		for some := range slices.Chunk(days, daysPerMessage) {
			data, err := w.recorded(some, behind(some, traces))
			if err != nil {
				return nil, err
			}
			messages = append(messages,
				realtime.Message{Channel: realtime.BranchChannel(branch), Event: realtime.EventRecorded, Data: data},
				realtime.Message{Channel: realtime.ChannelCompany, Event: realtime.EventRecorded, Data: data})
		}
	}
	for i := range entries {
		own := entries[i : i+1]
		data, err := w.recorded(own, behind(own, traces))
		if err != nil {
			return nil, err
		}
		messages = append(messages,
			realtime.Message{Channel: realtime.EmployeeChannel(own[0].EmployeeID), Event: realtime.EventRecorded,
				Data: data})
	}
	return messages, nil
}

// behind lists the traces behind some days, each once.
func behind(days []attendance.Entry, traces map[dayKey][]string) []string {
	var out []string
	for i := range days {
		for _, t := range traces[dayKey{days[i].EmployeeID, days[i].WorkDate}] {
			if len(out) < mostTraces && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}
