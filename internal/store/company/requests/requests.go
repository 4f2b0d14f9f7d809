// Package requests is the part of the company's room that holds applications for leave and corrections of days.
package requests

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/store/traces"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// RequestFilter selects requests. Empty fields do not filter; BranchIDs as in EmployeeFilter, by the branches to which
// the employee belongs on any date of the request.
type RequestFilter struct {
	States      []attendance.RequestState
	BranchIDs   []int64
	EmployeeIDs []int64
	Limit       int // 0 means 50; at most 500
	Cursor      string
}

// asked is what a request of either type has: who asked for it why, and what became of it.
type asked struct {
	Reason       string     `bun:"reason"`
	State        string     `bun:"state"`
	RequestedBy  int64      `bun:"requested_by,nullzero"`
	RequestedAt  time.Time  `bun:"requested_at"`
	DecidedBy    int64      `bun:"decided_by,nullzero"`
	DecidedAt    *time.Time `bun:"decided_at"`
	DecisionNote string     `bun:"decision_note"`
}

type correctionRow struct {
	bun.BaseModel `bun:"table:corrections,alias:r"`

	ID         int64           `bun:"id,pk,autoincrement"`
	EmployeeID int64           `bun:"employee_id"`
	WorkDate   attendance.Date `bun:"work_date"`
	Direction  string          `bun:"direction"`
	OccurredAt time.Time       `bun:"occurred_at"`
	asked
	traces.Columns        // of a claim
	PunchID        int64  `bun:"punch_id,nullzero"`
	VoidPunchID    int64  `bun:"void_punch_id,nullzero"`
	Claim          string `bun:"claim"`
	ClaimKey       string `bun:"claim_key,nullzero"`
	ClaimHash      []byte `bun:"claim_hash"` // 16 bytes; nil without a key
}

// requestRow is a row of either table with its employee.
type requestRow struct {
	ID           int64            `bun:"id"`
	EmployeeID   int64            `bun:"employee_id"`
	Number       string           `bun:"number"`
	Name         string           `bun:"name"`
	BranchID     int64            `bun:"branch_id"`
	State        string           `bun:"state"`
	Reason       string           `bun:"reason"`
	RequestedBy  *int64           `bun:"requested_by"`
	RequestedAt  time.Time        `bun:"requested_at"`
	DecidedBy    *int64           `bun:"decided_by"`
	DecidedAt    *time.Time       `bun:"decided_at"`
	DecisionNote string           `bun:"decision_note"`
	Kind         string           `bun:"kind"`
	From         *attendance.Date `bun:"from_date"`
	To           *attendance.Date `bun:"to_date"`
	WorkDate     *attendance.Date `bun:"work_date"`
	Direction    string           `bun:"direction"`
	OccurredAt   *time.Time       `bun:"occurred_at"`
	PunchID      *int64           `bun:"punch_id"`
	VoidPunchID  *int64           `bun:"void_punch_id"`
	VoidWay      string           `bun:"void_direction"`
	VoidAt       *time.Time       `bun:"void_at"`
	Claim        string           `bun:"claim"`
}

// correction fills in what only corrections have. One that adds no punch keeps the instant of the one it takes away.
func (r *requestRow) correction(q *attendance.Request) {
	q.Direction, q.VoidDirection, q.VoidAt = attendance.Direction(r.Direction), attendance.Direction(r.VoidWay),
		db.UTC(r.VoidAt)
	q.Claim = attendance.Wait(r.Claim)
	if r.VoidPunchID != nil {
		q.VoidPunchID = *r.VoidPunchID
	}
	if r.Direction != "" {
		q.OccurredAt = db.UTC(r.OccurredAt)
	}
}

func requestTable(t attendance.RequestType) (table string, own []string) {
	if t == attendance.RequestLeave {
		return "leave_requests", []string{"kind", "from_date", "to_date"}
	}
	return "corrections", []string{"work_date", "direction", "occurred_at", "punch_id", "void_punch_id", "claim"}
}

// requestBranch is the branch of the employee on the request's first date.
const requestBranch = "COALESCE(m.branch_id, e.branch_id)"

