package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// insertNumbered runs an insert of n rows into a table with an automatic id and returns the first id and the step
// between ids. One statement of a known number of rows gets its ids in one piece: InnoDB reserves them together in every
// innodb_autoinc_lock_mode, with auto_increment_increment between them (a Galera cluster sets it), and SQLite has one writer.
func (s *Store) insertNumbered(ctx context.Context, db bun.IDB, q *bun.InsertQuery, n int) (first, step int64, err error) {
	res, err := q.Returning("NULL").Exec(ctx)
	if err != nil {
		return 0, 0, err
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, 0, err
	}
	if s.dialect == sqliteName {
		return id - int64(n) + 1, 1, nil // SQLite reports the last id, MySQL the first
	}
	step = s.autoIncrement.Load()
	if step == 0 {
		if err := db.NewRaw("SELECT @@auto_increment_increment").Scan(ctx, &step); err != nil {
			return 0, 0, err
		}
		s.autoIncrement.Store(step)
	}
	return id, step, nil
}

// upsertDays writes days, whose versions the caller has raised while it held the employees' locks.
func upsertDays(ctx context.Context, s *Store, tx bun.Tx, days []attendance.Day) error {
	for chunk := range slices.Chunk(days, 1000) {
		rows := make([]dayRow, len(chunk))
		for i := range chunk {
			rows[i] = newDayRow(chunk[i])
		}
		sets := make([]string, len(dayColumns))
		for i, c := range dayColumns {
			sets[i] = c + " = " + s.inserted(c)
		}
		if _, err := s.upsert(tx.NewInsert().Model(&rows), "employee_id, work_date", sets...).Exec(ctx); err != nil {
			return fmt.Errorf("upsert days: %w", err)
		}
	}
	return nil
}

// dayColumns are the columns of attendances besides the key.
var dayColumns = []string{"branch_id", "zone", "shift_id", "shift_name", "shift_start", "shift_end", "window_opens", "window_closes",
	"first_in", "last_out", "status", "late_minutes", "early_minutes", "worked_minutes", "overtime_minutes", "flags", "punch_count",
	"version", "updated_at"}

// broadcastDays is how many days one broadcast names at the most.
const broadcastDays = 256

// insertBroadcasts leaves outbox rows that announce changed days.
func (s *Store) insertBroadcasts(ctx context.Context, tx bun.Tx, days []attendance.Day, traces []string) ([]task.Outboxed, error) {
	if len(days) == 0 {
		return nil, nil
	}
	now := s.clock.Now()
	var rows []outboxRow
	for chunk := range slices.Chunk(days, broadcastDays) {
		payload := task.Broadcast{V: 1, Days: make([]task.DayRef, len(chunk)), Traces: traces, CommittedAt: now.UnixMilli()}
		for i := range chunk {
			payload.Days[i] = task.DayRef{EmployeeID: chunk[i].EmployeeID, WorkDate: chunk[i].WorkDate, Version: chunk[i].Version}
		}
		j, err := json.Marshal(payload)
		if err != nil {
			return nil, fmt.Errorf("broadcast: %w", err)
		}
		trace := ""
		if len(traces) > 0 {
			trace = traces[0]
		}
		rows = append(rows, outboxRow{Kind: string(task.AttendanceBroadcast), Payload: string(j), Trace: trace, CreatedAt: now})
	}
	first, step, err := s.insertNumbered(ctx, tx, tx.NewInsert().Model(&rows), len(rows))
	if err != nil {
		return nil, fmt.Errorf("insert outbox: %w", err)
	}
	out := make([]task.Outboxed, len(rows))
	for i := range rows {
		rows[i].ID = first + int64(i)*step
		out[i] = rows[i].domain()
	}
	return out, nil
}
