package company

import (
	"cmp"
	"encoding/json"
	"fmt"

	"hadir/internal/attendance"
	"hadir/internal/store/company/identity"

	"github.com/uptrace/bun"
)

// The rows below mirror the migrations column by column; domain types stay free of tags. Columns without nullzero are
// NOT NULL. Instants are UTC on both sides: the drivers may hand out other locations of the same instant, which the
// conversions straighten.

type BranchRow struct {
	bun.BaseModel `bun:"table:branches,alias:b"`

	ID     int64  `bun:"id,pk,autoincrement"`
	Code   string `bun:"code"`
	Name   string `bun:"name"`
	Zone   string `bun:"zone"`
	Sites  string `bun:"sites"` // JSON array of attendance.Site
	Policy string `bun:"policy"`
	Active bool   `bun:"active"`

	MaxAccuracy   int              `bun:"max_accuracy"` // metres
	SharedDevices bool             `bun:"shared_devices"`
	Networks      []string         `bun:"networks"` // bun keeps lists as JSON
	NetworkPolicy string           `bun:"network_policy"`
	AlsoAt        []int64          `bun:"also_at"`
	OfflinePolicy string           `bun:"offline_policy"`
	OfflineHours  int              `bun:"offline_hours"`
	LockedThrough *attendance.Date `bun:"locked_through"`
}

func newBranchRow(b attendance.Branch) (BranchRow, error) {
	if b.Sites == nil {
		b.Sites = []attendance.Site{}
	}
	sites, err := json.Marshal(b.Sites)
	if err != nil {
		return BranchRow{}, fmt.Errorf("sites of branch %s: %w", b.Code, err)
	}
	return BranchRow{ID: b.ID, Code: b.Code, Name: b.Name, Zone: b.Zone, Sites: string(sites), Policy: string(b.Policy),
		MaxAccuracy: b.MaxAccuracy, SharedDevices: b.SharedDevices, Active: b.Active,
		Networks: b.Networks, NetworkPolicy: string(b.NetworkPolicy), AlsoAt: b.AlsoAt,
		OfflinePolicy: string(b.OfflinePolicy), OfflineHours: b.OfflineHours, LockedThrough: b.LockedThrough}, nil
}

func (r *BranchRow) domain() (attendance.Branch, error) {
	b := attendance.Branch{ID: r.ID, Code: r.Code, Name: r.Name, Zone: r.Zone, Active: r.Active,
		Policy: attendance.LocationPolicy(r.Policy), MaxAccuracy: r.MaxAccuracy, SharedDevices: r.SharedDevices,
		Networks: r.Networks, NetworkPolicy: attendance.LocationPolicy(r.NetworkPolicy), AlsoAt: r.AlsoAt,
		OfflinePolicy: attendance.OfflinePolicy(r.OfflinePolicy), OfflineHours: r.OfflineHours,
		LockedThrough: r.LockedThrough}
	if err := json.Unmarshal([]byte(r.Sites), &b.Sites); err != nil {
		return b, fmt.Errorf("sites of branch %d: %w", r.ID, err)
	}
	return b, nil
}

type EmployeeRow struct {
	bun.BaseModel `bun:"table:employees,alias:e"`

	ID         int64            `bun:"id,pk,autoincrement"`
	Number     string           `bun:"number"`
	Name       string           `bun:"name"`
	BranchID   int64            `bun:"branch_id"`
	Department string           `bun:"department"`
	Position   string           `bun:"position"`
	Status     string           `bun:"status"`
	HiredOn    *attendance.Date `bun:"hired_on"`
	LeftOn     *attendance.Date `bun:"left_on"`
	SearchText string           `bun:"search_text"`
	Forgotten  bool             `bun:"forgotten"`
	NumberKey  string           `bun:"number_key,nullzero"`
}

func newEmployeeRow(e attendance.Employee) EmployeeRow {
	return EmployeeRow{ID: e.ID, Number: e.Number, Name: e.Name, BranchID: e.BranchID, Department: e.Department,
		Position: e.Position, Status: string(e.Status), HiredOn: e.HiredOn, LeftOn: e.LeftOn,
		SearchText: identity.SearchText(e.Number, e.Name), Forgotten: e.Forgotten, NumberKey: identity.Key(e.Number)}
}

func (r *EmployeeRow) Domain() attendance.Employee {
	return attendance.Employee{ID: r.ID, Number: r.Number, Name: r.Name, BranchID: r.BranchID, Department: r.Department,
		Position: r.Position, Status: attendance.EmployeeStatus(r.Status), HiredOn: r.HiredOn, LeftOn: r.LeftOn,
		Forgotten: r.Forgotten}
}