// requestsFrom joins requests with their employees, and with whose they are on their first date.
func requestsFrom(db bun.IDB, t attendance.RequestType) *bun.SelectQuery {
	table, _ := requestTable(t)
	date := "r.work_date"
	if t == attendance.RequestLeave {
		date = "r.from_date"
	}
	return db.NewSelect().TableExpr(table + " AS r").Join("JOIN employees AS e ON e.id = r.employee_id").
		Join("LEFT JOIN employments AS m ON m.employee_id = r.employee_id AND " + employments.On(date))
}

func requestQuery(db bun.IDB, t attendance.RequestType) *bun.SelectQuery {
	_, own := requestTable(t)
	q := requestsFrom(db, t).
		ColumnExpr("r.id, r.employee_id, e.number, e.name, " + requestBranch +
			" AS branch_id, r.state, r.reason, r.requested_by, r.requested_at, r.decided_by, r.decided_at, " +
			"r.decision_note")
	for _, c := range own {
		q = q.ColumnExpr("r." + c)
	}
	if t == attendance.RequestCorrection {
		q = q.Join("LEFT JOIN punches AS vp ON vp.id = r.void_punch_id").
			ColumnExpr("COALESCE(vp.direction, '') AS void_direction, vp.occurred_at AS void_at")
	}
	return q
}

// onBranches keeps requests about a date of some branches. Only leaves have several dates.
func onBranches(q *bun.SelectQuery, t attendance.RequestType, ids []int64) *bun.SelectQuery {
	if t != attendance.RequestLeave {
		return q.Where(requestBranch+" IN (?)", bun.List(ids))
	}
	return q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where(requestBranch+" IN (?)", bun.List(ids)).WhereOr("EXISTS (SELECT 1 FROM employments AS m WHERE "+
			"m.employee_id = r.employee_id AND m.branch_id IN (?) AND "+
			employments.During("r.from_date", "r.to_date")+")", bun.List(ids))
	})
}

// Requests lists requests of a type, newest first.
func (s *Requests) Requests(ctx context.Context, t attendance.RequestType, f RequestFilter) (out []attendance.Request,
	next string, err error) {
	list := "requests-" + string(t)
	position, found, err := db.DecodeCursor(f.Cursor, list, 1)
	if err != nil || company.Nobody(f.BranchIDs) {
		return nil, "", err
	}
	limit := db.PageSize(f.Limit)
	q := requestQuery(s.db.Read(), t).OrderExpr("r.id DESC").Limit(int64(limit + 1))
	if found {
		q = q.Where("r.id < ?", position[0])
	}
	if len(f.States) > 0 {
		q = q.Where("r.state IN (?)", bun.List(f.States))
	}
	if f.BranchIDs != nil {
		q = onBranches(q, t, f.BranchIDs)
	}
	if len(f.EmployeeIDs) > 0 {
		q = q.Where("r.employee_id IN (?)", bun.List(f.EmployeeIDs))
	}
	var rows []requestRow
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, "", db.Failed("list requests", err)
	}
	rows, next = db.Cut(rows, limit, func(r requestRow) string { return db.EncodeCursor(list, r.ID) })
	out, err = s.requests(ctx, t, rows)
	return out, next, db.Failed("list requests", err)
}

// Request returns one request, or CodeNotFound.
func (s *Requests) Request(ctx context.Context, t attendance.RequestType, id int64) (attendance.Request, error) {
	var rows []requestRow
	if err := requestQuery(s.db.Read(), t).Where("r.id = ?", id).Scan(ctx, &rows); err != nil {
		return attendance.Request{}, db.Failed("load request", err)
	}
	if len(rows) == 0 {
		return attendance.Request{}, attendance.NewError(attendance.CodeNotFound, "no such request")
	}
	out, err := s.requests(ctx, t, rows)
	if err != nil {
		return attendance.Request{}, db.Failed("load request", err)
	}
	return out[0], nil
}

