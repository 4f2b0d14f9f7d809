package days

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/csvfile"
	"hadir/internal/report"
	"hadir/internal/store/days/lists"
	"hadir/internal/store/ledger"

	"github.com/danielgtaylor/huma/v2"
)

// exportPage is how many rows of an export are in memory at a time.
const exportPage = 500

type exportInput struct {
	HistoryInput
	Lang string `query:"lang" enum:"id,en" doc:"Language of headings, statuses and remarks; default the account's."`
	Raw  bool   `query:"raw" doc:"@exportInput.raw"`
}

func (a *API) registerExport(r *rest.Router) {
	op := rest.Op("GET /api/attendances.csv", "export-attendances", "History as CSV", tagAttendance)
	op.Description = "The rows of list-attendances under the same filter, latest first, as UTF-8 with a byte order " +
		"mark, times in the zone of each day. " +
		"However many rows there are; the connection is cut where reading fails, so that a file that arrived whole " +
		"is whole."
	op.Responses = rest.Documented("OK", "text/csv", &huma.Schema{Type: huma.TypeString})
	rest.HandleOutput(r, op, rest.Attendance, a.export)
}

func (a *API) export(ctx context.Context, in *exportInput) (*huma.StreamResponse, error) {
	f, err := historyFilter(ctx, &in.HistoryInput)
	if err != nil {
		return nil, err
	}
	f.Limit, f.Cursor = exportPage, ""
	first, next, err := a.o.Store.Lists.History(ctx, f) // what fails at once is a problem, not half a file
	if err != nil {
		return nil, err
	}
	entry := ledger.AuditEntry{Action: ledger.ExportDownloaded, Table: "attendances"}
	if err := rest.NoteDownload(ctx, a.o.Store.Audit, entry, in.filter()); err != nil {
		return nil, err
	}
	rows := report.NewHistory(cmp.Or(in.Lang, rest.UserOf(ctx).Locale), in.Raw)
	return rest.Stream(func() rest.Download {
		from, to := io.Pipe()
		e := export{api: a, to: to, filter: f, rows: rows}
		go e.write(context.WithoutCancel(ctx), first, next)
		name := "hadir-" + a.o.Clock.Now().UTC().Format("20060102-150405") + ".csv"
		return rest.Download{Name: name, MediaType: rest.MediaCSV, Body: from, Size: -1}
	}), nil
}

// filter is what the audit log keeps of an export: which rows were taken. Everything but what was searched for.
func (in *exportInput) filter() any {
	return struct {
		From     string   `json:"from,omitempty"`
		To       string   `json:"to,omitempty"`
		Branch   []int64  `json:"branch,omitempty"`
		Employee []int64  `json:"employee,omitempty"`
		Status   []string `json:"status,omitempty"`
		Searched bool     `json:"searched,omitempty"`
	}{in.From, in.To, in.Branch, in.Employee, in.Status, in.Query != ""}
}

// export is a file that is being written.
type export struct {
	api    *API
	to     *io.PipeWriter
	filter lists.DayFilter
	rows   *report.History
}

// write writes page after page, of which the first was read already. It ends when the reader has gone, since then
// writing fails.
func (e *export) write(ctx context.Context, days []attendance.Entry, next string) {
	written, err := e.pages(ctx, days, next)
	switch {
	case errors.Is(err, io.ErrClosedPipe):
		e.api.o.Log.InfoContext(ctx, "an export's reader has gone", "rows", written)
	case err != nil:
		e.api.o.Log.ErrorContext(ctx, "an export broke off", "rows", written, "error", err)
	}
	_ = e.to.CloseWithError(err) // never fails; nil is the end of the file
}

func (e *export) pages(ctx context.Context, days []attendance.Entry, next string) (written int, err error) {
	buffered := bufio.NewWriterSize(e.to, 32<<10)
	w := csvfile.NewWriter(buffered)
	if err := w.Write(e.rows.Head()); err != nil {
		return 0, err
	}
	for {
		for i := range days {
			if err := w.Write(e.rows.Row(&days[i])); err != nil {
				return written, err
			}
			written++
		}
		if next == "" {
			break
		}
		e.filter.Cursor = next
		if days, next, err = e.page(ctx); err != nil {
			return written, err
		}
	}
	if err := w.Flush(); err != nil {
		return written, err
	}
	return written, buffered.Flush()
}

// page reads a page within the time that a part of a stream has.
func (e *export) page(ctx context.Context) ([]attendance.Entry, string, error) {
	ctx, cancel := context.WithTimeout(ctx, rest.StreamTimeout)
	defer cancel()
	return e.api.o.Store.Lists.History(ctx, e.filter)
}
