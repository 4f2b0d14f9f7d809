package outside

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/store/accounts"
	"hadir/internal/store/company"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

const reportsTable = "reports"

type reportRow struct {
	bun.BaseModel `bun:"table:reports,alias:r"`

	ID         int64      `bun:"id,pk,autoincrement"`
	UserID     int64      `bun:"user_id"`
	Kind       string     `bun:"kind"`
	Parameters string     `bun:"parameters"` // JSON of reports.ReportRequest
	State      string     `bun:"state"`
	Progress   int        `bun:"progress"`
	FileName   string     `bun:"file_name"`
	MediaType  string     `bun:"media_type"`
	Size       int64      `bun:"size"`
	Error      string     `bun:"error"`
	CreatedAt  time.Time  `bun:"created_at"`
	FinishedAt *time.Time `bun:"finished_at"`
	ExpiresAt  *time.Time `bun:"expires_at"`
	BranchID   int64      `bun:"branch_id"`
	EmployeeID int64      `bun:"employee_id"`
	Attempt    int64      `bun:"attempt"`
}

func (r *reportRow) domain() (reports.Report, error) {
	out := reports.Report{ID: r.ID, UserID: r.UserID, State: reports.ReportState(r.State), Progress: r.Progress,
		FileName:  r.FileName,
		MediaType: r.MediaType, Size: r.Size, Error: r.Error, CreatedAt: r.CreatedAt.UTC(),
		FinishedAt: db.UTC(r.FinishedAt),
		ExpiresAt:  db.UTC(r.ExpiresAt), Attempt: r.Attempt}
	if err := json.Unmarshal([]byte(r.Parameters), &out.ReportRequest); err != nil {
		return out, fmt.Errorf("parameters of report %d: %w", r.ID, err)
	}
	return out, nil
}

type reportChunkRow struct {
	bun.BaseModel `bun:"table:report_chunks,alias:rk"`

	ReportID int64  `bun:"report_id,pk"`
	Seq      int    `bun:"seq,pk"`
	Content  []byte `bun:"content"`
}

// ErrReportLost tells a worker that the report it writes was cancelled, or that another run of the task took over.
var ErrReportLost = errors.New("store: the report was cancelled or taken over")

// maxPendingReports is how many reports one user may be waiting for.
const maxPendingReports = 10

// CreateReport stores a request with its audit entry and leaves its task in the outbox. Whoever waits for
// maxPendingReports already gets CodeThrottled.
func (s *Reports) CreateReport(ctx context.Context, by ledger.Actor,
	req reports.ReportRequest) (reports.Report, error) {
	if err := req.Check(); err != nil {
		return reports.Report{}, err
	}
	parameters, err := json.Marshal(req)
	if err != nil {
		return reports.Report{}, err
	}
	var row reportRow
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if err := accounts.LockUser(ctx, s.db, tx.Tx, by.UserID); err != nil {
			return err
		}
		pending, err := tx.NewSelect().Model((*reportRow)(nil)).Where("user_id = ?", by.UserID).
			Where("state IN (?, ?)", reports.ReportQueued, reports.ReportRunning).Count(ctx)
		if err != nil {
			return err
		}
		if pending >= maxPendingReports {
			return attendance.NewError(account.CodeThrottled, "too many reports are being made for this user")
		}
		row = reportRow{UserID: by.UserID, Kind: string(req.Kind), Parameters: string(parameters),
			State:     string(reports.ReportQueued),
			CreatedAt: tx.Now, BranchID: req.BranchID, EmployeeID: req.EmployeeID}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		if err := tx.Leave(ctx, task.ReportBuild, task.Report{V: 1, ID: row.ID}); err != nil {
			return err
		}
		tx.Audit(
			ledger.AuditEntry{Action: "report.requested", Table: reportsTable, RowID: strconv.FormatInt(row.ID, 10),
				After: parameters},
		)
		return nil
	})
	if err != nil {
		return reports.Report{}, db.Failed("create report", err)
	}
	return row.domain()
}

