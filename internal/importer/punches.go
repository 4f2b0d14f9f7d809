package importer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/iclock"
)

// Format is the kind of a punches file.
type Format string

// Auto looks at the first line.
const (
	Auto   Format = ""
	CSV    Format = "csv"
	Attlog Format = "attlog"
)

// PunchOptions describes a punches file.
type PunchOptions struct {
	Format Format
	// Columns is the order of fields of an attlog file; "" means DefaultColumns. Naming one makes Auto mean Attlog.
	Columns string
	// Zone is the IANA zone of local times; "" means the zone of each employee's branch.
	Zone string
	// PINFormat makes employee numbers of PINs: a text with one %s, or %0Ns for a PIN padded with zeros. With "", a PIN
	// is the number itself, or differs from it by leading zeros only.
	PINFormat string
	// Direction says how to read the directions of the file. With any mode but AsSaid, punches that were imported
	// earlier for the same instants with another direction are voided and replaced. This is how a file that was read
	// wrongly is read again.
	Direction DirectionMode
	// Device is the name of the terminal; "" means the one in the file. It is part of the idempotency key of a punch,
	// so give the same file the same name each time.
	Device string
}

var punchColumns = []column{
	{"number", true, []string{"employee_number", "employee_no", "pin", "nik", "nip", "nomor", "nomor_karyawan",
		"no_karyawan", "nomor_induk",
		"nomor_pegawai", "no_pegawai", "id_karyawan"}},
	{"time", true, []string{"timestamp", "datetime", "date_time", "occurred_at", "waktu", "tanggal_jam",
		"tanggal_waktu"}},
	{"direction", true, []string{"type", "arah", "jenis", "tipe"}},
	{"device", false, []string{"terminal", "perangkat", "mesin", "alat"}},
	{"note", false, []string{"notes", "catatan", "keterangan"}},
}

// The longest values, in characters: the widths of the database's columns.
const (
	maxDevice = 100
	maxNote   = 500
)

// entry is one line of a punches file, before anything is looked up.
type entry struct {
	place
	pin       string
	at        stamp
	device    string
	direction attendance.Direction
	status    string // as the file wrote it, normalised
	note      string
	err       *lineError
}

// Punches imports a file of punches: CSV with the columns number, time and direction, and optionally device and note,
// or the attlog of a ZKTeco terminal. Times are RFC 3339 or local; a local time that daylight saving skipped is
// rejected, of one that it repeated the first is meant. Times may lie in any past: the 72 h limit of offline punches
// does not apply. size is the file's length for the progress, 0 when unknown.
func (im *Importer) Punches(ctx context.Context, file io.Reader, size int64, o PunchOptions) (Result, error) {
	r, err := im.start(ctx, file, size)
	if err != nil {
		return Result{}, err
	}
	return im.readPunches(ctx, r, o, im.store.Recorder)
}

// PunchRow is a punch that a line of a file describes, and whose it is.
type PunchRow struct {
	Line     int64
	Employee attendance.Employee
	Punch    attendance.NewPunch
	Known    bool   // recorded already, or earlier in the file
	Replaced bool   // takes the place of another reading
	repeated string // the time with its offset, if it is the first of two that clocks show alike
	place    place
}

// PreviewPunches reads a file as Punches does, with the same code, and writes nothing. rehearsal replaces the store,
// and take gets each batch of punches that it took.
func (im *Importer) PreviewPunches(ctx context.Context, file io.Reader, o PunchOptions, rehearsal Recorder,
	take func(punches []PunchRow) error) (Result, error) {
	r, err := im.start(ctx, file, 0)
	if err != nil {
		return Result{}, err
	}
	r.dry = take
	return im.readPunches(ctx, r, o, rehearsal)
}

func (im *Importer) readPunches(ctx context.Context, r *run, o PunchOptions, to Recorder) (Result, error) {
	p, err := newPunchRun(r, o)
	if err != nil {
		return Result{}, err
	}
	p.to = to
	next, err := p.open(o)
	if err != nil {
		return Result{}, err
	}
	batch := make([]entry, 0, batchSize)
	for {
		e, err := next()
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return r.result, fmt.Errorf("importer: reading after line %d: %w", r.lines.number, err)
		}
		if !end {
			r.result.Lines++
			if e.err == nil {
				p.said.add(e.direction)
			}
			if e.line > im.o.AfterLine {
				batch = append(batch, e)
			}
		}
		if len(batch) == batchSize || end {
			if err := p.write(ctx, batch); err != nil {
				return r.result, err
			}
			if n := len(batch); n > 0 && im.o.OnBatch != nil {
				if err := im.o.OnBatch(batch[n-1].line, r.result); err != nil {
					return r.result, err
				}
			}
			batch = batch[:0]
			r.progress()
		}
		if end {
			if !o.Direction.forced() {
				r.result.Only = p.said.constant()
			}
			return r.result, nil
		}
	}
}

