package days

import (
	"context"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/dayrows"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/telemetry"

	"github.com/uptrace/bun/schema"
)

// broadcastDays is how many days one broadcast names at the most.
const broadcastDays = 256

// commitDays runs the given statements, writes changed days and the outbox rows that announce them, and ends the
// transaction. The traces are those of the requests behind it. It returns the last inserted id of each given statement.
func (s *Days) commitDays(ctx context.Context, p *db.Pipeline, days []attendance.Day, traces []string,
	before ...schema.QueryAppender) ([]task.Outboxed, []int64, error) {
	if len(days) == 0 {
		ids, err := p.Commit(ctx, before...)
		return nil, ids, err
	}
	step, err := s.db.StepOfIDs(ctx, p.Conn)
	if err != nil {
		return nil, nil, err
	}
	rows, err := broadcasts(ctx, days, traces, s.db.Clock.Now())
	if err != nil {
		return nil, nil, err
	}
	n := len(before)
	ids, err := p.Commit(ctx, append(before, dayrows.Upsert(s.db, days),
		s.db.Builder().NewInsert().Model(&rows).Returning("NULL"))...)
	if err != nil {
		return nil, nil, err
	}
	first := s.db.FirstID(ids[n+1], len(rows))
	out := make([]task.Outboxed, len(rows))
	for i := range rows {
		rows[i].ID = first + int64(i)*step
		out[i] = rows[i].Domain()
	}
	return out, ids[:n], nil
}

// broadcasts are the outbox rows that announce changed days.
func broadcasts(ctx context.Context, days []attendance.Day, traces []string, now time.Time) ([]ledger.OutboxRow,
	error) {
	ids := make([]string, len(traces))
	for i, t := range traces {
		ids[i] = telemetry.TraceID(t)
	}
	var rows []ledger.OutboxRow
	for chunk := range slices.Chunk(days, broadcastDays) {
		payload := task.Broadcast{V: 1, Days: make([]task.DayRef, len(chunk)), Traces: ids,
			CommittedAt: now.UnixMilli()}
		for i := range chunk {
			payload.Days[i] = task.DayRef{EmployeeID: chunk[i].EmployeeID, WorkDate: chunk[i].WorkDate,
				Version: chunk[i].Version}
		}
		row, err := ledger.TaskRow(ctx, task.AttendanceBroadcast, payload, now)
		if err != nil {
			return nil, err
		}
		if row.Trace == "" && len(traces) > 0 {
			row.Trace = traces[0]
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// recapsAgain are the statements that leave a task for each branch and date that is to be counted again.
func (s *Days) recapsAgain(ctx context.Context, left []RecapDue) ([]schema.QueryAppender, error) {
	if len(left) == 0 {
		return nil, nil
	}
	seen := map[RecapDue]bool{}
	var rows []ledger.OutboxRow
	for _, l := range left {
		if seen[l] {
			continue
		}
		seen[l] = true
		again := task.Recap{V: 1, BranchID: l.BranchID, WorkDate: l.WorkDate, Again: true}
		row, err := ledger.TaskRow(ctx, task.RecapBranch, again, s.db.Clock.Now())
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return []schema.QueryAppender{s.db.Builder().NewInsert().Model(&rows).Returning("NULL")}, nil
}
