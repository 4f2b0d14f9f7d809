package db

import (
	"context"
	"fmt"
	"slices"

	"hadir/internal/attendance"

	"github.com/uptrace/bun"
)

// LockEmployee locks an employee's row, which whoever changes something of the employee or computes their days holds.
// Errors are CodeNotFound and CodeForgotten.
func (d *DB) LockEmployee(ctx context.Context, tx bun.IDB, id int64) error {
	var forgotten bool
	q := tx.NewSelect().Table("employees").Column("forgotten").Where("id = ?", id)
	switch err := d.ForUpdate(q, "").Scan(ctx, &forgotten); {
	case err != nil:
		return NotFound("lock employee", "no such employee", err)
	case forgotten:
		return attendance.Forgotten()
	}
	return nil
}

// NotForgotten refuses a change of employees some of whom were forgotten for good: CodeForgotten, as
// attendance.Refused. It locks the rows, so that nobody is forgotten before the change is over.
func (d *DB) NotForgotten(ctx context.Context, tx bun.IDB, ids ...int64) error {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	var refused attendance.Refused
	for chunk := range slices.Chunk(slices.Compact(ids), IDChunk) {
		var rows []struct {
			ID        int64 `bun:"id"`
			Forgotten bool  `bun:"forgotten"`
		}
		q := tx.NewSelect().Table("employees").Column("id", "forgotten").Where("id IN (?)", bun.List(chunk)).Order("id")
		if err := d.ForUpdate(q, "").Scan(ctx, &rows); err != nil {
			return fmt.Errorf("look for who was forgotten: %w", err)
		}
		for _, r := range rows {
			if r.Forgotten {
				refused = append(refused, attendance.Refusal{EmployeeID: r.ID, Err: attendance.Forgotten()})
			}
		}
	}
	return refused.OrNil()
}
