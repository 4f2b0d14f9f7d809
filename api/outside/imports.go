package outside

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/importer"
	"hadir/internal/store/company"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/danielgtaylor/huma/v2"
)

const (
	// maxImportFile and maxImportLines bound what one request looks at. What a file would change is tried out in the
	// database, a thousand lines in a transaction, so that 50,000 employees take a few seconds.
	maxImportFile  = 5 << 20
	maxImportLines = 50_000
	// MaxBody is the largest body of an upload, in bytes, with room for what surrounds it.
	MaxBody = maxImportFile + 4096
	// shownLines is how many lines of each kind an answer lists; the rest is counted, and refused ones are in the CSV.
	shownLines = 200
)

// UploadOptions is what every upload says of its file. It is exported because huma flattens embedded structs only so.
type UploadOptions struct {
	Name string `query:"name" maxLength:"200" text:"line" doc:"Name of the file, to tell imports apart."`
}

type uploadInput struct {
	UploadOptions
	RawBody []byte `contentType:"text/csv"`
}

type punchUploadInput struct {
	UploadOptions
	Format    string `query:"format" enum:",csv,attlog" doc:"Left out, the first line tells."`
	Zone      string `query:"zone" maxLength:"64" doc:"@punchUploadInput.zone"`
	PINFormat string `query:"pin_format" maxLength:"64" doc:"@punchUploadInput.pin_format"`
	Device    string `query:"device" maxLength:"100" text:"line" doc:"The terminal; left out, what the file says."`
	PunchReading
	RawBody []byte `contentType:"text/csv"`
}

// PunchReading says how to read a file of punches. It is exported because huma flattens embedded structs only so.
type PunchReading struct {
	Direction string `query:"direction" enum:",status,auto,in,out" doc:"@PunchReading.direction"`
	Columns   string `query:"columns" maxLength:"100" doc:"@PunchReading.columns"`
}

// readInput asks to read a previewed file another way.
type readInput struct {
	rest.IDInput
	PunchReading
	Language string `header:"Accept-Language"`
}

type importLine struct {
	Line      int64      `json:"line" doc:"From 1, the header included."`
	Number    string     `json:"number"`
	Name      string     `json:"name"`
	What      string     `json:"what" enum:"created,updated,replaced"`
	Changed   []string   `json:"changed,omitempty" doc:"Fields of an employee that would change."`
	At        *time.Time `json:"at,omitempty" doc:"When the punch was."`
	Zone      string     `json:"zone,omitempty" doc:"Where the employee works."`
	Direction string     `json:"direction,omitempty" doc:"Of a punch; empty where the rules decide."`
}

// ImportDetail is an import with its first lines.
type ImportDetail struct {
	task.FileImport
	Changes    []importLine         `json:"changes,omitempty" doc:"@ImportDetail.changes"`
	Refused    []importer.Rejection `json:"refused" doc:"The first refused lines; all kept ones are in the CSV."`
	Notes      []importer.Rejection `json:"notes,omitempty" doc:"The first lines that were taken with a remark."`
	Reading    *reading             `json:"reading,omitempty" doc:"How a file of punches is read."`
	Ignored    []string             `json:"ignored,omitempty" doc:"@ImportDetail.ignored"`
	Leaving    int                  `json:"leaving,omitempty" doc:"Of those updated, the active people who leave."`
	MayProceed bool                 `json:"may_proceed" doc:"The import waits to be started and would write something."`
}

// reading is how a file of punches is read, kept with it.
type reading struct {
	Direction string `json:"direction" enum:",status,auto,in,out"`
	Columns   string `json:"columns"`
	Only      string `json:"only,omitempty" doc:"@reading.only"`
}

// keptOptions are the options of an import with what its preview found out.
type keptOptions struct {
	importer.PunchOptions
	Only    attendance.Direction `json:"only,omitempty"`
	Leaving int                  `json:"leaving,omitempty"`
}

// room says what becomes of previews that nobody starts.
const room = " Of the files that were looked at and not started, the newest five of each account are kept; an older " +
	"one answers 410 file_displaced."

