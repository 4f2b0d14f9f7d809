package days

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/traces"

	"github.com/uptrace/bun"
)

type punchRow struct {
	bun.BaseModel `bun:"table:punches,alias:p"`

	ID         int64      `bun:"id,pk,autoincrement"`
	EmployeeID int64      `bun:"employee_id"`
	BranchID   int64      `bun:"branch_id"`
	Zone       string     `bun:"zone"`
	Direction  string     `bun:"direction"`
	OccurredAt time.Time  `bun:"occurred_at"`
	ReceivedAt time.Time  `bun:"received_at"`
	ClaimedAt  *time.Time `bun:"claimed_at"`
	Offline    bool       `bun:"offline"`
	traces.Columns
	DuplicateOf    int64  `bun:"duplicate_of,nullzero"`
	Note           string `bun:"note"`
	IdempotencyKey string `bun:"idempotency_key"`
	RequestHash    []byte `bun:"request_hash"`          // 16 bytes
	LineKey        []byte `bun:"line_key"`              // 16 bytes, or NULL
	AnsweredDay    string `bun:"answered_day,nullzero"` // JSON of an answeredDay
	Voided         bool   `bun:"voided,scanonly"`       // only where it is asked for
}

// newPunchRow leaves IdempotencyKey, RequestHash, LineKey and AnsweredDay to the caller.
func newPunchRow(p attendance.Punch) punchRow {
	return punchRow{ID: p.ID, EmployeeID: p.EmployeeID, BranchID: p.BranchID, Zone: p.Zone,
		Direction:  string(p.Direction),
		OccurredAt: p.OccurredAt.UTC(), ReceivedAt: p.ReceivedAt.UTC(), ClaimedAt: db.UTC(p.ClaimedAt),
		Offline: p.Offline, Columns: traces.Of(&p), DuplicateOf: p.DuplicateOf, Note: p.Note,
		RequestHash: make([]byte, 16)}
}

func (r *punchRow) domain() attendance.Punch {
	p := attendance.Punch{ID: r.ID, EmployeeID: r.EmployeeID, BranchID: r.BranchID, Zone: r.Zone,
		Direction: attendance.Direction(r.Direction), OccurredAt: r.OccurredAt.UTC(), ReceivedAt: r.ReceivedAt.UTC(),
		ClaimedAt: db.UTC(r.ClaimedAt), Offline: r.Offline, DuplicateOf: r.DuplicateOf, Note: r.Note}
	r.Tell(&p)
	if r.Voided {
		p.Voided = &attendance.Voided{}
	}
	return p
}

// Punches returns an employee's punches that occurred in [from, to), oldest first.
func (s *Days) Punches(ctx context.Context, employeeID int64, from, to time.Time) ([]attendance.Punch, error) {
	ps, err := punchesOf(ctx, s.db.Read(), employeeID, from, to)
	return ps, db.Failed("load punches", err)
}

// PunchesByID returns those of some punches that there are, in no order.
func (s *Days) PunchesByID(ctx context.Context, ids []int64) ([]attendance.Punch, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	ps, err := shownAs(ctx, allShown(s.db.Read()).Where("p.id IN (?)", bun.List(ids)))
	return ps, db.Failed("load punches", err)
}

func punchesOf(ctx context.Context, idb bun.IDB, employeeID int64, from, to time.Time) ([]attendance.Punch, error) {
	return shownAs(ctx, shownPunches(idb, employeeID, from, to))
}

// shownAs returns the punches that a query of allShown finds, in its order.
func shownAs(ctx context.Context, q *bun.SelectQuery) ([]attendance.Punch, error) {
	var rows []shownPunch
	err := q.Scan(ctx, &rows)
	ps := make([]attendance.Punch, len(rows))
	for i := range rows {
		ps[i] = rows[i].domain()
	}
	return ps, err
}

