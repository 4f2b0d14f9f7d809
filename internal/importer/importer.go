// Package importer reads employees and punches from files and hands them to the store in batches. Memory does not grow
// with the file, a bad line never fails its neighbours, and importing a file twice changes nothing the second time.
package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/attendance/legible"
	"hadir/internal/clock"
)

// Store is what the importer needs of the database.
type Store struct {
	Branches  Branches
	Employees Employees
	Recorder  Recorder
}

// Branches lists branches, all for nil.
type Branches interface {
	Branches(ctx context.Context, ids []int64) ([]attendance.Branch, error)
}

// Employees finds people by their numbers.
type Employees interface {
	EmployeesByNumber(ctx context.Context, numbers []string) (map[string]attendance.Employee, error)
	EmploymentsOf(ctx context.Context, employeeIDs []int64) (map[int64][]attendance.Employment, error)
}

// Recorder records punches, or tells what recording them would do.
type Recorder interface {
	RecordBatch(ctx context.Context, punches []attendance.NewPunch) ([]attendance.RecordResult, error)
}

// Options configures New.
type Options struct {
	Clock clock.Clock
	// OnReject gets every line that was not taken, batch by batch; within a batch of 1,000 lines, what the store
	// refused comes after what could not be read. An error from it ends the import. Nil drops them; Result counts them
	// either way.
	OnReject func(Rejection) error
	// OnNote gets every line that was taken with a remark, batch by batch. An error from it ends the import. Nil drops
	// them.
	OnNote func(Rejection) error
	// Void says who imports, for punches that take the place of another reading of the same file. Nil is the system.
	Void *attendance.Void
	// Own says who imports punches, of the employees, and what becomes of lines about them. Nil treats everybody alike.
	Own *Own
	// OnProgress is called after each batch and at the end. Nil for none.
	OnProgress func(Progress)
	// Branches limits an import to branches of these ids; nil allows all. The others' codes are unknown then, and their
	// people's numbers are refused.
	Branches []int64
	// OnBatch is called after each batch of punches, which ends at a line. An error from it ends the import. Nil for
	// none.
	OnBatch func(line int64, r Result) error
	// AfterLine skips the lines up to this one, which an earlier run has handled. They still count as read.
	AfterLine int64
	// Rehearse tells what the store would do with employees that it knows, or how it would refuse them, and writes
	// nothing; a preview asks it. Nil lets all pass.
	Rehearse func(ctx context.Context, rows []EmployeeRow) ([]attendance.UpsertResult, error)
	// Write puts employees into the store, all of them or none, in the name of who imports. Only a preview needs none.
	Write func(ctx context.Context, rows []EmployeeRow) ([]attendance.UpsertResult, error)
}

// Progress is how far an import has come.
type Progress struct {
	BytesRead  int64
	BytesTotal int64 // 0 when unknown
	Result
}

// Result counts what became of a file's lines. When an import ends without an error,
// Lines = Imported + Unchanged + Rejected.
type Result struct {
	Lines     int64 // records read, without the header and blank lines
	Imported  int64 // created or changed something
	Unchanged int64 // known already
	Rejected  int64 // reported with a reason
	Replaced  int64 // of those imported, punches that took the place of another reading
	Noted     int64 // taken with a remark
	// Only is the direction of all lines of a punches file, if it has several lines with the same direction and is read
	// as it says. A terminal may fill the field with a constant.
	Only attendance.Direction
	// Ignored lists unknown columns of the header, so that a misspelt one is noticed.
	Ignored []string
}

// Importer writes files into one store. It is stateless between calls and safe for concurrent use.
type Importer struct {
	store Store
	o     Options
}

// New returns an importer.
func New(s Store, o Options) *Importer { return &Importer{store: s, o: o} }

const (
	batchSize = 1000
	// giveUpAfter is how many consecutive rows may fail because of the database before the import gives up, since then
	// the rows are not at fault.
	giveUpAfter = 10
)

// run is the state of one import.
type run struct {
	*Importer
	lines    *lineReader
	total    int64
	result   Result
	branches []attendance.Branch
	coded    map[string]int64               // ids of branches by what their codes read like
	fresh    map[string]int64               // lines with new numbers, by what these read like
	dry      func(punches []PunchRow) error // gets what a preview takes
	failures int                            // consecutive failures of single rows that the domain has no word for
}