func (a *api) registerImports(r *rest.Router) {
	up := rest.Op("POST /api/employees/imports", "preview-employee-import",
		"Upload a CSV of employees and see what it would do", tagDirectory, http.StatusRequestEntityTooLarge)
	up.MaxBodyBytes, up.DefaultStatus = maxImportFile, http.StatusCreated
	up.Description = "Nothing is written before the import is started. Columns: number, name, branch (its code), " +
		"and optionally department, position, status, hired_on, left_on, branch_from (since when in that branch: a " +
		"move under the rules of move-employee), move_reason (kept with the move in the audit log), under " +
		"English or Indonesian headers. At most 5 MiB and 50,000 lines." + room
	handleUpload(r, rest.AsTheUser(up), a.previewEmployees)
	up = rest.Op("POST /api/punches/imports", "preview-punch-import",
		"Upload a CSV or attlog of punches and see what it would do", tagDirectory, http.StatusRequestEntityTooLarge)
	up.MaxBodyBytes, up.DefaultStatus = maxImportFile, http.StatusCreated
	up.Description = "Nothing is written before the import is started. CSV with the columns number, time, " +
		"direction, and optionally device, note; or the attlog text of ZKTeco terminals. At most 5 MiB and 50,000 " +
		"lines." + room
	handleUpload(r, rest.AsTheUser(up), a.previewPunches)
	again := rest.Op("POST /api/punches/imports/{id}/read", "read-punch-import",
		"Read a previewed file another way", tagDirectory, http.StatusNotFound, http.StatusConflict, http.StatusGone)
	again.DefaultStatus = http.StatusCreated
	again.Description = "Makes a new preview of the same file, in the place of the one before."
	rest.Handle(r, rest.AsTheUser(again), rest.Dashboard, a.readPunchesAgain)
	a.registerImport(r, task.ImportOfEmployees, "employee")
	a.registerImport(r, task.ImportOfPunches, "punch")
}

// handleUpload adds an operation that takes a file. A file of no bytes is a file that is empty, and said to be so like
// any other; to huma it would be a body that is missing.
func handleUpload[I any](r *rest.Router, op huma.Operation, preview func(context.Context, *I) (ImportDetail, error)) {
	op.RequestBody = &huma.RequestBody{}
	rest.Handle(r, op, rest.Dashboard, preview)
	op.RequestBody.Required = false // huma has set it
}

// registerImport adds what follows the preview, which is the same for both kinds. Everybody has imports of their own
// only.
func (a *api) registerImport(r *rest.Router, kind task.ImportKind, name string) {
	path := "/api/" + string(kind) + "/imports/{id}"
	begin := rest.Op("POST "+path+"/start", "start-"+name+"-import",
		"Write a previewed import; a task does it", tagDirectory, http.StatusNotFound, http.StatusGone)
	begin.DefaultStatus = http.StatusAccepted
	begin = rest.AsTheUser(begin)
	if kind == task.ImportOfEmployees {
		begin = rest.ConfirmedIf(begin, fmt.Sprintf("more than %d people leave by it", fewLeave))
	}
	rest.Handle(r, begin, rest.Dashboard, func(ctx context.Context, in *rest.IDInput) (out ImportDetail, err error) {
		im, err := a.ownImport(ctx, kind, in.ID)
		if err != nil {
			return out, err
		}
		if im, err = confirmedLeavers(ctx, im); err != nil {
			return out, err
		}
		if im, err = a.o.Store.Imports.StartFileImport(ctx, im.ID, rest.ActorOf(ctx)); err != nil {
			return out, err
		}
		return importDetail(ImportDetail{FileImport: im})
	})
	look := rest.Op("GET "+path, "get-"+name+"-import", "How far an import is", tagDirectory, http.StatusNotFound,
		http.StatusGone)
	rest.Handle(r, rest.AsTheUser(look), rest.Dashboard,
		func(ctx context.Context, in *rest.IDInput) (out ImportDetail, err error) {
			im, err := a.ownImport(ctx, kind, in.ID)
			if err != nil {
				return out, err
			}
			return importDetail(ImportDetail{FileImport: im})
		})
	refused := rest.Op("GET "+path+"/errors", "get-"+name+"-import-errors", "The refused lines as CSV", tagDirectory,
		http.StatusNotFound, http.StatusGone)
	rest.HandleOutput(r, rest.AsTheUser(refused), rest.Dashboard,
		func(ctx context.Context, in *errorsInput) (*rest.File, error) {
			im, err := a.ownImport(ctx, kind, in.ID)
			if err != nil {
				return nil, err
			}
			entry := ledger.AuditEntry{Action: ledger.RejectedDownloaded, Table: "file_imports",
				RowID: strconv.FormatInt(im.ID, 10)}
			if err := rest.NoteDownload(ctx, a.o.Store.Audit, entry, im); err != nil {
				return nil, err
			}
			return rejectedLines(im, in.Language)
		})
}

