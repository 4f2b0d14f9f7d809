package outside

import (
	"context"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/webhook"
)

// FailWork marks what a dead task was for. A payload that cannot be read names nothing.
func (s *Deaths) FailWork(ctx context.Context, tx *ledger.Tx, d task.DeadLetter) error {
	switch d.Kind {
	case task.ReportBuild:
		var p task.Report
		if !d.Read(&p) {
			return nil
		}
		_, err := s.reports.failReport(ctx, tx.Tx, p.ID, reports.ReportInternal)
		return unlessGone(err)
	case task.ImportEmployees, task.ImportPunches:
		var p task.Import
		if !d.Read(&p) {
			return nil
		}
		return unlessGone(s.imports.stopImport(ctx, tx, p.ID))
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
func (s *Imports) stopImport(ctx context.Context, tx *ledger.Tx, id int64) error {
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
