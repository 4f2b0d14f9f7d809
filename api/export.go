package api

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"hadir/internal/attendance"
	"hadir/internal/csvfile"
	"hadir/internal/report"
	"hadir/internal/store"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

// exportPage is how many rows of an export are in memory at a time.
const exportPage = 500

type exportInput struct {
	HistoryInput
	Lang string `query:"lang" enum:"id,en" doc:"Language of headings, statuses and remarks; default the account's."`
	Raw  bool   `query:"raw" doc:"For programs: the names and codes of the JSON API instead of words; flags are separated by blanks."`
}

func (a *API) registerExport(h huma.API) {
	op := private(http.MethodGet, "/api/attendances.csv", "export-attendances", "History as CSV", tagAttendance)
	op.Description = "The rows of list-attendances under the same filter, latest first, as UTF-8 with a byte order " +
		"mark, times in the zone of each day. " +
		"However many rows there are; the connection is cut where reading fails, so that a file that arrived whole " +
		"is whole."
	op.Responses = map[string]*huma.Response{
		"200": {Description: "OK",
			Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	huma.Register(h, op, func(ctx context.Context, in *exportInput) (*huma.StreamResponse, error) {
		f, err := a.historyFilter(ctx, &in.HistoryInput)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		f.Limit, f.Cursor = exportPage, ""
		first, next, err := a.o.Store.History(ctx, f) // what fails at once is a problem, not half a file
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		if in.Lang == "" {
			in.Lang = callerOf(ctx).user.Locale
		}
		rows := report.NewHistory(strings.Clone(in.Lang), in.Raw)
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			c := fiberOf(hc)
			c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
			c.Set(fiber.HeaderContentDisposition,
				`attachment; filename="hadir-`+a.o.Clock.Now().UTC().Format("20060102-150405")+`.csv"`)
			from, to := io.Pipe()
			go a.export(context.WithoutCancel(ctx), to, f, first, next, rows)
			c.Context().SetBodyStream(from, -1)
		}}, nil
	})
}

// export writes page after page. It ends when the reader has gone, since then writing fails.
func (a *API) export(ctx context.Context, to *io.PipeWriter, f store.DayFilter, days []attendance.Entry, next string,
	rows *report.History) {
	buffered := bufio.NewWriterSize(to, 32<<10)
	w := csvfile.NewWriter(buffered)
	err := w.Write(rows.Head())
	written := 0
	for err == nil {
		for i := range days {
			if err = w.Write(rows.Row(&days[i])); err != nil {
				break
			}
			written++
		}
		if err != nil || next == "" {
			break
		}
		f.Cursor = next
		days, next, err = a.historyPage(ctx, f)
	}
	if err == nil {
		if err = w.Flush(); err == nil {
			err = buffered.Flush()
		}
	}
	switch {
	case errors.Is(err, io.ErrClosedPipe):
		a.o.Log.InfoContext(ctx, "an export's reader has gone", "rows", written)
	case err != nil:
		a.o.Log.ErrorContext(ctx, "an export broke off", "rows", written, "error", err)
	}
	_ = to.CloseWithError(err) // never fails; nil is the end of the file
}

// historyPage reads a page of an export within the time that a request has.
func (a *API) historyPage(ctx context.Context, f store.DayFilter) ([]attendance.Entry, string, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	return a.o.Store.History(ctx, f)
}
