// Package dayrows holds the rows of days: how they are read, compared with a day, and written.
package dayrows

import (
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// Row is a stored day.
type Row struct {
	bun.BaseModel `bun:"table:attendances,alias:a"`

	EmployeeID      int64           `bun:"employee_id,pk"`
	WorkDate        attendance.Date `bun:"work_date,pk"`
	BranchID        int64           `bun:"branch_id"`
	Zone            string          `bun:"zone"`
	ShiftID         int64           `bun:"shift_id,nullzero"`
	ShiftName       string          `bun:"shift_name"`
	ShiftStart      *time.Time      `bun:"shift_start"`
	ShiftEnd        *time.Time      `bun:"shift_end"`
	WindowOpens     *time.Time      `bun:"window_opens"`
	WindowCloses    *time.Time      `bun:"window_closes"`
	FirstIn         *time.Time      `bun:"first_in"`
	LastOut         *time.Time      `bun:"last_out"`
	Status          string          `bun:"status"`
	LateMinutes     int             `bun:"late_minutes"`
	EarlyMinutes    int             `bun:"early_minutes"`
	WorkedMinutes   int             `bun:"worked_minutes"`
	OvertimeMinutes int             `bun:"overtime_minutes"`
	Flags           string          `bun:"flags"` // comma-separated
	PunchCount      int             `bun:"punch_count"`
	Inside          bool            `bun:"inside"`
	Version         int64           `bun:"version"`
	UpdatedAt       time.Time       `bun:"updated_at"`
}

// Columns are where the columns go, in the order of the fields, in which bun asks for them; of MySQL only.
func (r *Row) Columns() []any {
	n := db.Number[int]
	return []any{db.Number(&r.EmployeeID), &r.WorkDate, db.Number(&r.BranchID), &r.Zone, db.Number(&r.ShiftID),
		&r.ShiftName, db.Moment(&r.ShiftStart), db.Moment(&r.ShiftEnd), db.Moment(&r.WindowOpens),
		db.Moment(&r.WindowCloses), db.Moment(&r.FirstIn), db.Moment(&r.LastOut), &r.Status, n(&r.LateMinutes),
		n(&r.EarlyMinutes), n(&r.WorkedMinutes), n(&r.OvertimeMinutes), &r.Flags, n(&r.PunchCount), &r.Inside,
		db.Number(&r.Version), &r.UpdatedAt}
}

// Says tells whether a day is what the row has, but for its version and when that was written. Instants are compared as
// databases keep them.
func (r *Row) Says(d *attendance.Day) bool {
	return r.EmployeeID == d.EmployeeID && r.WorkDate == d.WorkDate && r.BranchID == d.BranchID && r.Zone == d.Zone &&
		r.ShiftID == d.ShiftID && r.ShiftName == d.ShiftName && sameInstant(r.ShiftStart, d.ShiftStart) &&
		sameInstant(r.ShiftEnd, d.ShiftEnd) && sameInstant(r.WindowOpens, d.WindowOpens) &&
		sameInstant(r.WindowCloses, d.WindowCloses) && sameInstant(r.FirstIn, d.FirstIn) &&
		sameInstant(r.LastOut, d.LastOut) && r.Status == string(d.Status) && r.LateMinutes == d.LateMinutes &&
		r.EarlyMinutes == d.EarlyMinutes && r.WorkedMinutes == d.WorkedMinutes &&
		r.OvertimeMinutes == d.OvertimeMinutes && r.Flags == joinFlags(d.Flags) && r.PunchCount == d.PunchCount &&
		r.Inside == d.Inside
}

func sameInstant(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && db.Micro(*a).Equal(db.Micro(*b))
}

// Domain is the day.
func (r *Row) Domain() attendance.Day {
	return attendance.Day{EmployeeID: r.EmployeeID, WorkDate: r.WorkDate, BranchID: r.BranchID, Zone: r.Zone,
		ShiftID: r.ShiftID, ShiftName: r.ShiftName, ShiftStart: db.UTC(r.ShiftStart), ShiftEnd: db.UTC(r.ShiftEnd),
		WindowOpens: db.UTC(r.WindowOpens), WindowCloses: db.UTC(r.WindowCloses), FirstIn: db.UTC(r.FirstIn),
		LastOut: db.UTC(r.LastOut),
		Status:  attendance.Status(r.Status), LateMinutes: r.LateMinutes, EarlyMinutes: r.EarlyMinutes,
		WorkedMinutes: r.WorkedMinutes, OvertimeMinutes: r.OvertimeMinutes, Flags: splitFlags(r.Flags),
		PunchCount: r.PunchCount, Inside: r.Inside, Version: r.Version, UpdatedAt: r.UpdatedAt.UTC()}
}

func joinFlags(flags []attendance.Flag) string {
	var b strings.Builder
	for i, f := range flags {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(f))
	}
	return b.String()
}

// splitFlags never returns nil, so that JSON shows [] as it does for a freshly computed day.
func splitFlags(s string) []attendance.Flag {
	flags := []attendance.Flag{}
	for f := range strings.SplitSeq(s, ",") {
		if f != "" {
			flags = append(flags, attendance.Flag(f))
		}
	}
	return flags
}
