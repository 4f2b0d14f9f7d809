package company

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company/checks"

	"github.com/uptrace/bun"
)

// Reference is a snapshot of the tables that are small, rarely changed and needed by everything. It is shared between
// goroutines and must not be modified.
type Reference struct {
	version  int64
	Branches map[int64]*BranchRef
	Shifts   map[int64]attendance.Shift
	company  []attendance.Holiday           // ordered by date
	holidays map[int64][]attendance.Holiday // by branch, ordered by date
	// reach is how far after the local midnight that ends a work date a shift's window of that date can still be open,
	// with two hours of allowance for changes of the clocks; 0 when no window crosses midnight.
	reach time.Duration
}

// BranchRef is a branch with its zone loaded.
type BranchRef struct {
	attendance.Branch
	Location *time.Location
}

// Today is the branch's local date at an instant.
func (b *BranchRef) Today(now time.Time) attendance.Date { return attendance.DateOf(now, b.Location) }

// Reference returns the current snapshot, at the price of reading one row: the version that every change of these
// tables raises in its own transaction. A transaction that raises it must not call this, since it would keep what may
// yet be rolled back.
func (s *Plans) Reference(ctx context.Context, db bun.IDB) (*Reference, error) {
	var version int64
	if err := db.NewRaw(ReferenceVersion).Scan(ctx, &version); err != nil {
		return nil, fmt.Errorf("reference version: %w", err)
	}
	return s.ReferenceAt(ctx, db, version)
}

// ReferenceVersion asks for the version of the snapshot.
const ReferenceVersion = "SELECT version FROM reference_version WHERE id = 1"

// ReferenceAt returns the snapshot of a version that was just read.
func (s *Plans) ReferenceAt(ctx context.Context, db bun.IDB, version int64) (*Reference, error) {
	if ref := s.cached.Load(); ref != nil && ref.version == version {
		return ref, nil
	}
	// The version was read first, so the rows are at least as new as it says; if they are newer, the next call sees
	// another version and reads again. Several goroutines may do so at once, which is cheaper than a lock over a query.
	ref, err := loadReference(ctx, db, version)
	if err != nil {
		return nil, err
	}
	s.cached.Store(ref)
	return ref, nil
}

// LastReference returns the snapshot that was read last, or nil.
func (s *Plans) LastReference() *Reference { return s.cached.Load() }

// bumpReference raises the version; to be called in the transaction of the change.
func bumpReference(ctx context.Context, tx bun.Tx) error {
	_, err := tx.NewRaw("UPDATE reference_version SET version = version + 1 WHERE id = 1").Exec(ctx)
	return err
}

func loadReference(ctx context.Context, db bun.IDB, version int64) (*Reference, error) {
	ref := &Reference{version: version, Branches: map[int64]*BranchRef{}, Shifts: map[int64]attendance.Shift{},
		holidays: map[int64][]attendance.Holiday{}}
	var branches []BranchRow
	if err := db.NewSelect().Model(&branches).Scan(ctx); err != nil {
		return nil, fmt.Errorf("load branches: %w", err)
	}
	var zones attendance.Zones
	for i := range branches {
		b, err := branches[i].domain()
		if err != nil {
			return nil, err
		}
		zone, err := zones.Load(b.Zone)
		if err != nil {
			return nil, fmt.Errorf("zone of branch %s: %w", b.Code, err)
		}
		ref.Branches[b.ID] = &BranchRef{Branch: b, Location: zone}
	}
	for _, b := range ref.Branches {
		for _, id := range b.AlsoAt {
			if other := ref.Branches[id]; other != nil && other.Active {
				b.Borrow(&other.Branch)
			}
		}
	}
	var shifts []shiftRow
	if err := db.NewSelect().Model(&shifts).Scan(ctx); err != nil {
		return nil, fmt.Errorf("load shifts: %w", err)
	}
	for i := range shifts {
		sh := shifts[i].domain()
		ref.Shifts[sh.ID] = sh
		ref.reach = max(ref.reach, checks.Reaches(&sh))
	}
	var holidays []holidayRow
	if err := db.NewSelect().Model(&holidays).Where("employee_id IS NULL").Order("holiday_date").Scan(ctx); err != nil {
		return nil, fmt.Errorf("load holidays: %w", err)
	}
	for i := range holidays {
		h := holidays[i].domain()
		if h.BranchID == 0 {
			ref.company = append(ref.company, h)
		} else {
			ref.holidays[h.BranchID] = append(ref.holidays[h.BranchID], h)
		}
	}
	return ref, nil
}