// requests adds the names of branches and users, in one query besides the reference data.
func (s *Requests) requests(ctx context.Context, t attendance.RequestType, rows []requestRow) ([]attendance.Request,
	error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, err
	}
	value := func(id *int64) int64 {
		if id == nil {
			return 0
		}
		return *id
	}
	var ids []int64
	for _, r := range rows {
		ids = append(ids, value(r.RequestedBy), value(r.DecidedBy))
	}
	names, err := identity.UserNames(ctx, s.db, ids)
	if err != nil {
		return nil, err
	}
	out := make([]attendance.Request, len(rows))
	for i, r := range rows {
		by, decider := value(r.RequestedBy), value(r.DecidedBy)
		out[i] = attendance.Request{ID: r.ID, Type: t, EmployeeID: r.EmployeeID, EmployeeNumber: r.Number,
			EmployeeName: r.Name, BranchID: r.BranchID,
			State: attendance.RequestState(r.State), Reason: r.Reason, RequestedAt: r.RequestedAt.UTC(),
			RequestedBy: by, RequestedName: names[by],
			DecidedAt: db.UTC(r.DecidedAt), DecidedBy: decider, DecidedName: names[decider],
			DecisionNote: r.DecisionNote,
			Kind:         attendance.LeaveKind(r.Kind), From: r.From, To: r.To, WorkDate: r.WorkDate,
			PunchID: value(r.PunchID)}
		r.correction(&out[i])
		if b, ok := ref.Branches[r.BranchID]; ok {
			out[i].BranchName, out[i].Zone = b.Name, b.Zone
		}
	}
	return out, nil
}

// AddRequest stores a pending request that was validated, with its audit entry and the outbox row that announces it. A
// leave that overlaps one that is pending or approved is CodeConflict, too many within a day are CodeTooManyRequests in
// a Later.
func (s *Requests) AddRequest(ctx context.Context, by ledger.Actor, q attendance.Request) (id int64, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) (err error) {
		if id, err = s.add(ctx, tx, &q); err != nil {
			return err
		}
		return tx.Leave(ctx, task.RequestBroadcast, task.Request{V: 1, Type: q.Type, ID: id})
	})
	return id, db.Failed("add request", err)
}

// add stores a pending request and its audit entry. It locks the employee.
func (s *Requests) add(ctx context.Context, tx *ledger.Tx, q *attendance.Request) (id int64, err error) {
	// The employee's row is the lock under which two requests of one person cannot both be the first.
	if err := s.db.LockEmployee(ctx, tx, q.EmployeeID); err != nil {
		return 0, err
	}
	if err := seldom(ctx, tx, q); err != nil {
		return 0, err
	}
	if q.Type == attendance.RequestLeave {
		if err := overlapping(ctx, tx.Tx, *q); err != nil {
			return 0, err
		}
		row := leaveRow{EmployeeID: q.EmployeeID, Kind: string(q.Kind), FromDate: *q.From, ToDate: *q.To,
			asked: pending(q, tx.By(), tx.Now)}
		_, err = tx.NewInsert().Model(&row).Exec(ctx)
		id = row.ID
	} else {
		if err := s.askToVoid(ctx, tx, q); err != nil {
			return 0, err
		}
		if err := repeated(ctx, tx.Tx, *q); err != nil {
			return 0, err
		}
		row := newCorrectionRow(q, tx.By(), tx.Now)
		_, err = tx.NewInsert().Model(&row).Exec(ctx)
		id = row.ID
	}
	if err != nil {
		return 0, err
	}
	return id, requested(tx, q, id)
}

// newCorrectionRow is a pending correction.
func newCorrectionRow(q *attendance.Request, by ledger.Actor, now time.Time) correctionRow {
	return correctionRow{EmployeeID: q.EmployeeID, WorkDate: *q.WorkDate, Direction: string(q.Direction),
		OccurredAt: db.Micro(*cmp.Or(q.OccurredAt, q.VoidAt)), asked: pending(q, by, now),
		VoidPunchID: q.VoidPunchID, Claim: string(q.Claim)}
}

func pending(q *attendance.Request, by ledger.Actor, now time.Time) asked {
	return asked{Reason: q.Reason, State: string(attendance.RequestPending), RequestedBy: by.UserID, RequestedAt: now}
}

