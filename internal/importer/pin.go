package importer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"hadir/internal/attendance"
	"hadir/internal/iclock"
)

func checkPIN(pin, name string) *lineError {
	switch {
	case pin == "":
		return &lineError{code: CodeMissing, value: name}
	case utf8.RuneCountInString(pin) > maxNumber:
		return &lineError{code: CodeTooLong, value: name}
	}
	return nil
}

// resolved is the employee of a PIN.
type resolved struct {
	employee attendance.Employee
	history  []attendance.Employment // by date; nil for whoever never moved
	err      *lineError
}

// branchOn returns the branch to which the employee belongs on a date.
func (r *resolved) branchOn(d attendance.Date) int64 {
	if len(r.history) == 0 {
		return r.employee.BranchID
	}
	i := len(r.history) - 1
	for i > 0 && r.history[i].From > d {
		i--
	}
	return r.history[i].BranchID
}

// roll finds employees by PIN and caches them for the rest of the file.
type roll struct {
	store  Store
	format iclock.PINFormat
	known  map[string]resolved
}

// maxRoll bounds the cache. When it is full the cache starts again.
const maxRoll = 50_000

func newRoll(s Store, f iclock.PINFormat) *roll {
	return &roll{store: s, format: f, known: map[string]resolved{}}
}

// resolve looks up the PINs that are not cached, with where their people belonged.
func (r *roll) resolve(ctx context.Context, pins []string) error {
	missing, err := r.find(ctx, pins)
	if err != nil {
		return err
	}
	if err := r.loadHistory(ctx, missing); err != nil {
		r.forget(missing)
		return err
	}
	return nil
}

// find looks up the PINs that are not cached, in one query, and in a second one if some have no exact match. It returns
// those that it looked up.
func (r *roll) find(ctx context.Context, pins []string) (missing []string, err error) {
	if len(r.known) > maxRoll {
		clear(r.known)
	}
	for _, pin := range pins {
		if _, ok := r.known[pin]; !ok {
			pin = strings.Clone(pin) // what is kept must not hold on to its line
			r.known[pin] = resolved{err: quoted(CodeUnknownEmployee, r.format.Number(pin))}
			missing = append(missing, pin)
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	numbers := make([]string, len(missing))
	for i, pin := range missing {
		numbers[i] = r.format.Number(pin)
	}
	found, err := r.lookUp(ctx, numbers)
	if err != nil {
		r.forget(missing)
		return nil, err
	}
	var inexact []string
	for i, pin := range missing {
		if e, ok := found[numbers[i]]; ok {
			r.known[pin] = resolved{employee: e}
		} else {
			inexact = append(inexact, pin)
		}
	}
	if err := r.resolveVariants(ctx, inexact); err != nil {
		r.forget(missing)
		return nil, err
	}
	return missing, nil
}

// loadHistory loads the employments of the employees that were found.
func (r *roll) loadHistory(ctx context.Context, pins []string) error {
	if len(pins) == 0 {
		return nil
	}
	ids := make([]int64, 0, len(pins))
	for _, pin := range pins {
		if id := r.known[pin].employee.ID; id != 0 {
			ids = append(ids, id)
		}
	}
	all, err := r.store.Employees.EmploymentsOf(ctx, ids)
	if err != nil {
		return fmt.Errorf("importer: reading employments: %w", err)
	}
	for _, pin := range pins {
		who := r.known[pin]
		if history := all[who.employee.ID]; len(history) > 1 {
			who.history = history
			r.known[pin] = who
		}
	}
	return nil
}

func (r *roll) resolveVariants(ctx context.Context, pins []string) error {
	var numbers []string
	for _, pin := range pins {
		numbers = append(numbers, r.format.Variants(pin)...)
	}
	if len(numbers) == 0 {
		return nil
	}
	slices.Sort(numbers)
	found, err := r.lookUp(ctx, slices.Compact(numbers))
	if err != nil {
		return err
	}
	for _, pin := range pins {
		var fits []attendance.Employee
		for _, n := range r.format.Variants(pin) {
			if e, ok := found[n]; ok {
				fits = append(fits, e)
			}
		}
		switch len(fits) {
		case 0:
		case 1:
			r.known[pin] = resolved{employee: fits[0]}
		default:
			r.known[pin] = resolved{
				err: &lineError{code: CodeAmbiguousPIN, value: fits[0].Number + ", " + fits[1].Number}}
		}
	}
	return nil
}

// lookUp queries in portions that are below the parameter limit of every database.
func (r *roll) lookUp(ctx context.Context, numbers []string) (map[string]attendance.Employee, error) {
	all := make(map[string]attendance.Employee, len(numbers))
	for part := range slices.Chunk(numbers, batchSize) {
		found, err := r.store.Employees.EmployeesByNumber(ctx, part)
		if err != nil {
			return nil, fmt.Errorf("importer: reading employees: %w", err)
		}
		for n, e := range found {
			all[n] = e
		}
	}
	return all, nil
}

func (r *roll) forget(pins []string) {
	for _, pin := range pins {
		delete(r.known, pin)
	}
}
