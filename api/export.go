package api

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hadir/internal/attendance"
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
	Lang string `query:"lang" enum:"id,en" default:"id" doc:"Language of the heading and the statuses."`
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
		english := in.Lang == "en"
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			c := fiberOf(hc)
			c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
			c.Set(fiber.HeaderContentDisposition, `attachment; filename="hadir-`+a.o.Clock.Now().UTC().Format("20060102-150405")+`.csv"`)
			c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
			from, to := io.Pipe()
			go a.export(context.WithoutCancel(ctx), to, f, first, next, english)
			c.Context().SetBodyStream(from, -1)
		}}, nil
	})
}

// export writes page after page. It ends when the reader has gone, since then writing fails.
func (a *API) export(ctx context.Context, to *io.PipeWriter, f store.DayFilter, rows []attendance.Entry, next string, english bool) {
	ctx, cancel := context.WithTimeout(ctx, exportTime)
	defer cancel()
	buffered := bufio.NewWriterSize(to, 32<<10)
	w := csv.NewWriter(buffered)
	_, err := buffered.WriteString("\ufeff") // spreadsheets take the file for Latin-1 without it
	if err == nil {
		err = w.Write(exportHeading(english))
	}
	var zones attendance.Zones
	for n := 0; err == nil; {
		for i := range rows {
			if err = w.Write(exportRow(&rows[i], english, &zones)); err != nil {
				break
			}
		}
		if n += len(rows); err != nil || next == "" || n >= exportLimit {
			break
		}
		f.Cursor = next
		rows, next, err = a.o.Store.History(ctx, f)
	}
	if err == nil {
		w.Flush()
		if err = w.Error(); err == nil {
			err = buffered.Flush()
		}
	}
	_ = to.CloseWithError(err) // never fails; nil is the end of the file
}

func exportHeading(english bool) []string {
	if english {
		return []string{"Date", "Number", "Name", "Department", "Branch", "Shift", "Check-in", "Check-out", "Zone", "Status", "Late (min)", "Early (min)", "Worked (min)", "Overtime (min)", "Remarks"}
	}
	return []string{"Tanggal", "Nomor", "Nama", "Departemen", "Cabang", "Shift", "Masuk", "Pulang", "Zona", "Status", "Terlambat (menit)", "Pulang awal (menit)", "Kerja (menit)", "Lembur (menit)", "Catatan"}
}

func exportRow(e *attendance.Entry, english bool, zones *attendance.Zones) []string {
	zone := zones.Of(e.Zone)
	flags := make([]string, len(e.Flags))
	for i, f := range e.Flags {
		flags[i] = string(f)
	}
	status := string(e.Status)
	if !english {
		status = statusWords[e.Status]
	}
	row := []string{e.WorkDate.String(), e.EmployeeNumber, e.EmployeeName, e.Department, e.BranchName, e.ShiftName, localStamp(e.FirstIn, zone), localStamp(e.LastOut, zone), e.Zone,
		status, strconv.Itoa(e.LateMinutes), strconv.Itoa(e.EarlyMinutes), strconv.Itoa(e.WorkedMinutes), strconv.Itoa(e.OvertimeMinutes), strings.Join(flags, " ")}
	for i := range row {
		row[i] = inert(row[i])
	}
	return row
}

// statusWords are the statuses in Indonesian, as the pages say them.
var statusWords = map[attendance.Status]string{
	attendance.StatusPresent: "Hadir", attendance.StatusLate: "Terlambat", attendance.StatusHalfDay: "Setengah hari", attendance.StatusIncomplete: "Tidak lengkap",
	attendance.StatusAbsent: "Tidak hadir", attendance.StatusOnLeave: "Cuti/izin", attendance.StatusHoliday: "Libur", attendance.StatusDayOff: "Bukan hari kerja", attendance.StatusPending: "Belum masuk",
}

func localStamp(at *time.Time, zone *time.Location) string {
	if at == nil {
		return ""
	}
	return at.In(zone).Format("2006-01-02 15:04:05")
}

// inert keeps spreadsheets from running a name as a formula (OWASP, CSV injection).
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
