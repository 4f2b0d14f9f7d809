package days

import (
	"context"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

type DayRow struct {
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

func newDayRow(d attendance.Day) DayRow {
	return DayRow{EmployeeID: d.EmployeeID, WorkDate: d.WorkDate, BranchID: d.BranchID, Zone: d.Zone,
		ShiftID:   d.ShiftID,
		ShiftName: d.ShiftName, ShiftStart: db.UTC(d.ShiftStart), ShiftEnd: db.UTC(d.ShiftEnd),
		WindowOpens: db.UTC(d.WindowOpens),
		WindowCloses: db.UTC(
			d.WindowCloses,
		), FirstIn: db.UTC(d.FirstIn), LastOut: db.UTC(d.LastOut), Status: string(d.Status),
		LateMinutes: d.LateMinutes, EarlyMinutes: d.EarlyMinutes, WorkedMinutes: d.WorkedMinutes,
		OvertimeMinutes: d.OvertimeMinutes, Flags: joinFlags(d.Flags), PunchCount: d.PunchCount, Inside: d.Inside,
		Version: d.Version, UpdatedAt: d.UpdatedAt.UTC()}
}

func (r *DayRow) Domain() attendance.Day {
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

// CoveredFrom returns the first date of a branch that was closed; ok is false as long as none was.
func (s *Recaps) CoveredFrom(ctx context.Context, branchID int64) (d attendance.Date, ok bool, err error) {
	var first *attendance.Date
	err = s.db.Read().NewSelect().Model((*recapRow)(nil)).ColumnExpr("MIN(work_date)").Where("branch_id = ?",
		branchID).Scan(ctx, &first)
	if err != nil || first == nil {
		return 0, false, db.Failed("covered dates", err)
	}
	return *first, true, nil
}

// SelectDays returns the days that a query about attendances AS a keeps, in its order.
func (s *Days) SelectDays(ctx context.Context, keep func(*bun.SelectQuery) *bun.SelectQuery) ([]attendance.Day,
	error) {
	var rows []DayRow
	if err := keep(s.db.Read().NewSelect().Model(&rows)).Scan(ctx); err != nil {
		return nil, err
	}
	days := make([]attendance.Day, len(rows))
	for i := range rows {
		days[i] = rows[i].Domain()
	}
	return days, nil
}