// ReportFilter selects reports. Zero fields do not filter; BranchIDs as in EmployeeFilter.
type ReportFilter struct {
	UserID     int64
	BranchIDs  []int64
	EmployeeID int64
	Limit      int // 0 means 50; at most 500
	Cursor     string
}

// ReportEntry is a report as lists show it.
type ReportEntry struct {
	reports.Report
	BranchName     string `json:"branch_name,omitempty"`
	EmployeeNumber string `json:"employee_number,omitempty"`
	EmployeeName   string `json:"employee_name,omitempty"`
	UserName       string `json:"user_name"                 doc:"Who asked for it."`
}

// Reports lists reports, the newest first.
func (s *Reports) Reports(ctx context.Context, f ReportFilter) (rows []ReportEntry, next string, err error) {
	position, more, err := db.DecodeCursor(f.Cursor, reportsTable, 1)
	if err != nil {
		return nil, "", err
	}
	if company.Nobody(f.BranchIDs) {
		return nil, "", nil
	}
	limit := db.PageSize(f.Limit)
	var found []reportRow
	q := s.db.Read().NewSelect().Model(&found).OrderExpr("r.id DESC").Limit(int64(limit + 1))
	if more {
		q = q.Where("r.id < ?", position[0])
	}
	if f.UserID != 0 {
		q = q.Where("r.user_id = ?", f.UserID)
	}
	if f.BranchIDs != nil {
		q = q.Where("r.branch_id IN (?)", bun.List(f.BranchIDs))
	}
	if f.EmployeeID != 0 {
		q = q.Where("r.employee_id = ?", f.EmployeeID)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, "", db.Failed("list reports", err)
	}
	found, next = db.Cut(found, limit, func(r reportRow) string { return db.EncodeCursor(reportsTable, r.ID) })
	rows, err = s.reportEntries(ctx, found)
	return rows, next, db.Failed("list reports", err)
}

// Report returns one report, or CodeNotFound.
func (s *Reports) Report(ctx context.Context, id int64) (ReportEntry, error) {
	var row reportRow
	if err := s.db.Read().NewSelect().Model(&row).Where("r.id = ?", id).Scan(ctx); err != nil {
		return ReportEntry{}, db.NotFound("load report", "no such report", err)
	}
	rows, err := s.reportEntries(ctx, []reportRow{row})
	if err != nil {
		return ReportEntry{}, db.Failed("load report", err)
	}
	return rows[0], nil
}

// reportEntries adds the names, in one query each.
func (s *Reports) reportEntries(ctx context.Context, found []reportRow) ([]ReportEntry, error) {
	if len(found) == 0 {
		return nil, nil
	}
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, err
	}
	var userIDs, employeeIDs []int64
	for i := range found {
		userIDs = append(userIDs, found[i].UserID)
		if found[i].EmployeeID != 0 {
			employeeIDs = append(employeeIDs, found[i].EmployeeID)
		}
	}
	slices.Sort(userIDs)
	var users []accounts.UserRow
	if err := s.db.Read().NewSelect().Model(&users).Where("u.id IN (?)",
		bun.List(slices.Compact(userIDs))).Scan(ctx); err != nil {
		return nil, err
	}
	names := map[int64]string{}
	for i := range users {
		names[users[i].ID] = users[i].Name
	}
	employees := map[int64]attendance.Employee{}
	if len(employeeIDs) > 0 {
		slices.Sort(employeeIDs)
		es, err := s.plans.EmployeesByID(ctx, s.db.Read(), slices.Compact(employeeIDs))
		if err != nil {
			return nil, err
		}
		for _, e := range es {
			employees[e.ID] = e
		}
	}
	out := make([]ReportEntry, len(found))
	for i := range found {
		r, err := found[i].domain()
		if err != nil {
			return nil, err
		}
		e := employees[r.EmployeeID]
		out[i] = ReportEntry{Report: r, EmployeeNumber: e.Number, EmployeeName: e.Name, UserName: names[r.UserID]}
		if b, ok := ref.Branches[r.BranchID]; ok {
			out[i].BranchName = b.Name
		}
	}
	return out, nil
}

