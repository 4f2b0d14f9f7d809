package store

import (
	"context"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/task"
	"hadir/internal/webhook"
)

// SaveDeadLetter stores a dead task, as open, once per (task id, died at); created is false if it was there. What the
// death changes is part of the same transaction, so that it happens also when the process dies right after: the task's
// outbox row goes, the death is counted, what the task was for is marked as failed, and the announcement is left in the
// outbox.
func (s *Store) SaveDeadLetter(ctx context.Context, d task.DeadLetter) (id int64, created bool, err error) {
	row := deadLetterRow{TaskID: clip(d.TaskID, 191), Queue: string(d.Queue), Kind: string(d.Kind), Payload: d.Payload,
		Error: clip(d.Error, 8000), Attempts: d.Attempts, DiedAt: d.DiedAt.UTC().Truncate(time.Microsecond),
		State: string(task.DeadOpen)}
	if row.Payload == nil {
		row.Payload = []byte{}
	}
	err = s.change(ctx, Actor{}, func(ctx context.Context, tx *Tx) error {
		row.ID = 0
		res, err := tx.NewInsert().Model(&row).Ignore().Returning("NULL").Exec(ctx)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		created = n == 1
		err = tx.NewSelect().Model((*deadLetterRow)(nil)).Column("id").
			Where("task_id = ? AND died_at = ?", row.TaskID, row.DiedAt).Scan(ctx, &id)
		if err != nil || !created {
			return err
		}
		return s.follow(ctx, tx, d, id)
	})
	if err != nil {
		return 0, false, failed("save dead letter", err)
	}
	return id, created, nil
}

// follow carries out what follows from a death.
func (s *Store) follow(ctx context.Context, tx *Tx, d task.DeadLetter, id int64) error {
	if row, ok := task.OutboxID(d.TaskID); ok {
		if _, err := tx.NewDelete().Model((*outboxRow)(nil)).Where("id = ?", row).Exec(ctx); err != nil {
			return err
		}
	}
	if err := s.consequence(ctx, tx, d); err != nil {
		return err
	}
	if d.Kind != task.DeadNotify { // the death of an announcement is not announced
		if err := tx.leave(ctx, task.DeadNotify, task.Dead{V: 1, ID: id}); err != nil {
			return err
		}
	}
	return s.addOutcomes(ctx, tx, []task.Outcome{{Minute: tx.now, Queue: d.Queue, Kind: d.Kind, Died: 1}})
}

// failWork marks what a dead task was for. A payload that cannot be read names nothing.
func (s *Store) failWork(ctx context.Context, tx *Tx, d task.DeadLetter) error {
	switch d.Kind {
	case task.ReportBuild:
		var p task.Report
		if !d.Read(&p) {
			return nil
		}
		_, err := s.failReport(ctx, tx.Tx, p.ID, attendance.ReportInternal)
		return unlessGone(err)
	case task.ImportEmployees, task.ImportPunches:
		var p task.Import
		if !d.Read(&p) {
			return nil
		}
		return unlessGone(s.stopImport(ctx, tx, p.ID))
	case task.WebhookDeliver:
		var p task.Webhook
		if !d.Read(&p) {
			return nil
		}
		_, err := tx.NewUpdate().Model((*deliveryRow)(nil)).Set("state = ?, claimed_until = NULL", webhook.StateDead).
			Where("message_id = ? AND state = ?", p.Message, webhook.StatePending).Exec(ctx)
		return err
	}
	return nil
}

// unlessGone forgives that the work of a dead task is no longer there.
func unlessGone(err error) error {
	if attendance.CodeOf(err) == attendance.CodeNotFound {
		return nil
	}
	return err
}

// stopImport notes that an import's task is dead. What was written stays, and so does the file: a retried dead letter
// goes on.
func (s *Store) stopImport(ctx context.Context, tx *Tx, id int64) error {
	row, err := s.lockImport(ctx, tx, id)
	if err != nil {
		return err
	}
	if im := row.domain(); !im.Open() {
		return nil
	}
	row.State, row.Reason = string(task.ImportFailed), task.ImportStopped
	return s.saveImport(ctx, tx, &row)
}
