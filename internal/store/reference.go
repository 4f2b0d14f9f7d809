package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hadir/internal/attendance"

	"github.com/uptrace/bun"
)

// reference is a snapshot of the tables that are small, rarely changed and needed by everything. It is shared between
// goroutines and must not be modified.
type reference struct {
	version  int64
	branches map[int64]*branchRef
	shifts   map[int64]attendance.Shift
	company  []attendance.Holiday           // ordered by date
	holidays map[int64][]attendance.Holiday // by branch, ordered by date
	// reach is how far after the local midnight that ends a work date a shift's window of that date can still be open,
	// with two hours of allowance for changes of the clocks; 0 when no window crosses midnight.
	reach time.Duration
}

// branchRef is a branch with its zone loaded.
type branchRef struct {
	attendance.Branch
	zone *time.Location
}

// today is the branch's local date at an instant.
func (b *branchRef) today(now time.Time) attendance.Date { return attendance.DateOf(now, b.zone) }

// reference returns the current snapshot, at the price of reading one row: the version that every change of these
// tables raises in its own transaction. A transaction that raises it must not call this, since it would keep what may
// yet be rolled back.
func (s *Store) reference(ctx context.Context, db bun.IDB) (*reference, error) {
	var version int64
	if err := db.NewRaw(referenceVersion).Scan(ctx, &version); err != nil {
		return nil, fmt.Errorf("reference version: %w", err)
	}
	return s.referenceAt(ctx, db, version)
}

const referenceVersion = "SELECT version FROM reference_version WHERE id = 1"

// referenceAt returns the snapshot of a version that was just read.
func (s *Store) referenceAt(ctx context.Context, db bun.IDB, version int64) (*reference, error) {
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

// lastReference returns the snapshot that was read last, or nil.
func (s *Store) lastReference() *reference { return s.cached.Load() }

// bumpReference raises the version; to be called in the transaction of the change.
func bumpReference(ctx context.Context, tx bun.Tx) error {
	_, err := tx.NewRaw("UPDATE reference_version SET version = version + 1 WHERE id = 1").Exec(ctx)
	return err
}

func loadReference(ctx context.Context, db bun.IDB, version int64) (*reference, error) {
	ref := &reference{version: version, branches: map[int64]*branchRef{}, shifts: map[int64]attendance.Shift{},
		holidays: map[int64][]attendance.Holiday{}}
	var branches []branchRow
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
		ref.branches[b.ID] = &branchRef{Branch: b, zone: zone}
	}
	var shifts []shiftRow
	if err := db.NewSelect().Model(&shifts).Scan(ctx); err != nil {
		return nil, fmt.Errorf("load shifts: %w", err)
	}
	for i := range shifts {
		sh := shifts[i].domain()
		ref.shifts[sh.ID] = sh
		ref.reach = max(ref.reach, reachOf(sh))
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

func reachOf(sh attendance.Shift) time.Duration {
	end := int(sh.End)
	if sh.End <= sh.Start {
		end += 24 * 60
	}
	over := time.Duration(end+sh.ClosesAfter-24*60)*time.Minute + 2*time.Hour
	return max(over, 0)
}

// yesterdayMatters tells whether a window of the date before the branch's today can be open at now.
func (ref *reference) yesterdayMatters(b *branchRef, now time.Time) bool {
	return now.Sub(b.today(now).At(0, b.zone)) < ref.reach
}

// byZone returns the active branches that share a time zone together.
func (ref *reference) byZone() map[string][]*branchRef {
	zones := map[string][]*branchRef{}
	for _, b := range ref.selectBranches(nil) {
		if b.Active {
			zones[b.Zone] = append(zones[b.Zone], b)
		}
	}
	return zones
}

func (ref *reference) allShifts() []attendance.Shift { return slices.Collect(maps.Values(ref.shifts)) }

// branch returns a branch that a row names.
func (ref *reference) branch(id int64) (*branchRef, error) {
	b, ok := ref.branches[id]
	if !ok {
		return nil, fmt.Errorf("branch %d is not in the reference data", id)
	}
	return b, nil
}

// selectBranches returns the branches of the given ids (nil: all) ordered by code; unknown ids are left out.
func (ref *reference) selectBranches(ids []int64) []*branchRef {
	var bs []*branchRef
	if ids == nil {
		for _, b := range ref.branches {
			bs = append(bs, b)
		}
	}
	for _, id := range ids {
		if b, ok := ref.branches[id]; ok && !slices.Contains(bs, b) {
			bs = append(bs, b)
		}
	}
	slices.SortFunc(bs, func(a, b *branchRef) int { return strings.Compare(a.Code, b.Code) })
	return bs
}

// holidaysOf returns the holidays of company and branches within from..to.
func (ref *reference) holidaysOf(places []placed, from, to attendance.Date) []attendance.Holiday {
	company := between(ref.company, from, to)
	all := company[:len(company):len(company)] // full: an append must copy
	for i, p := range places {
		if !slices.ContainsFunc(places[:i], func(earlier placed) bool { return earlier.branch == p.branch }) {
			all = append(all, between(ref.holidays[p.branch], from, to)...)
		}
	}
	return all[:len(all):len(all)]
}

// places returns the roster's places of somebody who belongs to one branch on all dates of interest.
func (b *branchRef) places() []attendance.Place {
	return []attendance.Place{{From: attendance.EverSince, Branch: &b.Branch, Zone: b.zone}}
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

func (ref *reference) entry(d attendance.Day, number, name, department string) attendance.Entry {
	e := attendance.Entry{Day: d, EmployeeNumber: number, EmployeeName: name, Department: department}
	if b, ok := ref.branches[d.BranchID]; ok {
		e.BranchCode, e.BranchName = b.Code, b.Name
	}
	return e
}
