package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"hadir/internal/attendance"
	"hadir/internal/attendance/legible"
)

// The columns of an employees file, in the order of employeeColumns.
const (
	colNumber = iota
	colName
	colBranch
	colDepartment
	colPosition
	colStatus
	colHiredOn
	colLeftOn
	colBranchFrom
	colMoveReason
)

var employeeColumns = []column{
	{"number", true, []string{"employee_number", "employee_no", "nik", "nip", "nomor", "nomor_karyawan", "no_karyawan",
		"nomor_induk",
		"nomor_pegawai", "no_pegawai", "id_karyawan"}},
	{"name", true, []string{"full_name", "employee_name", "nama", "nama_lengkap", "nama_karyawan", "nama_pegawai"}},
	{"branch", true, []string{"branch_code", "cabang", "kode_cabang", "kantor"}},
	{"department", false, []string{"dept", "departemen", "divisi", "bagian"}},
	{"position", false, []string{"title", "job_title", "jabatan", "posisi"}},
	{"status", false, []string{"status_karyawan", "status_pegawai"}},
	{"hired_on", false, []string{"hire_date", "joined_on", "tanggal_masuk", "tgl_masuk", "tanggal_bergabung",
		"mulai_kerja"}},
	{"left_on", false, []string{"leave_date", "tanggal_keluar", "tgl_keluar", "berhenti"}},
	{"branch_from", false, []string{"branch_since", "cabang_sejak", "cabang_mulai", "pindah_pada", "tanggal_pindah"}},
	{"move_reason", false, []string{"reason", "alasan", "alasan_pindah", "alasan_mutasi"}},
}

// The longest values, in characters. They are the widths of the database's columns.
const (
	maxNumber = 64
	maxName   = 200
	maxField  = 100
	maxReason = 500 // as moves over the API
)

// Employees imports a CSV file of employees: columns number, name and branch (the branch's code), and optionally
// department, position, status, hired_on, left_on, branch_from (since when the branch is another) and move_reason (kept
// with the move of a line that is one), in any order, under English or Indonesian headers. The delimiter is found from
// the header. Employees are written by number, and one
// that only reads like that of somebody else (legible.Fold) is refused, since nobody could tell the two apart; a
// column that the file lacks leaves the stored value alone, an empty cell clears it (status: leaves it). Of left_on
// neither does where the status says enough: who becomes inactive has today as last day, who was inactive keeps theirs,
// and who comes back has none. size is the file's length for the progress, 0 when unknown.
//
// The numbers seen are kept to find repeats, so memory grows with the number of employees, not with the width of rows.
func (im *Importer) Employees(ctx context.Context, file io.Reader, size int64) (Result, error) {
	return im.eachBatch(ctx, file, size, (*run).upsert)
}

// Preview reads a file as Employees does and writes nothing. take gets each batch of rows that would be written, with
// the present values of the same employees. An error from take ends the reading.
func (im *Importer) Preview(ctx context.Context, file io.Reader, take func(rows []EmployeeRow) error) (Result, error) {
	return im.eachBatch(ctx, file, 0, func(r *run, ctx context.Context, rows []EmployeeRow) error {
		rows, err := r.rehearse(ctx, rows)
		if err != nil {
			return err
		}
		for i := range rows {
			r.count(rows[i].What())
		}
		return take(rows)
	})
}

// rehearse refuses the rows that the store would refuse, and returns the others. It asks about those that change
// somebody: nothing stands against new ones.
func (r *run) rehearse(ctx context.Context, rows []EmployeeRow) ([]EmployeeRow, error) {
	if r.o.Rehearse == nil {
		return rows, nil
	}
	var changing []EmployeeRow
	for i := range rows {
		if rows[i].What() == attendance.Updated {
			changing = append(changing, rows[i])
		}
	}
	if len(changing) == 0 {
		return rows, nil
	}
	refused := make(map[int64]bool, len(changing)) // by line
	as := make(map[int64]attendance.UpsertResult, len(changing))
	for i := range changing {
		refused[changing[i].Line] = true
	}
	err := r.write(ctx, changing, func(some []EmployeeRow) error {
		results, err := r.o.Rehearse(ctx, some)
		if err != nil {
			return err
		}
		for i, what := range results {
			delete(refused, some[i].Line)
			as[some[i].Line] = what
		}
		return nil
	})
	for i := range rows {
		rows[i].what = as[rows[i].Line]
	}
	return slices.DeleteFunc(rows, func(e EmployeeRow) bool { return refused[e.Line] }), err
}