func (im *Importer) start(ctx context.Context, r io.Reader, size int64) (*run, error) {
	branches, err := im.store.Branches.Branches(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("importer: reading the branches: %w", err)
	}
	if im.o.Branches != nil {
		branches = slices.DeleteFunc(branches,
			func(b attendance.Branch) bool { return !slices.Contains(im.o.Branches, b.ID) })
	}
	coded := make(map[string]int64, len(branches))
	for i := range branches {
		coded[legible.Fold(branches[i].Code)] = branches[i].ID
	}
	return &run{Importer: im, lines: newLineReader(r), total: size, branches: branches, coded: coded,
		fresh: map[string]int64{}}, nil
}

func (r *run) progress() {
	if r.o.OnProgress != nil {
		r.o.OnProgress(Progress{BytesRead: r.lines.bytes, BytesTotal: r.total, Result: r.result})
	}
}

func (r *run) reject(line int64, text string, e *lineError) error {
	if line <= r.o.AfterLine {
		return nil
	}
	r.result.Rejected++
	if r.o.OnReject == nil {
		return nil
	}
	if err := r.o.OnReject(e.rejection(line, text)); err != nil {
		return fmt.Errorf("importer: reporting line %d: %w", line, err)
	}
	return nil
}

// note reports a remark on a line that was taken.
func (r *run) note(at place, e *lineError) error {
	r.result.Noted++
	if r.o.OnNote == nil {
		return nil
	}
	if err := r.o.OnNote(e.rejection(at.line, at.text)); err != nil {
		return fmt.Errorf("importer: reporting line %d: %w", at.line, err)
	}
	return nil
}

// place is where a row stands in the file.
type place struct {
	line int64
	text string
}

// committed is an error that came after the rows were written. They must not be written again.
type committed struct{ error }

// writing is how rows of one kind get into the store.
type writing[R any] struct {
	write func(rows []R) error // all of them or none
	at    func(row *R) place
	why   func(row *R, err error) *lineError // words what stands against one row
	// employee is whom the store may name with attendance.Refused, 0 for nobody; nil where it never does.
	employee func(row *R) int64
}

// write passes rows to the store. Those that it names as refused are rejected, and the others passed again. A range
// that fails as a whole is cut in two until the rows at fault stand alone, and those are rejected.
func write[R any](ctx context.Context, r *run, rows []R, how *writing[R]) error {
	if len(rows) == 0 {
		return nil
	}
	err := how.write(rows)
	if err == nil {
		r.failures = 0
		return nil
	}
	var done committed
	if errors.As(err, &done) {
		return done.error
	}
	first, code := how.at(&rows[0]), attendance.CodeOf(err)
	if ctx.Err() != nil || code == attendance.CodeUnavailable {
		return fmt.Errorf("importer: line %d: %w", first.line, err)
	}
	if rest, rejected, err := named(r, rows, err, how); err != nil || rejected {
		if err != nil {
			return err
		}
		return write(ctx, r, rest, how)
	}
	if len(rows) > 1 {
		middle := len(rows) / 2
		if err := write(ctx, r, rows[:middle], how); err != nil {
			return err
		}
		return write(ctx, r, rows[middle:], how)
	}
	if code == attendance.CodeInternal {
		if r.failures++; r.failures >= giveUpAfter {
			return fmt.Errorf("importer: %d lines in a row failed, last line %d: %w", r.failures, first.line, err)
		}
	}
	return r.reject(first.line, first.text, how.why(&rows[0], err))
}

// named rejects the rows that an error of the store names, and returns the others.
func named[R any](r *run, rows []R, err error, how *writing[R]) (rest []R, rejected bool, failed error) {
	var refused attendance.Refused
	if how.employee == nil || !errors.As(err, &refused) {
		return rows, false, nil
	}
	why := make(map[int64]error, len(refused))
	for _, one := range refused {
		why[one.EmployeeID] = one.Err
	}
	for i := range rows {
		row := &rows[i]
		stands := why[how.employee(row)]
		if stands == nil {
			rest = append(rest, *row)
			continue
		}
		at := how.at(row)
		if err := r.reject(at.line, at.text, how.why(row, stands)); err != nil {
			return nil, true, err
		}
		rejected = true
	}
	return rest, rejected, nil
}
