package outside

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/store/ledger"
	"hadir/internal/store/outside"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

type createReportInput struct {
	Body struct {
		Kind       string `json:"kind" enum:"monthly,individual,lateness,overtime,exceptions"`
		Format     string `json:"format" enum:"xlsx,csv,pdf"`
		BranchID   int64  `json:"branch_id,omitempty" minimum:"0" doc:"@createReportInput.branch_id"`
		EmployeeID int64  `json:"employee_id,omitempty" minimum:"0" doc:"@createReportInput.employee_id"`
		Month      string `json:"month,omitempty" maxLength:"7" example:"2026-11" doc:"@createReportInput.month"`
		From       string `json:"from,omitempty" maxLength:"10" doc:"First date."`
		To         string `json:"to,omitempty" maxLength:"10" doc:"Last date; at most a year after the first."`
		Locale     string `json:"locale,omitempty" enum:"id,en" doc:"Default: the user's language."`
	}
}

func (a *api) registerReports(r *rest.Router) {
	create := rest.Op("POST /api/reports", "create-report", "Ask for a report", tagReports,
		http.StatusNotFound, http.StatusTooManyRequests)
	create.DefaultStatus = http.StatusAccepted
	create.Description = "A worker makes it. Its progress comes as report.progressed on private-user.{id}, and by " +
		"asking again. " +
		"Employees may ask for their own individual sheet, branch admins for everything about their branches."
	rest.Handle(r, create, rest.Attendance, a.createReport)
	rest.Handle(r, rest.Op("GET /api/reports", "list-reports", "Reports, the newest first", tagReports),
		rest.Attendance, a.reports)
	rest.Handle(r, rest.Op("GET /api/reports/{id}", "get-report", "One report", tagReports, http.StatusNotFound),
		rest.Attendance, func(ctx context.Context, in *rest.IDInput) (outside.ReportEntry, error) {
			return a.report(ctx, in.ID)
		})
	cancel := rest.Op("POST /api/reports/{id}/cancel", "cancel-report", "Stop a report that is being made",
		tagReports, http.StatusNotFound, http.StatusConflict)
	rest.Handle(r, cancel, rest.Attendance, a.cancelReport)
	file := rest.Op("GET /api/reports/{id}/file", "get-report-file", "A report's file", tagReports,
		http.StatusNotFound, http.StatusConflict)
	file.Description = "Conflict while it is being made; not found when it never will be, or has expired."
	file.Responses = rest.Documented("The file.", fiber.MIMEOctetStream, &huma.Schema{Type: "string", Format: "binary"})
	rest.HandleOutput(r, file, rest.Attendance, a.reportFile)
}

func (a *api) reports(ctx context.Context, in *rest.PageInput) (out rest.List[outside.ReportEntry], err error) {
	f, err := reportFilter(rest.UserOf(ctx))
	if err != nil {
		return out, err
	}
	f.Limit, f.Cursor = in.Limit, in.Cursor
	rows, next, err := a.o.Store.Reports.Reports(ctx, f)
	return rest.NewList(rows, next, a.o.Clock.Now()), err
}

