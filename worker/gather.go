package worker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/gather"
	"hadir/internal/queue"
	"hadir/internal/realtime"
	"hadir/internal/task"
	"hadir/internal/telemetry"
)

// broadcasting is a task on its way. Those that run at the same moment are made one, as punches are by the recorder:
// one query for their days and one pipeline for their messages.
type broadcasting struct {
	task    task.Broadcast
	trace   string             // of the task's attempt
	entries []attendance.Entry // of its days, as they were sent
}

// together is how broadcasts are gathered.
var together = gather.Options{Leaders: 2, Most: 64, Timeout: 8 * time.Second}

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
