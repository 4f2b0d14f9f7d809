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
	// PINFormat makes employee numbers of PINs: a text with one %s, or %0Ns for a PIN padded with zeros. With "", a PIN is
	// the number itself, or differs from it by leading zeros only.
	PINFormat string
	// Device names the terminal; "" means what the file says. It is part of what makes a punch the same one on a second
	// import, so give a file the same name each time.
	Device string
}

var punchColumns = []column{
	{"number", true, []string{"employee_number", "employee_no", "pin", "nik", "nip", "nomor", "nomor_karyawan", "no_karyawan", "nomor_induk",
		"nomor_pegawai", "no_pegawai", "id_karyawan"}},
	{"time", true, []string{"timestamp", "datetime", "date_time", "occurred_at", "waktu", "tanggal_jam", "tanggal_waktu"}},
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
	return im.readPunches(ctx, file, size, o, nil)
}

// PunchRow is a punch that a line of a file describes, and whose it is.
type PunchRow struct {
	Line     int64
	Employee attendance.Employee
	Punch    attendance.NewPunch
	Known    bool // in a preview: recorded already, or earlier in the file
	place    place
}

// PreviewPunches reads a file as Punches does and writes nothing: take gets each batch of punches that would be handed to
// the store.
func (im *Importer) PreviewPunches(ctx context.Context, file io.Reader, o PunchOptions, take func(punches []PunchRow) error) (Result, error) {
	return im.readPunches(ctx, file, 0, o, take)
}

func (im *Importer) readPunches(ctx context.Context, file io.Reader, size int64, o PunchOptions, dry func(punches []PunchRow) error) (Result, error) {
	r, err := im.start(ctx, file, size)
	if err != nil {
		return Result{}, err
	}
	r.dry = dry
	p, err := newPunchRun(r, o)
	if err != nil {
		return Result{}, err
	}
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
	shown  map[string]bool // idempotency keys of a preview
}

