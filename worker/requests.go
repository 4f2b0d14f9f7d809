package worker

import (
	"context"
	"encoding/json"
	"fmt"

	"hadir/internal/attendance"
	"hadir/internal/queue"
	"hadir/internal/realtime"
	"hadir/internal/task"
	"hadir/internal/webhook"
)

// requestBroadcast tells the employee, the admins of the branches and the company's of a request's present state.
func (w *Worker) requestBroadcast(ctx context.Context, p task.Request) error {
	q, err := w.o.Store.Requests.Request(ctx, p.Type, p.ID)
	if attendance.CodeOf(err) == attendance.CodeNotFound {
		return queue.Permanent(fmt.Errorf("worker: request: %w", err))
	}
	if err != nil {
		return fmt.Errorf("worker: request: %w", err)
	}
	data, err := json.Marshal(q)
	if err != nil {
		return queue.Permanent(fmt.Errorf("worker: encoding a request: %w", err))
	}
	branches, err := w.o.Store.Requests.BranchesOf(ctx, &q)
	if err != nil {
		return fmt.Errorf("worker: branches of a request: %w", err)
	}
	channels := []string{realtime.ChannelCompany, realtime.EmployeeChannel(q.EmployeeID)}
	for _, id := range branches {
		channels = append(channels, realtime.BranchChannel(id))
	}
	var messages []realtime.Message
	for _, channel := range channels {
		messages = append(messages, realtime.Message{Channel: channel, Event: realtime.EventRequest, Data: data})
	}
	if err := w.publish(ctx, messages); err != nil {
		return err
	}
	if err := w.Hook(ctx, webhook.KindRequest, data); err != nil {
		return err
	}
	if q.Type == attendance.RequestLeave &&
		(q.State == attendance.RequestApproved || q.State == attendance.RequestRevoked) {
		for _, id := range branches {
			if err := w.askSummary(ctx, id); err != nil { // today's plan counts it, whether or not a day is stored
				return err
			}
		}
	}
	return nil
}

// correctionApply adds the punch of an approved correction. It is there once however often the task runs.
func (w *Worker) correctionApply(ctx context.Context, p task.Request) error {
	refused, err := w.o.Store.Requests.Apply(ctx, p.ID)
	switch {
	case refused != nil:
		// Nothing about the employee changes by trying again; an operator retries once it did.
		return queue.Permanent(fmt.Errorf("worker: correction %d: %w", p.ID, refused))
	case attendance.CodeOf(err) == attendance.CodeNotFound:
		return queue.Permanent(fmt.Errorf("worker: correction: %w", err))
	case err != nil:
		return fmt.Errorf("worker: correction: %w", err)
	}
	return nil
}