// punchRun is the import of one punches file.
type punchRun struct {
	*run
	roll   *roll
	zone   *time.Location // nil: each branch's own
	zones  map[int64]*time.Location
	device string
	format attlog
	mode   DirectionMode
	to     Recorder
	said   said
	met    map[occasion]attendance.Direction // what this file said of each, where it replaces as it says
}

// occasion identifies what can have only one punch.
type occasion struct{ employee, at int64 } // at in Unix microseconds

func newPunchRun(r *run, o PunchOptions) (*punchRun, error) {
	f, err := iclock.ParsePINFormat(o.PINFormat)
	if err != nil {
		return nil, err
	}
	p := &punchRun{run: r, roll: newRoll(r.store, f), zones: map[int64]*time.Location{}, mode: o.Direction,
		met: map[occasion]attendance.Direction{}}
	if err := o.Direction.check(); err != nil {
		return nil, err
	}
	if p.format, err = parseColumns(o.Columns); err != nil {
		return nil, err
	}
	p.format.mode = o.Direction
	var problem *lineError
	if p.device, problem = text("device", o.Device, maxDevice, false); problem != nil {
		return nil, fileError("device", problem.in)
	}
	load := func(name string) (*time.Location, error) {
		zone, err := time.LoadLocation(name)
		if err != nil || name == "" || name == "Local" {
			return nil, &attendance.Error{Code: attendance.CodeInvalidZone,
				Message: fmt.Sprintf("%q is not an IANA time zone", name), Field: "zone", Cause: err}
		}
		return zone, nil
	}
	if o.Zone != "" {
		p.zone, err = load(o.Zone)
		return p, err
	}
	for _, b := range r.branches {
		if p.zones[b.ID], err = load(b.Zone); err != nil {
			return nil, fmt.Errorf("importer: branch %s: %w", b.Code, err)
		}
	}
	return p, nil
}

// open detects the format and returns the function that reads the next entry.
func (p *punchRun) open(o PunchOptions) (func() (entry, error), error) {
	if err := p.lines.start(); err != nil {
		return nil, err
	}
	format := o.Format
	if format == Auto {
		var err error
		if format, err = p.detect(o.Columns != ""); err != nil {
			return nil, err
		}
	}
	switch format {
	case Attlog:
		return p.nextAttlog, nil
	case CSV:
		t, err := openTable(p.lines, punchColumns)
		if err != nil {
			return nil, err
		}
		p.result.Ignored = t.ignored
		return func() (entry, error) { return nextCSV(t, p.mode) }, nil
	default:
		return nil, attendance.Invalid("format", fmt.Sprintf("%q is neither csv nor attlog", format))
	}
}

// detect reads up to the first line that is not blank, and puts it back.
func (p *punchRun) detect(columns bool) (Format, error) {
	if columns {
		return Attlog, nil
	}
	for {
		l, err := p.lines.next()
		if errors.Is(err, io.EOF) {
			return "", InvalidFile("imports.file.empty")
		}
		if err != nil {
			return "", fmt.Errorf("importer: reading: %w", err)
		}
		if l.err == nil && blank(l.text) {
			continue
		}
		p.lines.unreadAll([]line{l})
		if looksLikeAttlog(l.text) {
			return Attlog, nil
		}
		return CSV, nil
	}
}

func (p *punchRun) nextAttlog() (entry, error) {
	for {
		l, err := p.lines.next()
		if err != nil {
			return entry{}, err
		}
		if l.err == nil && blank(l.text) {
			continue
		}
		e := entry{err: l.err}
		if l.err == nil {
			e, l.err = p.format.parse(l.text)
			e.err = l.err
		}
		e.place = place{l.number, excerpt(l.text)}
		return e, nil
	}
}

func nextCSV(t *table, mode DirectionMode) (entry, error) {
	rec, err := t.next()
	if err != nil {
		return entry{}, err
	}
	e := entry{place: rec.place, err: rec.err}
	if e.err != nil {
		return e, nil
	}
	e.pin, e.device, e.note = rec.cells[0], rec.cells[3], rec.cells[4]
	if e.err = checkPIN(e.pin, "number"); e.err != nil {
		return e, nil
	}
	if e.at, e.err = parseStamp(rec.cells[1]); e.err != nil {
		return e, nil
	}
	e.direction, _, e.err = mode.read(rec.cells[2], parseDirection)
	e.status = string(e.direction)
	return e, nil
}

// write resolves and records one batch.
func (p *punchRun) write(ctx context.Context, batch []entry) error {
	pins := make([]string, 0, len(batch))
	for i := range batch {
		if batch[i].err == nil {
			pins = append(pins, batch[i].pin)
		}
	}
	if err := p.roll.resolve(ctx, pins); err != nil {
		return err
	}
	latest := p.o.Clock.Now().Add(aheadAtMost)
	punches := make([]PunchRow, 0, len(batch))
	for i := range batch {
		row := PunchRow{Line: batch[i].line, Employee: p.roll.known[batch[i].pin].employee, place: batch[i].place}
		problem := p.punch(&batch[i], latest, &row)
		if problem != nil {
			if err := p.reject(batch[i].line, batch[i].text, problem); err != nil {
				return err
			}
			continue
		}
		punches = append(punches, row)
	}
	if len(punches) == 0 {
		return nil
	}
	return write(ctx, p.run, punches, &writing[PunchRow]{
		write: func(some []PunchRow) error { return p.record(ctx, some) },
		at:    func(row *PunchRow) place { return row.place },
		why:   func(row *PunchRow, err error) *lineError { return refusal(err, row.Employee.Number) },
	})
}