func newPunchRun(r *run, o PunchOptions) (*punchRun, error) {
	f, err := parsePINFormat(o.PINFormat)
	if err != nil {
		return nil, err
	}
	p := &punchRun{run: r, roll: newRoll(r.store, f), zones: map[int64]*time.Location{}, shown: map[string]bool{}}
	if p.format, err = parseColumns(o.Columns); err != nil {
		return nil, err
	}
	var problem *lineError
	if p.device, problem = text("device", o.Device, maxDevice, false); problem != nil {
		why := problem.rejection(0, "")
		return nil, &FileError{attendance.Invalid("device", why.Message), why.Indonesian}
	}
	load := func(name string) (*time.Location, error) {
		zone, err := time.LoadLocation(name)
		if err != nil || name == "" || name == "Local" {
			return nil, &attendance.Error{Code: attendance.CodeInvalidZone, Message: fmt.Sprintf("%q is not an IANA time zone", name), Field: "zone", Cause: err}
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

// open finds out the format and returns the function that reads the next entry.
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
		return func() (entry, error) { return nextCSV(t) }, nil
	default:
		return nil, attendance.Invalid("format", fmt.Sprintf("%q is neither csv nor attlog", format))
	}
}

// detect reads up to the first line that says something, and hands it back.
func (p *punchRun) detect(columns bool) (Format, error) {
	if columns {
		return Attlog, nil
	}
	for {
		l, err := p.lines.next()
		if errors.Is(err, io.EOF) {
			return "", InvalidFile("the file is empty", "berkas kosong")
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

func nextCSV(t *table) (entry, error) {
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
	e.direction, e.err = parseDirection(rec.cells[2])
	e.status = string(e.direction)
	return e, nil
}

// parseDirection reads a word or a terminal's state; an empty cell leaves the direction to the rules.
func parseDirection(s string) (attendance.Direction, *lineError) {
	switch normalise(s) {
	case "in", "check_in", "checkin", "masuk", "datang":
		return attendance.In, nil
	case "out", "check_out", "checkout", "keluar", "pulang":
		return attendance.Out, nil
	case "break_out", "istirahat", "mulai_istirahat":
		return attendance.BreakOut, nil
	case "break_in", "kembali", "selesai_istirahat":
		return attendance.BreakIn, nil
	case "auto":
		return attendance.Undetermined, nil
	default:
		return terminalDirection(s)
	}
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
	latest := p.o.Clock.Now().Add(2 * time.Minute)
	punches := make([]PunchRow, 0, len(batch))
	for i := range batch {
		punch, problem := p.punch(&batch[i], latest)
		if problem != nil {
			if err := p.reject(batch[i].line, batch[i].text, problem); err != nil {
				return err
			}
			continue
		}
		punches = append(punches, PunchRow{Line: batch[i].line, Employee: p.roll.known[batch[i].pin].employee, Punch: punch, place: batch[i].place})
	}
	if len(punches) == 0 {
		return nil
	}
	if p.dry != nil {
		return p.show(ctx, punches)
	}
	at := func(i int) place { return punches[i].place }
	return p.writeHalving(ctx, 0, len(punches), at, func(from, to int) error {
		return p.record(ctx, punches[from:to])
	})
}

// show finds out which punches are known and hands them to the preview.
func (p *punchRun) show(ctx context.Context, rows []PunchRow) error {
	known, err := p.store.KnownPunches(ctx, punchesOf(rows))
	if err != nil {
		return fmt.Errorf("importer: looking up punches: %w", err)
	}
	for i := range rows {
		key := rows[i].Punch.IdempotencyKey // holds the employee
		rows[i].Known = known[i] || p.shown[key]
		p.shown[key] = true
		if rows[i].Known {
			p.result.Unchanged++
		} else {
			p.result.Imported++
		}
	}
	return p.dry(rows)
}

func punchesOf(rows []PunchRow) []attendance.NewPunch {
	out := make([]attendance.NewPunch, len(rows))
	for i := range rows {
		out[i] = rows[i].Punch
	}
	return out
}

func (p *punchRun) record(ctx context.Context, rowsOfFile []PunchRow) error {
	results, err := p.store.RecordBatch(ctx, punchesOf(rowsOfFile))
	if err != nil {
		return err
	}
	for i, res := range results {
		switch {
		case res.Err != nil:
			if err := p.reject(rowsOfFile[i].Line, rowsOfFile[i].place.text, refusal(res.Err, rowsOfFile[i].Employee.Number)); err != nil {
				return committed{err}
			}
		case res.Replayed:
			p.result.Unchanged++
		default:
			p.result.Imported++
		}
	}
	return nil
}

// earliest is when punches become believable: terminals whose clock lost its battery start at 2000-01-01.
var earliest = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// punch makes a punch of an entry whose PIN has been resolved.
func (p *punchRun) punch(e *entry, latest time.Time) (attendance.NewPunch, *lineError) {
	if e.err != nil {
		return attendance.NewPunch{}, e.err
	}
	who := p.roll.known[e.pin]
	if who.err != nil {
		return attendance.NewPunch{}, who.err
	}
	if p.o.Branches != nil && !slices.Contains(p.o.Branches, who.employee.BranchID) {
		return attendance.NewPunch{}, quoted(CodeOtherBranch, who.employee.Number)
	}
	zone := p.zone
	if zone == nil {
		zone = p.zones[who.employee.BranchID]
	}
	if zone == nil {
		return attendance.NewPunch{}, &lineError{code: CodeUnknownBranch, value: "of employee " + who.employee.Number}
	}
	occurred, _, ok := e.at.in(zone)
	switch {
	case !ok:
		return attendance.NewPunch{}, quoted(CodeSkippedTime, e.at.String())
	case occurred.After(latest):
		return attendance.NewPunch{}, quoted(CodeFuture, e.at.String())
	case occurred.Before(earliest):
		return attendance.NewPunch{}, quoted(CodeClockReset, e.at.String())
	}
	device, problem := text("device", e.device, maxDevice, false)
	if problem != nil {
		return attendance.NewPunch{}, problem
	}
	if p.device != "" {
		device = p.device
	}
	note, problem := text("note", e.note, maxNote, false)
	if problem != nil {
		return attendance.NewPunch{}, problem
	}
	// The note is left out: a corrected remark does not make another punch.
	sum := sha256.Sum256([]byte(strings.Join([]string{strconv.FormatInt(who.employee.ID, 10), e.at.String(), device, e.status}, "\x00")))
	return attendance.NewPunch{
		EmployeeID:     who.employee.ID,
		Direction:      e.direction,
		OccurredAt:     occurred,
		Source:         attendance.SourceImport,
		Device:         device,
		Note:           note,
		IdempotencyKey: "import:" + hex.EncodeToString(sum[:16]),
		RequestHash:    [16]byte(sum[16:]),
	}, nil
}