// fewLeave is how many people may leave by one file before somebody has to confirm that it is meant: a file that is
// wrong, or in wrong hands, keeps everybody from signing in.
const fewLeave = 5

// confirmedLeavers refuses an import by which many leave to who did not just prove who they are.
func confirmedLeavers(ctx context.Context, im task.FileImport) (task.FileImport, error) {
	kept, err := keptOf(im)
	if err == nil && im.State == task.ImportPreview && kept.Leaving > fewLeave {
		err = rest.NeedConfirmed(ctx)
	}
	return im, err
}

// keptOf returns what was kept beside a file; of one that was previewed by an earlier release nothing may be.
func keptOf(im task.FileImport) (kept keptOptions, err error) {
	if len(im.Options) > 0 {
		err = json.Unmarshal(im.Options, &kept)
	}
	return kept, err
}

// look is one preview.
type look struct {
	ImportDetail
	user       account.User
	own        *importer.Own
	log, notes importer.RejectionLog
}

func (l *look) options(a *api) importer.Options {
	return importer.Options{Clock: a.o.Clock, Branches: rest.OwnBranches(l.user),
		OnReject: func(r importer.Rejection) error {
			l.log.Add(r)
			return l.atMost()
		}, OnNote: func(r importer.Rejection) error {
			l.notes.Add(r)
			return nil
		}, Void: &attendance.Void{UserID: l.user.ID, EmployeeID: l.user.EmployeeID, Origin: attendance.VoidByImport},
		Own: l.own}
}

// ownOf is the rule about the own days for whoever looks at a file of punches.
func (a *api) ownOf(ctx context.Context) (*importer.Own, error) {
	u := rest.UserOf(ctx)
	alone, err := a.o.Store.Users.Alone(ctx, u)
	return &importer.Own{UserID: u.ID, Alone: alone}, err
}

func (l *look) atMost() error {
	if l.log.Total+l.Created+l.Updated+l.Unchanged > maxImportLines {
		return importer.InvalidFile("imports.file.too_many_lines")
	}
	return nil
}

func newLook(u account.User, kind task.ImportKind, name string, file []byte) *look {
	return &look{ImportDetail: ImportDetail{
		FileImport: task.FileImport{UserID: u.ID, Kind: kind, FileName: fileName(name), File: file}}, user: u}
}

// keep stores a preview.
func (a *api) keep(ctx context.Context, l *look, result importer.Result) (out ImportDetail, err error) {
	l.Lines, l.Rejected, l.Ignored = result.Lines, result.Rejected, result.Ignored
	l.Replaced, l.Noted = result.Replaced, result.Noted
	if l.Rejections, err = l.log.Text(); err != nil {
		return out, err
	}
	if l.FileImport.Notes, err = l.notes.Text(); err != nil {
		return out, err
	}
	if l.FileImport, err = a.o.Store.Imports.AddFileImport(ctx, l.FileImport); err != nil {
		return out, err
	}
	return importDetail(l.ImportDetail)
}