// shownPunch is a punch as it is shown: with why it was voided, and without what only the recorder looks at.
type shownPunch struct {
	punchRow

	VoidedAt   *time.Time `bun:"voided_at,scanonly"`
	VoidedBy   int64      `bun:"voided_by,scanonly"`
	VoidOrigin string     `bun:"void_origin,scanonly"`
	VoidRef    int64      `bun:"void_ref,scanonly"`
	VoidReason string     `bun:"void_reason,scanonly"`
}

func (r *shownPunch) domain() attendance.Punch {
	p := r.punchRow.domain()
	if r.VoidedAt != nil {
		p.Voided = (&voidRow{VoidedAt: *r.VoidedAt, UserID: r.VoidedBy, Origin: r.VoidOrigin, RefID: r.VoidRef,
			Reason: r.VoidReason}).domain()
	}
	return p
}

func (r *shownPunch) columns() []any {
	n := db.Number[int64]
	return []any{n(&r.ID), n(&r.EmployeeID), n(&r.BranchID), &r.Zone, &r.Direction, &r.OccurredAt, &r.ReceivedAt,
		db.Moment(&r.ClaimedAt), &r.Offline, &r.Source, &r.Device, &r.Latitude, &r.Longitude, &r.Accuracy, &r.Distance,
		&r.OutsideArea, &r.Doubts, db.Number(&r.MovedMetres), db.Number(&r.MovedSeconds), n(&r.SharedWith), &r.Network,
		n(&r.DuplicateOf), &r.Note, db.Moment(&r.VoidedAt), n(&r.VoidedBy), &r.VoidOrigin, n(&r.VoidRef), &r.VoidReason}
}

// shownPunches asks for the punches of an employee that occurred in [from, to), the oldest first.
func shownPunches(idb bun.IDB, employeeID int64, from, to time.Time) *bun.SelectQuery {
	return allShown(idb).Where("p.employee_id = ?", employeeID).
		Where("p.occurred_at >= ? AND p.occurred_at < ?", from.UTC(), to.UTC()).OrderExpr("p.occurred_at, p.id")
}

// allShown asks for all punches, as they are shown.
func allShown(idb bun.IDB) *bun.SelectQuery {
	return idb.NewSelect().TableExpr("punches AS p").ColumnExpr("p.id, p.employee_id, p.branch_id, p.zone, " +
		"p.direction, p.occurred_at, p.received_at, p.claimed_at, p.offline, p.source, p.device, p.latitude, " +
		"p.longitude, p.accuracy, p.distance, p.outside_area, p.doubts, p.moved_metres, p.moved_seconds, " +
		"p.shared_with, p.foreign_address, p.duplicate_of, p.note, pv.voided_at, " +
		"COALESCE(pv.user_id, 0) AS voided_by, COALESCE(pv.origin, '') AS void_origin, " +
		"COALESCE(pv.ref_id, 0) AS void_ref, COALESCE(pv.reason, '') AS void_reason").
		Join("LEFT JOIN punch_voids AS pv ON pv.punch_id = p.id")
}

// PunchesOf is Punches for who fetches them together with other things.
func PunchesOf(d *db.DB, employeeID int64, from, to time.Time, into *[]attendance.Punch) db.Fetch {
	return db.Fetch{Query: shownPunches(d.Builder(), employeeID, from, to),
		Read: func(ctx context.Context, rows *sql.Rows) error {
			var found []shownPunch
			err := db.ScanEither(d, &found, (*shownPunch).columns)(ctx, rows)
			for i := range found {
				*into = append(*into, found[i].domain())
			}
			return err
		}}
}

// answeredDay is what a punch keeps of the day that it was answered with: which one that was. Earlier releases kept the
// whole day, of which this reads the same.
type answeredDay struct {
	WorkDate attendance.Date `json:"work_date"`
}

func (d answeredDay) text() string { return fmt.Sprintf(`{"work_date":%q}`, d.WorkDate) }

// answered returns the day that the punch was answered with; false for seeded history, which no client sent.
func (r *punchRow) answered() (k dayKey, ok bool, err error) {
	if r.AnsweredDay == "" {
		return k, false, nil
	}
	var d answeredDay
	if err := json.Unmarshal([]byte(r.AnsweredDay), &d); err != nil {
		return k, false, fmt.Errorf("answered day of punch %d: %w", r.ID, err)
	}
	return dayKey{r.EmployeeID, d.WorkDate}, true, nil
}

