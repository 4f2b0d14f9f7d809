package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/queue"
	"hadir/internal/realtime"
	"hadir/internal/store/days"
	"hadir/internal/task"
	"hadir/internal/webhook"
)

// recapTick lets the moves become the present whose date has begun, and asks for the recaps that are due. What is due
// is read from the database, so that a tick may be late, repeated or missed: the next one finds the same and more.
func (w *Worker) recapTick(ctx context.Context, _ task.Tick) error {
	if _, err := w.o.Store.Employees.BeginEmployments(ctx, w.o.Clock.Now()); err != nil {
		return fmt.Errorf("worker: recap tick: %w", err)
	}
	due, err := w.o.Store.Recaps.DueRecaps(ctx, w.o.Clock.Now())
	if err != nil {
		return fmt.Errorf("worker: recap tick: %w", err)
	}
	for _, d := range due {
		id := "recap:" + strconv.FormatInt(d.BranchID, 10) + ":" + d.WorkDate.String()
		err := w.o.Queue.Enqueue(ctx, task.RecapBranch, id,
			task.Recap{V: 1, BranchID: d.BranchID, WorkDate: d.WorkDate}, queue.EnqueueOptions{})
		if err != nil && !errors.Is(err, queue.ErrDuplicate) {
			return fmt.Errorf("worker: recap tick: %w", err)
		}
	}
	return nil
}

// recapBranch closes a branch's dates that are over, from the given one on, and counts them. Each date is kept before
// the next is begun, so a task that is cut off goes on where it was.
func (w *Worker) recapBranch(ctx context.Context, p task.Recap) error {
	if p.Again {
		return w.recap(ctx, p.BranchID, p.WorkDate, true)
	}
	for {
		due, ok, err := w.o.Store.Recaps.DueRecap(ctx, p.BranchID, w.o.Clock.Now())
		if err != nil {
			return fmt.Errorf("worker: recap: %w", err)
		}
		if !ok {
			return nil
		}
		n, err := w.o.Store.Days.CloseDays(ctx, p.BranchID, due)
		if err != nil {
			return fmt.Errorf("worker: recap: %w", err)
		}
		if err := w.recap(ctx, p.BranchID, due, false); err != nil {
			return err
		}
		rest, err := w.o.Store.Days.CloseRest(ctx, p.BranchID, due.AddDays(-1))
		if err != nil {
			return fmt.Errorf("worker: recap: %w", err)
		}
		w.o.Log.InfoContext(ctx, "recapped", "branch", p.BranchID, "work_date", due.String(), "days_closed", n+rest)
	}
}

// recap counts a date; what is news is announced by a task of its own, which the same transaction left behind, so that
// a worker that dies in between takes no announcement with it.
func (w *Worker) recap(ctx context.Context, branch int64, d attendance.Date, again bool) error {
	if _, _, err := w.o.Store.Recaps.Recap(ctx, branch, d, again); err != nil {
		return fmt.Errorf("worker: recap: %w", err)
	}
	return nil
}

// recapBroadcast announces the present recap of a date.
func (w *Worker) recapBroadcast(ctx context.Context, p task.Recap) error {
	r, err := w.o.Store.Recaps.RecapOf(ctx, p.BranchID, p.WorkDate)
	if attendance.CodeOf(err) == attendance.CodeNotFound {
		return nil // its branch was removed
	}
	if err != nil {
		return fmt.Errorf("worker: announcing a recap: %w", err)
	}
	data, err := json.Marshal(r)
	if err != nil {
		return queue.Permanent(fmt.Errorf("worker: encoding a recap: %w", err))
	}
	err = w.publish(ctx, []realtime.Message{
		{Channel: realtime.BranchChannel(p.BranchID), Event: realtime.EventRecap, Data: data},
		{Channel: realtime.ChannelCompany, Event: realtime.EventRecap, Data: data},
	})
	if err != nil {
		return err
	}
	return w.Hook(ctx, webhook.KindRecap, data)
}

// askRecaps asks for dates that were recapped already to be counted again after days of theirs changed: a punch came
// late, a correction was approved, a holiday was edited. Changes of one minute are counted together, at its end.
func (w *Worker) askRecaps(ctx context.Context, entries []attendance.Entry) error {
	now := w.o.Clock.Now()
	past, err := w.o.Store.Recaps.PastDays(ctx, entries, now)
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	end := now.Truncate(time.Minute).Add(time.Minute)
	for _, d := range past {
		if err := w.askRecap(ctx, d, end.Add(clockSkew)); err != nil {
			return err
		}
	}
	return nil
}

// clockSkew is how far apart the clocks of two workers may be without one of them adding a change to a minute that was
// counted already.
const clockSkew = 10 * time.Second

func (w *Worker) askRecap(ctx context.Context, d days.RecapDue, at time.Time) error {
	id := "recap:again:" + strconv.FormatInt(d.BranchID, 10) + ":" + d.WorkDate.String() + ":" +
		strconv.FormatInt(at.Unix(), 10)
	err := w.o.Queue.Enqueue(ctx, task.RecapBranch, id,
		task.Recap{V: 1, BranchID: d.BranchID, WorkDate: d.WorkDate, Again: true}, queue.EnqueueOptions{At: at})
	if err != nil && !errors.Is(err, queue.ErrDuplicate) {
		return fmt.Errorf("worker: asking for a recap: %w", err)
	}
	return nil
}