func (a *api) previewEmployees(ctx context.Context, in *uploadInput) (out ImportDetail, err error) {
	l := newLook(rest.UserOf(ctx), task.ImportOfEmployees, in.Name, in.RawBody)
	o, by := l.options(a), rest.ActorOf(ctx)
	selves, err := a.o.Store.Users.Bound(ctx, l.user)
	if err != nil {
		return out, err
	}
	may := importer.MayMove(o.Branches, selves)
	o.Rehearse = func(ctx context.Context, rows []importer.EmployeeRow) ([]attendance.UpsertResult, error) {
		return a.o.Store.Employees.RehearseEmployees(ctx, by, company.Upsert{Employees: importer.People(rows),
			MovedFrom: importer.MovedFrom(rows), Reasons: importer.MoveReasons(rows), MayMove: may})
	}
	result, err := importer.New(a.files(), o).Preview(ctx, bytes.NewReader(in.RawBody),
		func(rows []importer.EmployeeRow) error {
			for i := range rows {
				l.take(&rows[i])
			}
			return l.atMost()
		})
	if err != nil {
		return out, err
	}
	if l.Options, err = json.Marshal(keptOptions{Leaving: l.Leaving}); err != nil {
		return out, err
	}
	return a.keep(ctx, l, result)
}

func (a *api) previewPunches(ctx context.Context, in *punchUploadInput) (ImportDetail, error) {
	return a.lookAtPunches(ctx, in.Name, in.RawBody, importer.PunchOptions{
		Format: importer.Format(in.Format), Zone: in.Zone, PINFormat: in.PINFormat, Device: in.Device,
		Direction: importer.DirectionMode(in.Direction), Columns: in.Columns})
}

// readPunchesAgain previews a file that is here already.
func (a *api) readPunchesAgain(ctx context.Context, in *readInput) (out ImportDetail, err error) {
	im, err := a.ownImport(ctx, task.ImportOfPunches, in.ID)
	if err != nil {
		return out, err
	}
	if im, err = a.o.Store.Imports.FileImport(ctx, im.ID, true); err != nil {
		return out, err
	}
	if im.State != task.ImportPreview {
		return out, attendance.NewError(attendance.CodeConflict, "The import has begun.")
	}
	kept, err := keptOf(im)
	if err != nil {
		return out, err
	}
	kept.Direction, kept.Columns = importer.DirectionMode(in.Direction), in.Columns
	return a.lookAtPunches(ctx, im.FileName, im.File, kept.PunchOptions)
}

func (a *api) lookAtPunches(ctx context.Context, name string, file []byte,
	o importer.PunchOptions) (out ImportDetail, err error) {
	l := newLook(rest.UserOf(ctx), task.ImportOfPunches, name, file)
	if l.own, err = a.ownOf(ctx); err != nil {
		return out, err
	}
	branches, err := a.o.Store.Branches.Branches(ctx, nil)
	if err != nil {
		return out, err
	}
	zones := map[int64]string{}
	for _, b := range branches {
		zones[b.ID] = b.Zone
	}
	result, err := importer.New(a.files(), l.options(a)).PreviewPunches(ctx, bytes.NewReader(file), o,
		a.o.Store.Days.Rehearse(), func(rows []importer.PunchRow) error {
			for i := range rows {
				l.takePunch(&rows[i], zones)
			}
			return l.atMost()
		})
	if err != nil {
		return out, err
	}
	if l.Options, err = json.Marshal(keptOptions{PunchOptions: o, Only: result.Only}); err != nil {
		return out, err
	}
	return a.keep(ctx, l, result)
}

// takePunch counts a row of the preview and shows the first ones.
func (d *ImportDetail) takePunch(r *importer.PunchRow, zones map[int64]string) {
	if r.Known {
		d.Unchanged++
		return
	}
	if d.Created++; len(d.Changes) == shownLines {
		return
	}
	l := importLine{Line: r.Line, Number: r.Employee.Number, Name: r.Employee.Name, What: "created",
		At:   &r.Punch.OccurredAt,
		Zone: zones[r.Employee.BranchID], Direction: string(r.Punch.Direction)}
	if r.Replaced {
		l.What = "replaced"
	}
	d.Changes = append(d.Changes, l)
}