// reportFile streams a file from the database, one chunk in memory at a time.
func (a *api) reportFile(ctx context.Context, in *rest.IDInput) (*huma.StreamResponse, error) {
	r, err := a.report(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := fetchable(r); err != nil {
		return nil, err
	}
	first, err := a.o.Store.Reports.ReportChunk(ctx, r.ID, 0) // what is wrong shows before the status is sent
	if err != nil {
		return nil, err
	}
	entry := ledger.AuditEntry{Action: ledger.ReportDownloaded, Table: "reports", RowID: strconv.FormatInt(r.ID, 10)}
	if err := rest.NoteDownload(ctx, a.o.Store.Audit, entry, r.ReportRequest); err != nil {
		return nil, err
	}
	return rest.Stream(func() rest.Download {
		// The request's context ends with the handler, before the body is sent.
		body := &reportReader{ctx: context.WithoutCancel(ctx), api: a, id: r.ID, left: r.Size - int64(len(first)),
			rest: first, seq: 1}
		return rest.Download{Name: r.FileName, MediaType: r.MediaType, Body: body, Size: int(r.Size)}
	}), nil
}

// reportFilter limits reports to what a user may see: an administrator all, everyone else those they asked for, as far
// as these are about branches that they still look after, or about themselves.
func reportFilter(u account.User) (outside.ReportFilter, error) {
	switch {
	case u.SeesCompany():
		return outside.ReportFilter{}, nil
	case u.SeesDashboard():
		return outside.ReportFilter{UserID: u.ID, BranchIDs: append([]int64{}, u.BranchIDs...)}, nil
	case u.EmployeeID != 0:
		return outside.ReportFilter{UserID: u.ID, EmployeeID: u.EmployeeID}, nil
	}
	return outside.ReportFilter{}, rest.Forbidden()
}

// report returns a report that the caller may see.
func (a *api) report(ctx context.Context, id int64) (outside.ReportEntry, error) {
	f, err := reportFilter(rest.UserOf(ctx))
	if err != nil {
		return outside.ReportEntry{}, err
	}
	r, err := a.o.Store.Reports.Report(ctx, id)
	if err != nil {
		return r, err
	}
	if f.UserID != 0 && r.UserID != f.UserID || f.EmployeeID != 0 && r.EmployeeID != f.EmployeeID ||
		f.BranchIDs != nil && !withinScope(r.ReportRequest, f.BranchIDs) {
		return outside.ReportEntry{}, rest.NotFound()
	}
	return r, nil
}

// withinScope tells whether everything in a report is from the given branches.
func withinScope(r reports.ReportRequest, branchIDs []int64) bool {
	if r.Kind == reports.ReportIndividual && r.Scope == nil {
		return false // asked for as an administrator: the person may have worked anywhere
	}
	for _, id := range append([]int64{r.BranchID}, r.Scope...) {
		if !slices.Contains(branchIDs, id) {
			return false
		}
	}
	return true
}

func (a *api) createReport(ctx context.Context, in *createReportInput) (outside.ReportEntry, error) {
	u, b := rest.UserOf(ctx), in.Body
	req := reports.ReportRequest{Kind: reports.ReportKind(b.Kind),
		Format:   reports.ReportFormat(b.Format),
		BranchID: b.BranchID, EmployeeID: b.EmployeeID, Locale: b.Locale}
	if req.Locale == "" {
		req.Locale = u.Locale
	}
	if err := a.reportSubject(ctx, u, &req); err != nil {
		return outside.ReportEntry{}, err
	}
	var err error
	if b.Month != "" {
		if req.From, req.To, err = reports.ParseMonth(b.Month); err == nil {
			_, err = rest.ParseDate("month", req.From.String())
		}
	} else {
		req.From, req.To, err = period(b.From, b.To)
	}
	if err != nil {
		return outside.ReportEntry{}, err
	}
	r, err := a.o.Store.Reports.CreateReport(ctx, rest.ActorOf(ctx), req)
	if err != nil {
		return outside.ReportEntry{}, err
	}
	return a.o.Store.Reports.Report(ctx, r.ID)
}

func period(from, to string) (f, t attendance.Date, err error) {
	if from == "" {
		return 0, 0, attendance.Invalid("from", "A report has a first date.")
	}
	if to == "" {
		return 0, 0, attendance.Invalid("to", "A report has a last date.")
	}
	if f, err = rest.ParseDate("from", from); err == nil {
		t, err = rest.ParseDate("to", to)
	}
	return f, t, err
}

// reportSubject checks whom a report would be about, and fills in what follows from who asks.
func (a *api) reportSubject(ctx context.Context, u account.User, req *reports.ReportRequest) error {
	if !u.SeesDashboard() {
		if u.EmployeeID == 0 {
			return rest.NoEmployee()
		}
		if req.Kind != reports.ReportIndividual {
			return rest.Forbidden()
		}
		if req.EmployeeID == 0 {
			req.EmployeeID = u.EmployeeID
		}
		if req.EmployeeID != u.EmployeeID {
			return rest.NotFound()
		}
		req.BranchID = 0
	}
	if req.EmployeeID != 0 && req.Kind == reports.ReportIndividual {
		branchID, err := rest.EverBelonged(ctx, a.o.Store.Employees, u, req.EmployeeID)
		if err != nil {
			return err
		}
		if req.BranchID != 0 && req.BranchID != branchID {
			return rest.NotFound()
		}
		req.BranchID = branchID
	} else if req.BranchID != 0 {
		if !u.SeesBranch(req.BranchID) {
			return rest.NotFound()
		}
		found, err := a.o.Store.Branches.Branches(ctx, []int64{req.BranchID})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return rest.NotFound()
		}
	}
	if u.Role == account.RoleBranchAdmin {
		if req.BranchID == 0 {
			return attendance.Invalid("branch_id", "Choose one of the branches you look after.")
		}
		// Days that the person worked elsewhere are not this admin's to see, as in the lists.
		req.Scope = slices.Clone(u.BranchIDs)
	}
	return nil
}

func (a *api) cancelReport(ctx context.Context, in *rest.IDInput) (outside.ReportEntry, error) {
	if _, err := a.report(ctx, in.ID); err != nil {
		return outside.ReportEntry{}, err
	}
	if _, err := a.o.Store.Reports.CancelReport(ctx, rest.ActorOf(ctx), in.ID); err != nil {
		return outside.ReportEntry{}, err
	}
	return a.o.Store.Reports.Report(ctx, in.ID)
}

func fetchable(r outside.ReportEntry) error {
	switch {
	case r.Pending():
		return attendance.NewError(attendance.CodeConflict, "The report is not ready.")
	case r.State != reports.ReportDone:
		return rest.NotFound()
	}
	return nil
}

// reportReader reads a report's chunks one after the other.
type reportReader struct {
	ctx  context.Context
	api  *api
	id   int64
	left int64 // bytes that are not read from the database yet
	rest []byte
	seq  int
}

// Read implements io.Reader. Each chunk is read within the time that a request has; how long the reader takes in
// between is the business of its connection.
func (r *reportReader) Read(b []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.left <= 0 {
			return 0, io.EOF
		}
		ctx, cancel := context.WithTimeout(r.ctx, rest.StreamTimeout)
		defer cancel()
		next, err := r.api.o.Store.Reports.ReportChunk(ctx, r.id, r.seq)
		if err != nil {
			r.api.o.Log.ErrorContext(r.ctx, "a report's file broke off", "report", r.id, "chunk", r.seq, "error", err)
			return 0, err
		}
		r.rest, r.left = next, r.left-int64(len(next))
		r.seq++
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