// YesterdayMatters tells whether a window of the date before the branch's today can be open at now.
func (ref *Reference) YesterdayMatters(b *BranchRef, now time.Time) bool {
	return now.Sub(b.Today(now).At(0, b.Location)) < ref.reach
}

// ByZone returns the active branches that share a time zone together.
func (ref *Reference) ByZone() map[string][]*BranchRef {
	zones := map[string][]*BranchRef{}
	for _, b := range ref.SelectBranches(nil) {
		if b.Active {
			zones[b.Zone] = append(zones[b.Zone], b)
		}
	}
	return zones
}

func (ref *Reference) AllShifts() []attendance.Shift { return slices.Collect(maps.Values(ref.Shifts)) }

// Branch returns a branch that a row names.
func (ref *Reference) Branch(id int64) (*BranchRef, error) {
	b, ok := ref.Branches[id]
	if !ok {
		return nil, fmt.Errorf("branch %d is not in the reference data", id)
	}
	return b, nil
}

// SelectBranches returns the branches of the given ids (nil: all) ordered by code; unknown ids are left out.
func (ref *Reference) SelectBranches(ids []int64) []*BranchRef {
	var bs []*BranchRef
	if ids == nil {
		for _, b := range ref.Branches {
			bs = append(bs, b)
		}
	}
	for _, id := range ids {
		if b, ok := ref.Branches[id]; ok && !slices.Contains(bs, b) {
			bs = append(bs, b)
		}
	}
	slices.SortFunc(bs, func(a, b *BranchRef) int { return strings.Compare(a.Code, b.Code) })
	return bs
}

// HolidaysOf returns the holidays of company and branches within from..to.
func (ref *Reference) HolidaysOf(places []Placed, from, to attendance.Date) []attendance.Holiday {
	company := between(ref.company, from, to)
	all := company[:len(company):len(company)] // full: an append must copy
	for i, p := range places {
		if !slices.ContainsFunc(places[:i], func(earlier Placed) bool { return earlier.Branch == p.Branch }) {
			all = append(all, between(ref.holidays[p.Branch], from, to)...)
		}
	}
	return all[:len(all):len(all)]
}

// Places returns the roster's places of somebody who belongs to one branch on all dates of interest.
func (b *BranchRef) Places() []attendance.Place {
	return []attendance.Place{{From: attendance.EverSince, Branch: &b.Branch, Zone: b.Location}}
}

// between cuts the dates from..to out of holidays ordered by date.
func between(hs []attendance.Holiday, from, to attendance.Date) []attendance.Holiday {
	byDate := func(h attendance.Holiday, d attendance.Date) int { return int(h.Date) - int(d) }
	i, _ := slices.BinarySearchFunc(hs, from, byDate)
	j, _ := slices.BinarySearchFunc(hs, to+1, byDate)
	if i >= j {
		return nil
	}
	return hs[i:j]
}

func (ref *Reference) Entry(d attendance.Day, number, name, department string) attendance.Entry {
	e := attendance.Entry{Day: d, EmployeeNumber: number, EmployeeName: name, Department: department}
	if b, ok := ref.Branches[d.BranchID]; ok {
		e.BranchCode, e.BranchName = b.Code, b.Name
	}
	return e
}