// fileName keeps what a database takes as text, without folders.
func fileName(s string) string {
	s = strings.ToValidUTF8(s, "")
	return s[strings.LastIndexAny(s, `/\`)+1:]
}

// take counts a row of the preview and shows the first ones.
func (d *ImportDetail) take(row *importer.EmployeeRow) {
	l := importLine{Line: row.Line, Number: row.Employee.Number, Name: row.Employee.Name, What: "created"}
	switch row.What() {
	case attendance.Unchanged:
		d.Unchanged++
		return
	case attendance.Updated:
		d.Updated++
		l.What, l.Changed = "updated", changedFields(*row.Before, row.Employee)
		if leaves(row.Before, &row.Employee) {
			d.Leaving++
		}
	default:
		d.Created++
	}
	if len(d.Changes) < shownLines {
		d.Changes = append(d.Changes, l)
	}
}

// leaves tells whether somebody who is active is not any more, or has an earlier last day, which ends their punches
// whatever the status is.
func leaves(before, after *attendance.Employee) bool {
	return before.Status == attendance.EmployeeActive && (after.Status == attendance.EmployeeInactive ||
		after.LastDay(attendance.OpenEnd) < before.LastDay(attendance.OpenEnd))
}

func changedFields(x, y attendance.Employee) []string {
	date := func(d *attendance.Date) string {
		if d == nil {
			return ""
		}
		return d.String()
	}
	var names []string
	for _, f := range []struct {
		name string
		same bool
	}{{"name", x.Name == y.Name}, {"branch_id", x.BranchID == y.BranchID}, {"department", x.Department == y.Department},
		{"position", x.Position == y.Position},
		{"status", x.Status == y.Status}, {"hired_on", date(x.HiredOn) == date(y.HiredOn)},
		{"left_on", date(x.LeftOn) == date(y.LeftOn)}} {
		if !f.same {
			names = append(names, f.name)
		}
	}
	return names
}

// importDetail adds the first refused lines.
func importDetail(d ImportDetail) (out ImportDetail, err error) {
	if d.Refused, err = shown(d.Rejections); err != nil {
		return out, err
	}
	if d.Notes, err = shown(d.FileImport.Notes); err != nil {
		return out, err
	}
	kept, err := keptOf(d.FileImport)
	if err != nil {
		return out, err
	}
	d.Leaving = kept.Leaving
	if d.Kind == task.ImportOfPunches {
		d.Reading = &reading{string(kept.Direction), kept.Columns, string(kept.Only)}
	}
	d.MayProceed = d.State == task.ImportPreview && d.Created+d.Updated > 0
	return d, nil
}

// shown are the first of the lines that were kept.
func shown(log string) ([]importer.Rejection, error) {
	all, err := importer.ReadRejections(log)
	return all[:min(len(all), shownLines)], err
}

// ownImport returns an import of the caller; others' are as good as missing. One that made room for newer ones says so.
func (a *api) ownImport(ctx context.Context, kind task.ImportKind, id int64) (task.FileImport, error) {
	im, err := a.o.Store.Imports.FileImport(ctx, id, false)
	if err == nil && (im.UserID != rest.UserOf(ctx).ID || im.Kind != kind) {
		err = rest.NotFound()
	}
	if err == nil && im.State == task.ImportDisplaced {
		err = task.Displaced()
	}
	return im, err
}

type errorsInput struct {
	rest.IDInput
	Language string `query:"language" enum:"id,en" default:"id"`
}

// rejectedLines are the kept refusals of an import as a file.
func rejectedLines(im task.FileImport, locale string) (*rest.File, error) {
	refused, err := importer.ReadRejections(im.Rejections)
	if err != nil {
		return nil, err
	}
	out := &bytes.Buffer{}
	write, flush := importer.Report(out, locale == "id")
	for _, r := range refused {
		if err := write(r); err != nil {
			return nil, err
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	return rest.NewFile("rejected-lines.csv", rest.MediaCSV, out.Bytes()), nil
}

// files is what the importer needs.
func (a *api) files() importer.Store {
	s := a.o.Store
	return importer.Store{Branches: s.Branches, Employees: s.Employees, Recorder: s.Days}
}
