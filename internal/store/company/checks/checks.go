// Package checks says what a branch, an employee, a holiday and a shift must be before they are stored. It puts in what
// was left out and takes the space around texts away. What the company asks of a shift alone is here, too.
package checks

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/network"
	"hadir/internal/store/db"
)

// maxSites keeps a branch's sites within their column.
const maxSites = 50

// Branch is for the form of a branch with its sites.
func Branch(b *attendance.Branch) error {
	if len(b.Sites) > maxSites {
		return attendance.Invalid("sites", fmt.Sprintf("A branch has at most %d sites.", maxSites))
	}
	b.Code, b.Name = strings.TrimSpace(b.Code), strings.TrimSpace(b.Name)
	b.Policy = cmp.Or(b.Policy, attendance.PolicyRecord)
	b.MaxAccuracy = cmp.Or(b.MaxAccuracy, attendance.DefaultMaxAccuracy)
	b.NetworkPolicy = cmp.Or(b.NetworkPolicy, attendance.PolicyRecord)
	b.OfflinePolicy = cmp.Or(b.OfflinePolicy, attendance.DefaultOfflinePolicy)
	b.OfflineHours = cmp.Or(b.OfflineHours, attendance.DefaultOfflineHours)
	_, zone := attendance.LoadZone(b.Zone) // the first, since its code says more than that of the others
	texts := db.CheckTexts(db.Name("code", b.Code, 32), db.Name("name", b.Name, 200), db.Text("zone", b.Zone, 1, 64))
	wrong := []error{zone, texts, networks(b)}
	b.Sites = slices.Clone(b.Sites) // the caller's stay as they are
	for i := range b.Sites {
		wrong = append(wrong, site(&b.Sites[i], fmt.Sprintf("sites[%d].", i)))
	}
	return errors.Join(append(wrong, b.Validate())...)
}

// networks puts the networks into their one form, and the other branches in order.
func networks(b *attendance.Branch) error {
	if len(b.Networks) > network.Most {
		return attendance.Invalid("networks", fmt.Sprintf("A branch has at most %d networks.", network.Most))
	}
	list := []string{} // never nil, so that what was stored is equal to what is read
	for i, text := range b.Networks {
		p, err := network.Parse(strings.TrimSpace(text))
		if err != nil {
			return attendance.Invalid(fmt.Sprintf("networks[%d]", i), "A network is an address or in CIDR notation.")
		}
		if network.TooWide(p) {
			return attendance.Invalid(fmt.Sprintf("networks[%d]", i),
				"So wide a network says nothing about where somebody is; the widest are /8 (IPv4) and /16 (IPv6).")
		}
		if !slices.Contains(list, p.String()) {
			list = append(list, p.String())
		}
	}
	b.Networks = list
	others := slices.DeleteFunc(append([]int64{}, b.AlsoAt...), func(id int64) bool { return id == b.ID })
	slices.Sort(others)
	if b.AlsoAt = slices.Compact(others); len(b.AlsoAt) > network.Most {
		return attendance.Invalid("also_at", fmt.Sprintf("At most %d other branches count.", network.Most))
	}
	return nil
}

func site(s *attendance.Site, at string) error {
	s.Name = strings.TrimSpace(s.Name)
	wrong := []error{db.CheckTexts(db.Name(at+"name", s.Name, 100))}
	if !(s.Latitude >= -90 && s.Latitude <= 90) {
		wrong = append(wrong, attendance.Invalid(at+"latitude", "A latitude is from -90 to 90 degrees."))
	}
	if !(s.Longitude >= -180 && s.Longitude <= 180) {
		wrong = append(wrong, attendance.Invalid(at+"longitude", "A longitude is from -180 to 180 degrees."))
	}
	return errors.Join(wrong...)
}

// Employee is for lines of a file.
func Employee(e *attendance.Employee) error {
	e.Number, e.Name = strings.TrimSpace(e.Number), strings.TrimSpace(e.Name)
	switch e.Status {
	case "":
		e.Status = attendance.EmployeeActive
	case attendance.EmployeeActive, attendance.EmployeeInactive:
	default:
		return attendance.Invalid("status", "the status is active or inactive")
	}
	return db.CheckTexts(db.Name("number", e.Number, 64), db.Name("name", e.Name, 200),
		db.Text("department", e.Department, 0, 100), db.Text("position", e.Position, 0, 100))
}

// Employees checks rows and returns their numbers, sorted: the order in which two imports of the same people lock
// and insert.
func Employees(es []attendance.Employee) (numbers []string, err error) {
	numbers = make([]string, 0, len(es))
	for i := range es {
		if err := Employee(&es[i]); err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		numbers = append(numbers, es[i].Number)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), nil
}

// Compare tells what each row does to the known employees and leaves the outcome in known; changed holds the numbers to
// write.
func Compare(es []attendance.Employee, known map[string]attendance.Employee) (results []attendance.UpsertResult,
	changed map[string]bool) {
	results = make([]attendance.UpsertResult, len(es))
	changed = map[string]bool{}
	for i, e := range es {
		old, ok := known[e.Number]
		e.ID = old.ID
		switch {
		case !ok:
			results[i] = attendance.Created
		case old.Equal(e):
			results[i] = attendance.Unchanged
			continue
		default:
			results[i] = attendance.Updated
		}
		known[e.Number] = e
		changed[e.Number] = true
	}
	return results, changed
}

// WholeEmployee is Employee for one person's form, which also minds the dates.
func WholeEmployee(e *attendance.Employee) error {
	var dates error
	if e.HiredOn != nil && e.LeftOn != nil && *e.LeftOn < *e.HiredOn {
		dates = attendance.Invalid("left_on", "The last day is before the first.")
	}
	return errors.Join(Employee(e), dates)
}

// Holiday minds scope and name.
func Holiday(h *attendance.Holiday) error {
	h.Name = strings.TrimSpace(h.Name)
	if h.BranchID != 0 && h.EmployeeID != 0 {
		return attendance.Invalid("scope", "A holiday is of a branch or of an employee.")
	}
	return db.CheckTexts(db.Name("name", h.Name, 200))
}

// Shift minds what a shift is by its rules, and how long its texts are.
func Shift(sh *attendance.Shift) error {
	sh.Code, sh.Name = strings.TrimSpace(sh.Code), strings.TrimSpace(sh.Name)
	sh.BreakMode = cmp.Or(sh.BreakMode, attendance.BreakFixed)
	texts := db.CheckTexts(db.Name("code", sh.Code, 32), db.Name("name", sh.Name, 100)) // what the column holds
	return errors.Join(texts, sh.Validate())
}

// MostBack is how many days ago a change may begin: everything since is computed again.
const MostBack = 366

// Recent refuses dates too far back to compute everything since again.
func Recent(field string, d attendance.Date, now time.Time) error {
	if d < attendance.DateOf(now, time.UTC)-MostBack {
		return attendance.Invalid(field, fmt.Sprintf("The change reaches back at most %d days.", MostBack))
	}
	return nil
}

// Reaches is how long after the midnight that ends a date a shift's window of that date can still be open, with two
// hours for changes of the clock.
func Reaches(s *attendance.Shift) time.Duration {
	end := int(s.End)
	if s.End <= s.Start {
		end += 24 * 60
	}
	over := time.Duration(end+s.ClosesAfter-24*60)*time.Minute + 2*time.Hour
	return max(over, 0)
}