// EmployeeRow is the employee of a line of a file, completed with the stored values of columns that the file does not
// have.
type EmployeeRow struct {
	Line     int64
	Employee attendance.Employee
	// Before is as stored when the line was read, with the place of BranchFrom if that is given; nil for a new
	// employee.
	Before *attendance.Employee
	// BranchFrom is since when a known employee belongs where the line says; nil for from now on.
	BranchFrom *attendance.Date
	// MoveReason is kept with the move, if the row is one; "" for none.
	MoveReason string
	text       string
	what       attendance.UpsertResult // as rehearsed, "" if it was not
}

// What tells what writing the row would do.
func (e *EmployeeRow) What() attendance.UpsertResult {
	switch {
	case e.what != "":
		return e.what
	case e.Before == nil:
		return attendance.Created
	case e.Before.Equal(e.Employee):
		return attendance.Unchanged
	default:
		return attendance.Updated
	}
}

// eachBatch reads a file and passes its rows on, a batch at a time.
func (im *Importer) eachBatch(ctx context.Context, file io.Reader, size int64,
	do func(r *run, ctx context.Context, rows []EmployeeRow) error) (Result, error) {
	r, err := im.start(ctx, file, size)
	if err != nil {
		return Result{}, err
	}
	if err := r.lines.start(); err != nil {
		return Result{}, err
	}
	t, err := openTable(r.lines, employeeColumns)
	if err != nil {
		return Result{}, err
	}
	r.result.Ignored = t.ignored
	seen := map[string]int64{}
	var rows []EmployeeRow
	for {
		rec, err := t.next()
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return r.result, fmt.Errorf("importer: reading after line %d: %w", r.lines.number, err)
		}
		if !end {
			r.result.Lines++
			e, problem := r.employee(rec)
			row := EmployeeRow{Line: rec.line, Employee: e, text: rec.text}
			if problem == nil {
				problem = row.move(rec)
			}
			if problem == nil && seen[e.Number] != 0 {
				problem = duplicate(seen[e.Number])
			}
			if problem != nil {
				if err := r.reject(rec.line, rec.text, problem); err != nil {
					return r.result, err
				}
				continue
			}
			seen[e.Number] = rec.line
			if rec.line > r.o.AfterLine {
				rows = append(rows, row)
			}
		}
		if len(rows) == batchSize || end {
			ready, err := r.complete(ctx, t, rows)
			if err == nil && len(ready) > 0 {
				err = do(r, ctx, ready)
			}
			if err != nil {
				return r.result, err
			}
			rows = rows[:0]
			r.progress()
		}
		if end {
			return r.result, nil
		}
	}
}

// duplicate says that a line before has the same number, or one that reads like it.
func duplicate(line int64) *lineError {
	return &lineError{code: CodeDuplicate, value: strconv.FormatInt(line, 10)}
}

// employee reads one record.
func (r *run) employee(rec record) (attendance.Employee, *lineError) {
	if rec.err != nil {
		return attendance.Employee{}, rec.err
	}
	cell := func(i int) string { return rec.cells[i] }
	e := attendance.Employee{Number: cell(colNumber)}
	for _, f := range []struct {
		to       *string
		column   int
		max      int
		required bool
	}{
		{&e.Number, colNumber, maxNumber, true}, {&e.Name, colName, maxName, true},
		{&e.Department, colDepartment, maxField, false}, {&e.Position, colPosition, maxField, false},
	} {
		value, problem := text(employeeColumns[f.column].name, cell(f.column), f.max, f.required)
		if problem != nil {
			return e, problem
		}
		*f.to = value
	}
	code := cell(colBranch)
	if code == "" {
		return e, &lineError{code: CodeMissing, value: "branch"}
	}
	id, known := r.coded[legible.Fold(code)]
	if !known {
		if r.o.Branches != nil {
			return e, quoted(CodeForeignBranch, code)
		}
		return e, quoted(CodeUnknownBranch, code)
	}
	e.BranchID = id
	var problem *lineError
	if e.Status, problem = parseStatus(cell(colStatus)); problem != nil {
		return e, problem
	}
	if e.HiredOn, problem = parseDate(cell(colHiredOn)); problem != nil {
		return e, problem
	}
	if e.LeftOn, problem = parseDate(cell(colLeftOn)); problem != nil {
		return e, problem
	}
	if e.HiredOn != nil && e.LeftOn != nil && *e.LeftOn < *e.HiredOn {
		return e, &lineError{code: CodeDateOrder, value: e.LeftOn.String()}
	}
	return e, nil
}