// insertPunches is the statement that inserts rows, with the columns that at least one of them says something in. What
// it leaves out, the defaults say; most of a punch's columns are for what is rare, and parsing them would be a large
// part of the database's work.
func (s *Days) insertPunches(rows []punchRow) *bun.InsertQuery {
	q := s.db.Builder().NewInsert().Model(&rows).Returning("NULL").ExcludeColumn("id")
	for _, rare := range rarePunchColumns {
		if !anyOf(rows, rare.has) {
			q.ExcludeColumn(rare.columns...)
		}
	}
	return q
}

// anyOf is slices.ContainsFunc without a copy of each row, which is half a kilobyte.
func anyOf(rows []punchRow, has func(*punchRow) bool) bool {
	for i := range rows {
		if has(&rows[i]) {
			return true
		}
	}
	return false
}

// rarePunchColumns are columns that may be NULL or have a default, and how to see whether a row says more.
var rarePunchColumns = []struct {
	has     func(*punchRow) bool
	columns []string
}{
	{func(r *punchRow) bool { return r.ClaimedAt != nil }, []string{"claimed_at"}},
	{func(r *punchRow) bool { return r.Latitude != nil }, []string{"latitude", "longitude", "accuracy"}},
	{func(r *punchRow) bool { return r.Distance != nil }, []string{"distance"}},
	{func(r *punchRow) bool { return r.Doubts != "" }, []string{"doubts"}},
	{func(r *punchRow) bool { return r.MovedSeconds != 0 }, []string{"moved_metres", "moved_seconds"}},
	{func(r *punchRow) bool { return r.SharedWith != 0 }, []string{"shared_with"}},
	{func(r *punchRow) bool { return r.Network != "" }, []string{"foreign_address"}},
	{func(r *punchRow) bool { return r.DeviceHash != nil }, []string{"device_hash"}},
	{func(r *punchRow) bool { return r.DuplicateOf != 0 }, []string{"duplicate_of"}},
	{func(r *punchRow) bool { return r.LineKey != nil }, []string{"line_key"}},
	{func(r *punchRow) bool { return r.AnsweredDay != "" }, []string{"answered_day"}},
}

// punchesBetween asks for the punches of some employees that occurred in [from, to), with the columns that the rules
// look at.
func (s *Days) punchesBetween(ids []int64, from, to time.Time, into *[]punchRow) db.Fetch {
	f := db.Fetch{Query: s.db.Builder().NewSelect().Model((*punchRow)(nil)).
		Column("id", "employee_id", "direction", "occurred_at", "received_at", "offline", "source", "outside_area",
			"doubts", "duplicate_of", "idempotency_key").
		ColumnExpr(voidedColumn).
		Where("employee_id IN (?)", bun.List(ids)).Where("occurred_at >= ? AND occurred_at < ?", from.UTC(), to.UTC()),
		Read: db.ScanInto(s.db.Builder(), into)}
	if !s.db.SQLite() {
		f.Read = func(_ context.Context, rows *sql.Rows) error { return scanPunches(rows, into) }
	}
	return f
}

// scanPunches does what bun's scanner does in half the time: these are most of the rows that a punch makes the program
// read. SQLite's driver hands out instants as text, which only bun's scanner takes.
func scanPunches(rows *sql.Rows, into *[]punchRow) error {
	var duplicateOf sql.NullInt64
	for rows.Next() {
		*into = append(*into, punchRow{})
		r := &(*into)[len(*into)-1]
		err := rows.Scan(&r.ID, &r.EmployeeID, &r.Direction, &r.OccurredAt, &r.ReceivedAt, &r.Offline, &r.Source,
			&r.OutsideArea, &r.Doubts, &duplicateOf, &r.IdempotencyKey, &r.Voided)
		if err != nil {
			return err
		}
		r.DuplicateOf = duplicateOf.Int64
	}
	return rows.Err()
}