func punchesOf(rows []PunchRow) []attendance.NewPunch {
	out := make([]attendance.NewPunch, len(rows))
	for i := range rows {
		out[i] = rows[i].Punch
	}
	return out
}

// record hands punches on and counts what became of each.
func (p *punchRun) record(ctx context.Context, batch []PunchRow) error {
	results, err := p.to.RecordBatch(ctx, punchesOf(batch))
	if err != nil {
		return err
	}
	taken := make([]PunchRow, 0, len(batch))
	for i := range results {
		if err := p.count(&batch[i], &results[i]); err != nil {
			return committed{err}
		}
		if results[i].Err == nil {
			taken = append(taken, batch[i])
		}
	}
	if p.dry == nil {
		return nil
	}
	return p.dry(taken)
}

func (p *punchRun) count(row *PunchRow, res *attendance.RecordResult) error {
	if res.Err != nil {
		return p.reject(row.Line, row.place.text, refusal(res.Err, row.Employee.Number))
	}
	row.Replaced = res.Replaced
	row.Known = res.Replayed && !res.Replaced
	switch {
	case row.Known:
		p.result.Unchanged++
	case row.Replaced:
		p.result.Replaced++
		fallthrough
	default:
		p.result.Imported++
	}
	if res.Twin != "" {
		return p.note(row.place, &lineError{code: NoteOtherDirection})
	}
	if row.repeated != "" {
		return p.note(row.place, &lineError{code: NoteRepeatedTime, value: row.repeated})
	}
	return nil
}

// aheadAtMost is how far the clock of a device may be ahead of ours.
const aheadAtMost = 2 * time.Minute

// earliest is when punches become believable: terminals whose clock lost its battery start at 2000-01-01.
var earliest = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// punch completes the row of an entry whose PIN has been resolved.
func (p *punchRun) punch(e *entry, latest time.Time, row *PunchRow) *lineError {
	if e.err != nil {
		return e.err
	}
	who := p.roll.known[e.pin]
	if who.err != nil {
		return who.err
	}
	own := p.o.Own
	if own.refuses(who.employee.ID) {
		return &lineError{code: CodeOwnDays}
	}
	branch := who.branchOn(attendance.NewDate(e.at.civil.Date()))
	if p.o.Branches != nil && !slices.Contains(p.o.Branches, branch) {
		return quoted(CodeOtherBranch, who.employee.Number)
	}
	zone := p.zone
	if zone == nil {
		zone = p.zones[branch]
	}
	if zone == nil {
		return &lineError{code: CodeUnknownBranch, value: "of employee " + who.employee.Number}
	}
	occurred, repeated, ok := e.at.in(zone)
	switch {
	case !ok:
		return quoted(CodeSkippedTime, e.at.String())
	case occurred.After(latest):
		return quoted(CodeFuture, e.at.String())
	case occurred.Before(earliest):
		return quoted(CodeClockReset, e.at.String())
	}
	device, problem := text("device", e.device, maxDevice, false)
	if problem != nil {
		return problem
	}
	if p.device != "" {
		device = p.device
	}
	note, problem := text("note", e.note, maxNote, false)
	if problem != nil {
		return problem
	}
	// The note is left out: a corrected remark does not make another punch.
	sum := sha256.Sum256([]byte(
		strings.Join([]string{strconv.FormatInt(who.employee.ID, 10), e.at.String(), device, e.status}, "\x00")))
	if repeated {
		row.repeated = occurred.In(zone).Format("2006-01-02 15:04:05 -07:00")
	}
	row.Punch = attendance.NewPunch{
		EmployeeID:     who.employee.ID,
		Direction:      e.direction,
		OccurredAt:     occurred,
		Repeated:       repeated,
		Source:         attendance.SourceImport,
		Device:         device,
		Note:           note,
		IdempotencyKey: "import:" + hex.EncodeToString(sum[:16]),
		RequestHash:    [16]byte(sum[16:]),
		Replaces:       p.replaces(occasion{who.employee.ID, occurred.UnixMicro()}, e.direction),
		Alone:          own.alone(who.employee.ID),
	}
	return nil
}

// replaces says who reads a punch anew; nil where the file is not to, or says two things of it, of which neither is the
// truth.
func (p *punchRun) replaces(o occasion, d attendance.Direction) *attendance.Void {
	if p.mode == AsSaid {
		return nil
	}
	if p.mode == BelieveIt {
		if before, met := p.met[o]; met && before != d {
			p.met[o] = "" // no direction; the two stand beside each other from now on
			return nil
		}
		p.met[o] = d
	}
	if p.o.Void == nil {
		return &attendance.Void{Origin: attendance.VoidByImport}
	}
	return p.o.Void
}