// move reads since when the branch of a record holds, and why.
func (e *EmployeeRow) move(rec record) (problem *lineError) {
	if e.BranchFrom, problem = parseDate(rec.cells[colBranchFrom]); problem != nil {
		return problem
	}
	e.MoveReason, problem = text(employeeColumns[colMoveReason].name, rec.cells[colMoveReason], maxReason, false)
	return problem
}

// text checks a single-line value and replaces each run of white space by one space.
func text(name, s string, limit int, required bool) (string, *lineError) {
	s = strings.Join(strings.Fields(s), " ")
	switch {
	case s == "" && required:
		return "", &lineError{code: CodeMissing, value: name}
	case utf8.RuneCountInString(s) > limit:
		return "", &lineError{code: CodeTooLong, value: name}
	case !legible.Is(s):
		return "", &lineError{code: CodeControl, value: name}
	}
	return s, nil
}

// parseStatus returns "" for an empty cell.
func parseStatus(s string) (attendance.EmployeeStatus, *lineError) {
	switch normalise(s) {
	case "":
		return "", nil
	case "active", "aktif":
		return attendance.EmployeeActive, nil
	case "inactive", "nonaktif", "non_aktif", "tidak_aktif", "keluar", "resign":
		return attendance.EmployeeInactive, nil
	default:
		return "", quoted(CodeBadStatus, s)
	}
}

// complete fills in stored values that the file does not have, and refuses rows of branches that are out of bounds.
func (r *run) complete(ctx context.Context, t *table, rows []EmployeeRow) ([]EmployeeRow, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	numbers := make([]string, len(rows))
	for i := range rows {
		numbers[i] = rows[i].Employee.Number
	}
	known, err := r.store.Employees.EmployeesByNumber(ctx, numbers)
	if err != nil {
		return nil, fmt.Errorf("importer: reading employees: %w", err)
	}
	history, err := r.histories(ctx, rows, known)
	if err != nil {
		return nil, err
	}
	ready := make([]EmployeeRow, 0, len(rows))
	for _, row := range rows {
		if old, exists := known[row.Employee.Number]; exists {
			if r.o.Branches != nil && !slices.Contains(r.o.Branches, old.BranchID) {
				if err := r.reject(row.Line, row.text, quoted(CodeOtherBranch, old.Number)); err != nil {
					return nil, err
				}
				continue
			}
			if old.Number != row.Employee.Number {
				if err := r.reject(row.Line, row.text, quoted(CodeAlike, old.Number)); err != nil {
					return nil, err
				}
				continue
			}
			if d := row.BranchFrom; d != nil {
				placeOn(&old, history[old.ID], *d)
			}
			row.Before = &old
		} else {
			key := legible.Fold(row.Employee.Number)
			if line := r.fresh[key]; line != 0 {
				if err := r.reject(row.Line, row.text, duplicate(line)); err != nil {
					return nil, err
				}
				continue
			}
			r.fresh[key] = row.Line
		}
		row.complete(t)
		if b := r.branch(row.Employee.BranchID); !b.Active && row.begins() {
			if err := r.reject(row.Line, row.text, quoted(CodeUnusedBranch, b.Code)); err != nil {
				return nil, err
			}
			continue
		}
		ready = append(ready, row)
	}
	return ready, nil
}

// begins tells whether somebody works in the branch by the row who did not before.
func (e *EmployeeRow) begins() bool {
	return e.Employee.Status == attendance.EmployeeActive &&
		(e.Before == nil || e.Before.Status != e.Employee.Status || e.Before.BranchID != e.Employee.BranchID)
}

func (r *run) branch(id int64) attendance.Branch {
	return r.branches[slices.IndexFunc(r.branches, func(b attendance.Branch) bool { return b.ID == id })]
}