// Days are what corrections need of the days that they change.
type Days interface {
	// AskToVoid tells whether the punch may be taken away that a correction names, fills in what the request says about
	// it, and returns the ids of all that go with it.
	AskToVoid(ctx context.Context, tx *ledger.Tx, q *attendance.Request) (same []int64, err error)
	// VoidFor takes a punch of a date away. It locks the employee.
	VoidFor(ctx context.Context, tx *ledger.Tx, punchID int64, d attendance.Date, v attendance.Void) error
	// Version returns that of somebody's stored day, 0 for none. The caller has locked the employee.
	Version(ctx context.Context, tx *ledger.Tx, employeeID int64, d attendance.Date) (int64, error)
	// RecordBatch writes punches with their days, in a transaction of its own.
	RecordBatch(ctx context.Context, punches []attendance.NewPunch) ([]attendance.RecordResult, error)
}

// askToVoid looks at the punch that a correction is to take away, if any. Two requests about one cannot both wait.
func (s *Requests) askToVoid(ctx context.Context, tx *ledger.Tx, q *attendance.Request) error {
	if q.VoidPunchID == 0 {
		return nil
	}
	same, err := s.days.AskToVoid(ctx, tx, q)
	if err != nil {
		return err
	}
	n, err := tx.NewSelect().Model((*correctionRow)(nil)).Where("r.employee_id = ?", q.EmployeeID).
		Where("r.state = ?", string(attendance.RequestPending)).Where("r.void_punch_id IN (?)",
		bun.List(same)).Count(ctx)
	if err == nil && n > 0 {
		err = &attendance.Error{Code: attendance.CodeConflict, Field: "void_punch_id",
			Message: "the same correction was asked for already"}
	}
	return err
}

// repeated refuses a correction that is asked for already, or was approved and still counts.
func repeated(ctx context.Context, tx bun.Tx, q attendance.Request) error {
	if !q.Adds() {
		return nil
	}
	id, err := sameCorrection(ctx, tx, &q)
	if err == nil && id != 0 {
		err = &attendance.Error{Code: attendance.CodeConflict, Field: "time",
			Message: "the same correction was asked for already"}
	}
	return err
}

// sameCorrection returns the correction by which the same punch is asked for already, or was approved and still counts;
// 0 for none.
func sameCorrection(ctx context.Context, tx bun.Tx, q *attendance.Request) (id int64, err error) {
	asked := []string{string(attendance.RequestPending), string(attendance.RequestApproved)}
	err = tx.NewSelect().Model((*correctionRow)(nil)).Column("r.id").Where("r.employee_id = ?", q.EmployeeID).
		Where("r.work_date = ?", *q.WorkDate).Where("r.direction = ?", string(q.Direction)).
		Where("r.occurred_at = ?", db.Micro(*q.OccurredAt)).Where("r.state IN (?)", bun.List(asked)).
		Where("NOT EXISTS (SELECT 1 FROM punch_voids AS v WHERE v.punch_id = r.punch_id)").
		Order("r.id").Limit(1).Scan(ctx, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

func overlapping(ctx context.Context, tx bun.Tx, q attendance.Request) error {
	n, err := tx.NewSelect().Model((*leaveRow)(nil)).Where("employee_id = ?", q.EmployeeID).Where("from_date <= ?",
		*q.To).Where("to_date >= ?", *q.From).
		Where("state IN (?)", bun.List(
			[]string{string(attendance.RequestPending), string(attendance.RequestApproved)})).Count(ctx)
	if err == nil && n > 0 {
		err = &attendance.Error{Code: attendance.CodeConflict, Field: "from",
			Message: "a leave of these dates was asked for already"}
	}
	return err
}

// Requests are applications for leave and corrections of days.
type Requests struct {
	db     *db.DB
	ledger *ledger.Ledger
	plans  *company.Plans
	days   Days
}

// NewRequests returns the requests of a database.
func NewRequests(d *db.DB, l *ledger.Ledger, p *company.Plans, days Days) *Requests {
	return &Requests{d, l, p, days}
}
