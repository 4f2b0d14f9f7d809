package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/queue"
	"hadir/internal/realtime"
	"hadir/internal/report"
	"hadir/internal/store/outside"
	"hadir/internal/task"
)

const (
	// reportPeople is how many people's days are in memory at a time: a month of them is about six thousand rows.
	reportPeople = 200
	// reportChunk keeps a part of a file well below what databases take in one packet.
	reportChunk = 256 << 10
	// reportKept is how long a file can be had.
	reportKept = 7 * 24 * time.Hour
	// readingShare is the part of the progress, in percent, that is made when all days have been read.
	readingShare = 95
)

// ReportProgressed is the data of realtime.EventReport.
type ReportProgressed struct {
	ID       int64               `json:"id"`
	State    reports.ReportState `json:"state"`
	Progress int                 `json:"progress"`
}

// buildReport writes a report's file. Every attempt begins anew; the database sees to it that only the latest one
// writes.
func (w *Worker) buildReport(ctx context.Context, p task.Report) error {
	r, mine, err := w.o.Store.Reports.ClaimReport(ctx, p.ID)
	if attendance.CodeOf(err) == attendance.CodeNotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("worker: report: %w", err)
	}
	if !mine {
		return w.tellReport(ctx, r)
	}
	done, err := w.makeReport(ctx, r)
	switch {
	case errors.Is(err, outside.ErrReportLost):
		w.o.Log.InfoContext(ctx, "a report was cancelled or taken over", "report", r.ID, "attempt", r.Attempt)
		now, err := w.o.Store.Reports.Report(ctx, r.ID)
		if err != nil || now.Pending() {
			return err // whoever took over tells
		}
		return w.tellReport(ctx, now.Report)
	case errors.Is(err, report.ErrTooLong):
		if done, err = w.o.Store.Reports.FailReport(ctx, r.ID, reports.ReportTooLong); err != nil {
			return fmt.Errorf("worker: report: %w", err)
		}
	case err != nil:
		return fmt.Errorf("worker: report %d: %w", r.ID, err)
	}
	return w.tellReport(ctx, done)
}

// tellReport sends a report's state to whoever asked for it.
func (w *Worker) tellReport(ctx context.Context, r reports.Report) error {
	data, err := json.Marshal(ReportProgressed{r.ID, r.State, r.Progress})
	if err != nil {
		return queue.Permanent(err)
	}
	return w.publish(ctx, []realtime.Message{
		{Channel: realtime.AccountChannel(r.UserID), Event: realtime.EventReport, Data: data}})
}

func (w *Worker) makeReport(ctx context.Context, r reports.Report) (reports.Report, error) {
	if err := w.tellReport(ctx, r); err != nil {
		return r, err
	}
	head, err := w.reportHead(ctx, r.ReportRequest)
	if err != nil {
		return r, err
	}
	file := &reportFile{ctx: ctx, reports: w.o.Store.Reports, report: r}
	out, err := report.New(file, head)
	if err != nil {
		return r, queue.Permanent(err)
	}
	defer out.Discard()
	ids, err := w.o.Store.Reports.ReportPeople(ctx, r.ReportRequest)
	if err != nil {
		return r, err
	}
	done := 0
	for chunk := range slices.Chunk(ids, reportPeople) {
		people, err := w.o.Store.Reports.ReportDays(ctx, r.ReportRequest, chunk)
		if err != nil {
			return r, err
		}
		for _, p := range people {
			if err := out.Add(p); err != nil {
				return r, err
			}
		}
		done += len(chunk)
		if err := w.progressReport(ctx, &r, done*readingShare/len(ids)); err != nil {
			return r, err
		}
	}
	if err := out.Close(); err != nil {
		return r, err
	}
	if err := file.flush(); err != nil {
		return r, err
	}
	return w.o.Store.Reports.FinishReport(ctx, r, outside.ReportFile{Name: report.FileName(head),
		MediaType: report.MediaType(r.Format), Size: file.size, Expires: w.o.Clock.Now().Add(reportKept)})
}

// progressReport notes and tells how far a report is. It is also where an attempt notices that it was cancelled.
func (w *Worker) progressReport(ctx context.Context, r *reports.Report, percent int) error {
	if percent == r.Progress {
		return nil
	}
	if err := w.o.Store.Reports.ReportProgress(ctx, *r, percent); err != nil {
		return err
	}
	r.Progress = percent
	return w.tellReport(ctx, *r)
}

func (w *Worker) reportHead(ctx context.Context, r reports.ReportRequest) (report.Head, error) {
	h := report.Head{ReportRequest: r, Made: w.o.Clock.Now(), Zone: time.UTC}
	if r.BranchID != 0 {
		found, err := w.o.Store.Branches.Branches(ctx, []int64{r.BranchID})
		if err != nil {
			return h, err
		}
		if len(found) == 0 {
			return h, queue.Permanent(fmt.Errorf("there is no branch %d any more", r.BranchID))
		}
		h.Branch = found[0]
		first, covered, err := w.o.Store.Recaps.CoveredFrom(ctx, r.BranchID)
		if err != nil {
			return h, err
		}
		if covered {
			h.Covered = &first
		}
		if h.Zone, err = time.LoadLocation(h.Branch.Zone); err != nil {
			return h, queue.Permanent(err)
		}
	}
	if r.EmployeeID != 0 {
		e, err := w.o.Store.Employees.Employee(ctx, r.EmployeeID)
		if err != nil {
			return h, err
		}
		h.Person = &e
	}
	return h, nil
}

// reportFile stores what is written to it as a report's chunks.
type reportFile struct {
	ctx     context.Context
	reports *outside.Reports
	report  reports.Report
	buffer  []byte
	seq     int
	size    int64
}

// Write implements io.Writer.
func (f *reportFile) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		part := min(len(b), reportChunk-len(f.buffer))
		f.buffer = append(f.buffer, b[:part]...)
		b = b[part:]
		if len(f.buffer) == reportChunk {
			if err := f.flush(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

func (f *reportFile) flush() error {
	if len(f.buffer) == 0 {
		return nil
	}
	if err := f.reports.AddReportChunk(f.ctx, f.report, f.seq, f.buffer); err != nil {
		return err
	}
	f.seq++
	f.size += int64(len(f.buffer))
	f.buffer = f.buffer[:0]
	return nil
}
