package api

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/csvfile"
	"hadir/internal/report"
	"hadir/internal/store"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

const (
	// exportLimit bounds an export: what is longer is a report, which is a task.
	exportLimit = 100_000
	exportPage  = 500
	exportTime  = 5 * time.Minute
)

type exportInput struct {
	HistoryInput
	Lang string `query:"lang" enum:"id,en" doc:"Language of headings, statuses and remarks; default the account's."`
	Raw  bool   `query:"raw" doc:"For programs: the names and codes of the JSON API instead of words; flags are separated by blanks."`
}

func (a *API) registerExport(h huma.API) {
	op := private(http.MethodGet, "/api/attendances.csv", "export-attendances", "History as CSV", tagAttendance)
	op.Description = "The rows of list-attendances under the same filter, latest first, as UTF-8 with a byte order mark, times in the zone of each day. " +
		"At most " + strconv.Itoa(exportLimit) + " rows; the connection is cut where reading fails, so that a file that arrived whole is whole."
	op.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
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
			c.Set(fiber.HeaderContentDisposition, `attachment; filename="hadir-`+a.o.Clock.Now().UTC().Format("20060102-150405")+`.csv"`)
			from, to := io.Pipe()
			go a.export(context.WithoutCancel(ctx), to, f, first, next, rows)
			c.Context().SetBodyStream(from, -1)
		}}, nil
	})
}

// export writes page after page. It ends when the reader has gone, since then writing fails.
func (a *API) export(ctx context.Context, to *io.PipeWriter, f store.DayFilter, days []attendance.Entry, next string, rows *report.History) {
	ctx, cancel := context.WithTimeout(ctx, exportTime)
	defer cancel()
	buffered := bufio.NewWriterSize(to, 32<<10)
	w := csvfile.NewWriter(buffered)
	err := w.Write(rows.Head())
	for n := 0; err == nil; {
		for i := range days {
			if err = w.Write(rows.Row(&days[i])); err != nil {
				break
			}
		}
		if n += len(days); err != nil || next == "" || n >= exportLimit {
			break
		}
		f.Cursor = next
		days, next, err = a.o.Store.History(ctx, f)
	}
	if err == nil {
		if err = w.Flush(); err == nil {
			err = buffered.Flush()
		}
	}
	_ = to.CloseWithError(err) // never fails; nil is the end of the file
}
