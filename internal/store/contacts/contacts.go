// Package contacts is the room in which the server keeps when it last met people. See attendance/contact.
package contacts

import (
	"context"
	"slices"
	"time"

	"hadir/internal/attendance/contact"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// Contacts holds one row for each employee whom the server ever met. No foreign key is looked at when it changes, so
// that nobody waits here for a batch of punches, which locks employees.
type Contacts struct{ db *db.DB }

// New returns the room.
func New(d *db.DB) *Contacts { return &Contacts{d} }

type row struct {
	bun.BaseModel `bun:"table:last_contacts,alias:lc"`

	EmployeeID int64      `bun:"employee_id,pk"`
	MetAt      time.Time  `bun:"met_at"`
	MetBefore  *time.Time `bun:"met_before"`
}

func (r *row) domain() contact.Met {
	m := contact.Met{At: r.MetAt.UTC()}
	if r.MetBefore != nil {
		m.Before = r.MetBefore.UTC()
	}
	return m
}

// Met returns when the server met an employee, who may be unknown.
func (c *Contacts) Met(ctx context.Context, employeeID int64) (contact.Met, error) {
	known, err := c.known(ctx, []int64{employeeID})
	return known[employeeID], err
}

func (c *Contacts) known(ctx context.Context, ids []int64) (map[int64]contact.Met, error) {
	var rows []row
	err := c.db.Read().NewSelect().Model(&rows).Where("lc.employee_id IN (?)", bun.List(ids)).Scan(ctx)
	if err != nil {
		return nil, db.Failed("load last contacts", err)
	}
	known := make(map[int64]contact.Met, len(rows))
	for i := range rows {
		known[rows[i].EmployeeID] = rows[i].domain()
	}
	return known, nil
}

// Meet notes that the server met some employees, each once, and returns what it knows of each by then. Nothing is
// written about those whom it met less than contact.Every ago, also by another node, and the others take one statement
// together.
func (c *Contacts) Meet(ctx context.Context, ids []int64, now time.Time) (map[int64]contact.Met, error) {
	now = db.Micro(now)
	known, err := c.known(ctx, ids)
	if err != nil {
		return nil, err
	}
	var again []int64
	var first []row
	for _, id := range slices.Sorted(slices.Values(ids)) { // in the order of the primary key, as everybody locks them
		m, met := known[id]
		switch {
		case !met:
			first = append(first, row{EmployeeID: id, MetAt: now})
		case m.Due(now):
			again = append(again, id)
		}
		known[id] = m.Then(now)
	}
	if len(again) > 0 {
		err = c.db.WriteOne(ctx, func(ctx context.Context, idb bun.IDB) error {
			// MySQL assigns from left to right. Another node may have been here since the look.
			_, err := idb.NewUpdate().Model((*row)(nil)).Set("met_before = met_at").Set("met_at = ?", now).
				Where("employee_id IN (?)", bun.List(again)).Where("met_at <= ?", now.Add(-contact.Every)).Exec(ctx)
			return err
		})
	}
	if err == nil && len(first) > 0 {
		err = c.db.WriteOne(ctx, func(ctx context.Context, idb bun.IDB) error {
			_, err := idb.NewInsert().Model(&first).Ignore().Exec(ctx)
			return err
		})
	}
	return known, db.Failed("note contacts", err)
}
