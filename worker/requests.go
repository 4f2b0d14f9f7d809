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

// correctionApply adds the punch of an approved correction, that of a claim with what was known about it on arrival.
// The key is made of the correction, so that the punch is added once however often the task runs.
func (w *Worker) correctionApply(ctx context.Context, p task.Request) error {
	q, err := w.o.Store.Requests.Request(ctx, attendance.RequestCorrection, p.ID)
	if attendance.CodeOf(err) == attendance.CodeNotFound {
		return queue.Permanent(fmt.Errorf("worker: correction: %w", err))
	}
	if err != nil {
		return fmt.Errorf("worker: correction: %w", err)
	}
	if q.State != attendance.RequestApproved || q.PunchID != 0 {
		return nil
	}
	punch := attendance.NewPunch{EmployeeID: q.EmployeeID, Direction: q.Direction, OccurredAt: *q.OccurredAt,
		Source: attendance.SourceCorrection, Note: q.Reason,
		IdempotencyKey: attendance.CorrectionKey(q.ID)}
	judged, device, err := w.o.Store.Requests.Evidence(ctx, &q)
	switch {
	case err == nil:
		punch.Judged, punch.DeviceHash = &judged, device
	case attendance.CodeOf(err) != attendance.CodeNotFound:
		return fmt.Errorf("worker: correction: %w", err)
	}
	results, err := w.o.Store.Days.RecordBatch(ctx, []attendance.NewPunch{punch})
	if err != nil {
		return fmt.Errorf("worker: correction: %w", err)
	}
	if err := results[0].Err; err != nil {
		// Nothing about the employee changes by trying again; an operator retries once it did.
		return queue.Permanent(fmt.Errorf("worker: correction %d: %w", q.ID, err))
	}
	if err := w.o.Store.Requests.CorrectionApplied(ctx, q.ID, results[0].Punch.ID); err != nil {
		return fmt.Errorf("worker: correction: %w", err)
	}
	return nil
}