// lockReport reads a report's row for this transaction alone.
func (s *Reports) lockReport(ctx context.Context, tx bun.Tx, id int64) (row reportRow, err error) {
	err = s.db.ForUpdate(tx.NewSelect().Model(&row).Where("r.id = ?", id), "").Scan(ctx)
	return row, db.NotFound("lock report", "no such report", err)
}

func updateReport(ctx context.Context, tx bun.Tx, row *reportRow) error {
	_, err := tx.NewUpdate().Model(row).WherePK().Exec(ctx)
	return err
}

func dropChunks(ctx context.Context, tx bun.Tx, ids ...int64) error {
	_, err := tx.NewDelete().Model((*reportChunkRow)(nil)).Where("report_id IN (?)", bun.List(ids)).Exec(ctx)
	return err
}

// ClaimReport begins an attempt: the report starts over, what an earlier attempt wrote is gone, and an earlier one that
// still runs gets ErrReportLost from its next write. mine is false when there is nothing to be done any more.
func (s *Reports) ClaimReport(ctx context.Context, id int64) (r reports.Report, mine bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := s.lockReport(ctx, tx, id)
		if err != nil {
			return err
		}
		switch reports.ReportState(row.State) {
		case reports.ReportQueued, reports.ReportRunning, reports.ReportFailed:
			mine = true
		default:
			mine = false
			r, err = row.domain()
			return err
		}
		row.State, row.Progress, row.Error, row.FinishedAt = string(reports.ReportRunning), 0, "", nil
		row.Attempt++
		if err := updateReport(ctx, tx, &row); err != nil {
			return err
		}
		if r, err = row.domain(); err != nil {
			return err
		}
		return dropChunks(ctx, tx, id)
	})
	return r, mine, db.Failed("claim report", err)
}

// duringAttempt runs fn on the locked row of a report whose latest attempt is the given one, else it fails with
// ErrReportLost.
func (s *Reports) duringAttempt(ctx context.Context, action string, r reports.Report,
	fn func(ctx context.Context, tx bun.Tx, row *reportRow) error) error {
	return db.Failed(action, s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := s.lockReport(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		if row.Attempt != r.Attempt || row.State != string(reports.ReportRunning) {
			return ErrReportLost
		}
		return fn(ctx, tx, &row)
	}))
}

// ReportProgress notes how far an attempt is, in percent.
func (s *Reports) ReportProgress(ctx context.Context, r reports.Report, percent int) error {
	return s.duringAttempt(ctx, "note a report's progress", r,
		func(ctx context.Context, tx bun.Tx, row *reportRow) error {
			row.Progress = percent
			return updateReport(ctx, tx, row)
		})
}

// AddReportChunk stores the next part of an attempt's file; seq begins with 0.
func (s *Reports) AddReportChunk(ctx context.Context, r reports.Report, seq int, content []byte) error {
	return s.duringAttempt(ctx, "store a report's chunk", r, func(ctx context.Context, tx bun.Tx, _ *reportRow) error {
		_, err := tx.NewInsert().Model(&reportChunkRow{ReportID: r.ID, Seq: seq, Content: content}).Returning(
			"NULL").Exec(ctx)
		return err
	})
}

// ReportFile is what an attempt came to.
type ReportFile struct {
	Name, MediaType string
	Size            int64     // bytes
	Expires         time.Time // when it is deleted
}

// FinishReport makes an attempt's file available.
func (s *Reports) FinishReport(ctx context.Context, r reports.Report, f ReportFile) (out reports.Report,
	err error) {
	err = s.duringAttempt(ctx, "finish report", r, func(ctx context.Context, tx bun.Tx, row *reportRow) error {
		now, until := s.db.Clock.Now(), f.Expires.UTC()
		row.State, row.Progress, row.Size = string(reports.ReportDone), 100, f.Size
		row.FileName, row.MediaType = db.Clip(f.Name, 200), f.MediaType
		row.FinishedAt, row.ExpiresAt = &now, &until
		if err := updateReport(ctx, tx, row); err != nil {
			return err
		}
		out, err = row.domain()
		return err
	})
	return out, err
}