type shiftRow struct {
	bun.BaseModel `bun:"table:shifts,alias:s"`

	ID           int64  `bun:"id,pk,autoincrement"`
	Code         string `bun:"code"`
	Name         string `bun:"name"`
	StartMinute  int    `bun:"start_minute"`
	EndMinute    int    `bun:"end_minute"`
	OpensBefore  int    `bun:"opens_before"`
	ClosesAfter  int    `bun:"closes_after"`
	LateGrace    int    `bun:"late_grace"`
	EarlyGrace   int    `bun:"early_grace"`
	BreakMode    string `bun:"break_mode"`
	BreakMinutes int    `bun:"break_minutes"`
	BreakMinimum int    `bun:"break_minimum"`
	BreakAfter   int    `bun:"break_after"`
	HalfDayBelow int    `bun:"half_day_below"`
	AbsentBelow  int    `bun:"absent_below"`
	Active       bool   `bun:"active"`
}

func newShiftRow(s attendance.Shift) shiftRow {
	return shiftRow{ID: s.ID, Code: s.Code, Name: s.Name, StartMinute: int(s.Start), EndMinute: int(s.End),
		OpensBefore: s.OpensBefore, ClosesAfter: s.ClosesAfter, LateGrace: s.LateGrace, EarlyGrace: s.EarlyGrace,
		BreakMode: string(cmp.Or(s.BreakMode, attendance.BreakFixed)), BreakMinutes: s.BreakMinutes,
		BreakMinimum: s.BreakMinimum, BreakAfter: s.BreakAfter, HalfDayBelow: s.HalfDayBelow,
		AbsentBelow: s.AbsentBelow, Active: s.Active}
}

func (r *shiftRow) domain() attendance.Shift {
	return attendance.Shift{ID: r.ID, Code: r.Code, Name: r.Name, Start: attendance.LocalTime(r.StartMinute),
		End: attendance.LocalTime(r.EndMinute), OpensBefore: r.OpensBefore, ClosesAfter: r.ClosesAfter,
		LateGrace: r.LateGrace, EarlyGrace: r.EarlyGrace, BreakMode: attendance.BreakMode(r.BreakMode),
		BreakMinutes: r.BreakMinutes, BreakMinimum: r.BreakMinimum, BreakAfter: r.BreakAfter,
		HalfDayBelow: r.HalfDayBelow, AbsentBelow: r.AbsentBelow, Active: r.Active}
}

type assignmentRow struct {
	bun.BaseModel `bun:"table:shift_assignments,alias:sa"`

	ID         int64            `bun:"id,pk,autoincrement"`
	EmployeeID int64            `bun:"employee_id"`
	FromDate   attendance.Date  `bun:"from_date"`
	ToDate     *attendance.Date `bun:"to_date"`
	Pattern    string           `bun:"pattern"` // JSON array of shift ids, 7 per week
	Phase      int              `bun:"phase"`
}

func newAssignmentRow(a attendance.Assignment) (assignmentRow, error) {
	pattern, err := json.Marshal(a.Pattern)
	if err != nil {
		return assignmentRow{}, fmt.Errorf("pattern of employee %d: %w", a.EmployeeID, err)
	}
	return assignmentRow{ID: a.ID, EmployeeID: a.EmployeeID, FromDate: a.From, ToDate: a.To, Pattern: string(pattern),
		Phase: attendance.Phase(a.From, len(a.Pattern)/7)}, nil
}

type holidayRow struct {
	bun.BaseModel `bun:"table:holidays,alias:h"`

	ID          int64           `bun:"id,pk,autoincrement"`
	HolidayDate attendance.Date `bun:"holiday_date"`
	Name        string          `bun:"name"`
	BranchID    int64           `bun:"branch_id,nullzero"`
	EmployeeID  int64           `bun:"employee_id,nullzero"`
	Working     bool            `bun:"working"`
}

func newHolidayRow(h attendance.Holiday) holidayRow {
	return holidayRow{ID: h.ID, HolidayDate: h.Date, Name: h.Name, BranchID: h.BranchID, EmployeeID: h.EmployeeID,
		Working: h.Working}
}

func (r *holidayRow) domain() attendance.Holiday {
	return attendance.Holiday{ID: r.ID, Date: r.HolidayDate, Name: r.Name, BranchID: r.BranchID,
		EmployeeID: r.EmployeeID, Working: r.Working}
}