// histories returns the employments of those whom rows put into a place from a date on, by their ids.
func (r *run) histories(ctx context.Context, rows []EmployeeRow,
	known map[string]attendance.Employee) (map[int64][]attendance.Employment, error) {
	var ids []int64
	for i := range rows {
		if old, exists := known[rows[i].Employee.Number]; exists && rows[i].BranchFrom != nil {
			ids = append(ids, old.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	history, err := r.store.Employees.EmploymentsOf(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("importer: reading employments: %w", err)
	}
	return history, nil
}

// placeOn puts an employee where they belong on a date.
func placeOn(e *attendance.Employee, history []attendance.Employment, d attendance.Date) {
	for _, m := range history {
		if m.From <= d {
			e.BranchID, e.Department, e.Position = m.BranchID, m.Department, m.Position
		}
	}
}

// MayMove tells for whoever imports whether a file may put an employee into a branch from a date on, or take them from
// one: that branch is among theirs (nil for all), and the employee somebody else than they.
func MayMove(branches, selves []int64) func(employeeID, branchID int64) error {
	return func(employeeID, branchID int64) error {
		switch {
		case branches != nil && !slices.Contains(branches, branchID):
			return &attendance.Error{Code: attendance.Code(CodeForeignDates),
				Message: "Some of the days that would change are of another branch."}
		case slices.Contains(selves, employeeID):
			return attendance.NewError(attendance.CodeOwnRequest, "Somebody else decides about your own employment.")
		}
		return nil
	}
}

func (r *run) count(what attendance.UpsertResult) {
	if what == attendance.Unchanged {
		r.result.Unchanged++
	} else {
		r.result.Imported++
	}
}

// upsert writes rows.
func (r *run) upsert(ctx context.Context, rows []EmployeeRow) error {
	return r.write(ctx, rows, func(some []EmployeeRow) error {
		results, err := r.o.Write(ctx, some)
		for _, what := range results {
			r.count(what)
		}
		return err
	})
}

// write passes rows to do, which writes all of them or none, without those that are refused.
func (r *run) write(ctx context.Context, rows []EmployeeRow, do func(some []EmployeeRow) error) error {
	return write(ctx, r, rows, &writing[EmployeeRow]{
		write:    do,
		at:       func(e *EmployeeRow) place { return place{e.Line, e.text} },
		why:      func(e *EmployeeRow, err error) *lineError { return refusal(err, e.Employee.Number).ofPeople() },
		employee: func(e *EmployeeRow) int64 { return e.Employee.ID },
	})
}

// People returns the employees of rows.
func People(rows []EmployeeRow) []attendance.Employee {
	es := make([]attendance.Employee, len(rows))
	for i := range rows {
		es[i] = rows[i].Employee
	}
	return es
}

// MovedFrom returns since when people of some numbers belong to the branch that is given.
func MovedFrom(rows []EmployeeRow) map[string]*attendance.Date {
	from := map[string]*attendance.Date{}
	for i := range rows {
		if rows[i].BranchFrom != nil {
			from[rows[i].Employee.Number] = rows[i].BranchFrom
		}
	}
	return from
}

// MoveReasons returns why people of some numbers move, if their rows are moves.
func MoveReasons(rows []EmployeeRow) map[string]string {
	reasons := map[string]string{}
	for i := range rows {
		if rows[i].MoveReason != "" {
			reasons[rows[i].Employee.Number] = rows[i].MoveReason
		}
	}
	return reasons
}

func (e *EmployeeRow) complete(t *table) {
	old := e.Before
	if e.Employee.Status == "" {
		e.Employee.Status = attendance.EmployeeActive
		if old != nil {
			e.Employee.Status = old.Status
		}
	}
	if old == nil {
		return
	}
	e.Employee.ID, e.Employee.Forgotten = old.ID, old.Forgotten
	if !t.has(colDepartment) {
		e.Employee.Department = old.Department
	}
	if !t.has(colPosition) {
		e.Employee.Position = old.Position
	}
	if !t.has(colHiredOn) {
		e.Employee.HiredOn = old.HiredOn
	}
	back := old.Status == attendance.EmployeeInactive && e.Employee.Status == attendance.EmployeeActive
	if !t.has(colLeftOn) && !back { // the last day of who comes back was that of another time
		e.Employee.LeftOn = old.LeftOn
	}
}