// FailReport gives a report up for a reason; one that ended already stays as it is.
func (s *Reports) FailReport(ctx context.Context, id int64, reason string) (r reports.Report, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err = s.failReport(ctx, tx, id, reason)
		return err
	})
	return r, db.Failed("fail report", err)
}

func (s *Reports) failReport(ctx context.Context, tx bun.Tx, id int64, reason string) (reports.Report, error) {
	row, err := s.lockReport(ctx, tx, id)
	if err != nil {
		return reports.Report{}, err
	}
	r, err := row.domain()
	if err != nil || !r.Pending() {
		return r, err
	}
	return s.endReport(ctx, tx, &row, reports.ReportFailed, reason)
}

func (s *Reports) endReport(ctx context.Context, tx bun.Tx, row *reportRow, state reports.ReportState,
	reason string) (reports.Report, error) {
	now := s.db.Clock.Now()
	row.State, row.Error, row.FinishedAt = string(state), db.Clip(reason, 500), &now
	if err := updateReport(ctx, tx, row); err != nil {
		return reports.Report{}, err
	}
	if err := dropChunks(ctx, tx, row.ID); err != nil {
		return reports.Report{}, err
	}
	return row.domain()
}

// CancelReport stops a report that is not there yet; one that ended is CodeConflict.
func (s *Reports) CancelReport(ctx context.Context, by ledger.Actor, id int64) (r reports.Report, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.lockReport(ctx, tx.Tx, id)
		if err != nil {
			return err
		}
		before := row.State
		if r, err = row.domain(); err != nil {
			return err
		}
		if !r.Pending() {
			return attendance.NewError(attendance.CodeConflict, "the report is "+before+" already")
		}
		if r, err = s.endReport(ctx, tx.Tx, &row, reports.ReportCancelled, ""); err != nil {
			return err
		}
		tx.Audit(ledger.AuditEntry{Action: "report.cancelled", Table: reportsTable, RowID: strconv.FormatInt(id, 10),
			Before: []byte(`{"state":"` + before + `"}`), After: []byte(`{"state":"cancelled"}`)})
		return nil
	})
	return r, db.Failed("cancel report", err)
}

// ReportChunk returns one part of a file, or CodeNotFound past its end.
func (s *Reports) ReportChunk(ctx context.Context, id int64, seq int) ([]byte, error) {
	var row reportChunkRow
	if err := s.db.Read().NewSelect().Model(&row).Where("report_id = ? AND seq = ?", id, seq).Scan(ctx); err != nil {
		return nil, db.NotFound("read a report's chunk", "no such part of a report", err)
	}
	return row.Content, nil
}

// ExpireReports removes files whose time is over, at most limit of them, and returns how many.
func (s *Reports) ExpireReports(ctx context.Context, limit int) (int, error) {
	now := s.db.Clock.Now()
	var ids []int64
	err := s.db.Read().
		NewSelect().
		Model((*reportRow)(nil)).
		Column("id").
		Where("expires_at <= ?", now).
		Where("state = ?",
			reports.ReportDone).
		Order("expires_at").
		Limit(int64(limit)).
		Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return 0, db.Failed("expire reports", err)
	}
	slices.Sort(ids) // two schedulers lock in one order
	err = s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*reportRow)(nil)).Set("state = ?", reports.ReportExpired).Where("id IN (?)",
			bun.List(ids)).Exec(ctx)
		if err != nil {
			return err
		}
		return dropChunks(ctx, tx, ids...)
	})
	if err != nil {
		return 0, db.Failed("expire reports", err)
	}
	return len(ids), nil
}
