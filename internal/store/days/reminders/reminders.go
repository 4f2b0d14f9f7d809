// Package reminders is the part of the days' room that holds the notices to people whose check-in or check-out is
// missing.
package reminders

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reminder"
	"hadir/internal/store/company"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Reminders are these notices.
type Reminders struct {
	db     *db.DB
	ledger *ledger.Ledger
	plans  *company.Plans
}

// New returns the reminders of a database.
func New(d *db.DB, l *ledger.Ledger, p *company.Plans) *Reminders { return &Reminders{d, l, p} }

type notificationRow struct {
	bun.BaseModel `bun:"table:notifications,alias:n"`

	ID         int64           `bun:"id,pk,autoincrement"`
	EmployeeID int64           `bun:"employee_id"`
	WorkDate   attendance.Date `bun:"work_date"`
	Kind       string          `bun:"kind"`
	Zone       string          `bun:"zone"`
	DueAt      time.Time       `bun:"due_at"`
	CreatedAt  time.Time       `bun:"created_at"`
	ReadAt     *time.Time      `bun:"read_at"`
	MailedAt   *time.Time      `bun:"mailed_at"`
}

func (r *notificationRow) domain() reminder.Notification {
	return reminder.Notification{ID: r.ID, EmployeeID: r.EmployeeID, Kind: reminder.Kind(r.Kind),
		WorkDate: r.WorkDate, Zone: r.Zone,
		DueAt: r.DueAt.UTC(), CreatedAt: r.CreatedAt.UTC(), ReadAt: db.UTC(r.ReadAt)}
}

// remindRow is an employee who may have to be reminded, with the assignment that counts on the date.
type remindRow struct {
	EmployeeID int64            `bun:"employee_id"`
	BranchID   int64            `bun:"branch_id"`
	FromDate   attendance.Date  `bun:"from_date"`
	ToDate     *attendance.Date `bun:"to_date"`
	Pattern    string           `bun:"pattern"`
	// a holiday of the employee's own: 0, or a day of work that overrides one: 1
	Own    *int       `bun:"own"`
	Closes *time.Time `bun:"window_closes"`
	Mail   bool       `bun:"mail"`
}

// remindQuery finds who belongs on the date ?0 to one of the branches ?1, has a plan and no leave, and was not told of
// the kind ?2. ?3 says what is missing. It returns the first ?5 of them by their ids, after the employee ?4.
func remindQuery() string {
	return `
SELECT e.id AS employee_id, m.branch_id, sa.from_date, sa.to_date, sa.pattern, a.window_closes,
  (SELECT MIN(h.working) FROM holidays AS h WHERE h.employee_id = e.id AND h.holiday_date = ?0) AS own,
  EXISTS (SELECT 1 FROM users AS u WHERE u.employee_id = e.id AND u.disabled_at IS NULL
      AND (u.email_verified_at IS NOT NULL OR u.login LIKE '%@%')) AS mail
FROM employees AS e
JOIN employments AS m ON m.employee_id = e.id AND ` + employments.On("?0") + `
JOIN shift_assignments AS sa ON sa.employee_id = e.id AND sa.from_date <= ?0 AND (sa.to_date IS NULL
    OR sa.to_date >= ?0)
LEFT JOIN attendances AS a ON a.employee_id = e.id AND a.work_date = ?0
WHERE m.branch_id IN (?1) AND e.status = 'active' AND (e.hired_on IS NULL OR e.hired_on <= ?0)
    AND (e.left_on IS NULL OR e.left_on >= ?0)
  AND NOT EXISTS (SELECT 1 FROM notifications AS n WHERE n.employee_id = e.id AND n.work_date = ?0 AND n.kind = ?2)
  AND NOT EXISTS (SELECT 1 FROM leave_requests AS l WHERE l.employee_id = e.id AND l.from_date <= ?0
      AND l.to_date >= ?0 AND l.state = 'approved')
  AND NOT EXISTS (SELECT 1 FROM shift_assignments AS newer WHERE newer.employee_id = e.id
      AND newer.from_date > sa.from_date AND newer.from_date <= ?0
    AND (newer.to_date IS NULL OR newer.to_date >= ?0))
  AND ?3 AND e.id > ?4
ORDER BY e.id LIMIT ?5`
}

// Remind writes down who is to be reminded now, each employee of each kind and work date once, and returns the
// reminders that are new. With mail it leaves tasks for those who can be reached so. It asks once per zone, date and
// kind, and for check-ins only in the minutes after a shift of the date began.
func (s *Reminders) Remind(ctx context.Context, now time.Time, after time.Duration,
	mail bool) (made []reminder.Notification, err error) {
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, db.Failed("remind", err)
	}
	for _, branches := range ref.ByZone() {
		first := branches[0]
		for _, d := range []attendance.Date{first.Today(now).AddDays(-1), first.Today(now)} {
			for kind, missing := range s.missing(ref, first, d, after, now) {
				r := reminding{s: s, ref: ref, date: d, kind: kind, now: now, after: after, mail: mail}
				ns, err := r.remind(ctx, branches, missing)
				if err != nil {
					return made, db.Failed("remind", err)
				}
				made = append(made, ns...)
			}
		}
	}
	return made, nil
}

// missing returns the conditions under which somebody is reminded, of the kinds that can be due. They are the same
// for all branches of a zone.
func (s *Reminders) missing(ref *company.Reference, b *company.BranchRef, d attendance.Date, after time.Duration,
	now time.Time) map[reminder.Kind]schema.QueryWithArgs {
	conditions := map[reminder.Kind]schema.QueryWithArgs{}
	if d == b.Today(now) || ref.YesterdayMatters(b, now) {
		conditions[reminder.CheckOut] = bun.SafeQuery(
			"a.inside AND a.window_closes > ? AND a.window_closes <= ?",
			now.UTC(), now.Add(reminder.BeforeClose).UTC())
	}
	if due := reminder.StartsDue(d, b.Location, ref.Shifts, after, now); len(due) > 0 {
		slices.Sort(due)
		patterns := make([]any, len(due))
		text := ""
		for i, id := range due {
			if i > 0 {
				text += " OR "
			}
			text += "REPLACE(REPLACE(sa.pattern, '[', ','), ']', ',') LIKE ?"
			patterns[i] = "%," + strconv.FormatInt(id, 10) + ",%"
		}
		conditions[reminder.CheckIn] = bun.SafeQuery("a.first_in IS NULL AND ("+text+")", patterns...)
	}
	return conditions
}

// remindChunk is how many employees are read, and at most reminded, at a time.
const remindChunk = 500

// reminding is the reminders of one kind and work date that are due now.
type reminding struct {
	s     *Reminders
	ref   *company.Reference
	date  attendance.Date
	kind  reminder.Kind
	now   time.Time
	after time.Duration // how long after its beginning a shift reminds of a check-in
	mail  bool
}

// remind writes down whom to remind in branches of one zone of what is missing.
func (r *reminding) remind(ctx context.Context, branches []*company.BranchRef,
	missing schema.QueryWithArgs) (made []reminder.Notification, err error) {
	ids := make([]int64, len(branches))
	for i, b := range branches {
		ids[i] = b.ID
	}
	for last, more := int64(0), true; more; {
		var rows []remindRow
		if err := r.s.db.Read().NewRaw(remindQuery(), r.date, bun.List(ids), r.kind, missing, last, remindChunk).
			Scan(ctx, &rows); err != nil {
			return made, err
		}
		if more = len(rows) == remindChunk; more {
			last = rows[len(rows)-1].EmployeeID
		}
		ns, err := r.remindRows(ctx, rows)
		if err != nil {
			return made, err
		}
		made = append(made, ns...)
	}
	return made, nil
}

// remindRows writes down those of the rows who are to be reminded now.
func (r *reminding) remindRows(ctx context.Context, rows []remindRow) (made []reminder.Notification, err error) {
	var due []notificationRow
	mails := map[int64]bool{}
	for i := range rows {
		b, err := r.ref.Branch(rows[i].BranchID)
		if err != nil {
			return nil, err
		}
		at, ok, err := r.dueFor(b, &rows[i])
		if err != nil {
			return nil, err
		}
		if ok {
			due = append(due, notificationRow{EmployeeID: rows[i].EmployeeID, WorkDate: r.date, Kind: string(r.kind),
				Zone: b.Zone, DueAt: at.UTC(), CreatedAt: r.now.UTC()})
			mails[rows[i].EmployeeID] = r.mail && rows[i].Mail
		}
	}
	if len(due) == 0 {
		return nil, nil
	}
	err = r.s.ledger.Change(ctx, ledger.Actor{}, func(ctx context.Context, tx *ledger.Tx) error {
		ids, err := db.InsertNumbered(ctx, r.s.db, tx.Tx, due)
		if err != nil { // another tick was faster, if it is a duplicate: the next one sees what it left
			return err
		}
		made = make([]reminder.Notification, len(due))
		for i := range due {
			made[i] = due[i].domain()
			made[i].ID = ids[i]
			if mails[made[i].EmployeeID] {
				if err := tx.Leave(ctx, task.ReminderMail, task.Mail{V: 1, Notification: ids[i]}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// dueFor tells whether one employee is to be reminded, and of which instant.
func (r *reminding) dueFor(b *company.BranchRef, row *remindRow) (time.Time, bool, error) {
	pattern, err := company.ParsePattern(row.Pattern)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("employee %d: %w", row.EmployeeID, err)
	}
	roster := attendance.Roster{Places: b.Places(), Shifts: r.ref.Shifts,
		Holidays: r.ref.HolidaysOf([]company.Placed{{Branch: b.ID}}, r.date, r.date),
		Assignments: []attendance.Assignment{
			{EmployeeID: row.EmployeeID, From: row.FromDate, To: row.ToDate, Pattern: pattern}}}
	if row.Own != nil {
		roster.Holidays = append(roster.Holidays,
			attendance.Holiday{Date: r.date, EmployeeID: row.EmployeeID, Working: *row.Own != 0})
	}
	w, ok := roster.WindowOn(r.date)
	if !ok || roster.Plan(r.date, r.now) != attendance.StatusPending {
		return time.Time{}, false, nil
	}
	if r.kind == reminder.CheckOut {
		return *row.Closes, true, nil
	}
	return w.Start, reminder.Due(w.Start, r.after, r.now), nil
}

const notificationsList = "notifications"

// Notifications lists what an employee was told, newest first.
func (s *Reminders) Notifications(ctx context.Context, employeeID int64, unread bool, limit int,
	cursor string) (ns []reminder.Notification, next string, err error) {
	position, found, err := db.DecodeCursor(cursor, notificationsList, 1)
	if err != nil {
		return nil, "", err
	}
	limit = db.PageSize(limit)
	var rows []notificationRow
	q := s.db.Read().NewSelect().Model(&rows).Where("n.employee_id = ?",
		employeeID).Order("n.id DESC").Limit(int64(limit + 1))
	if unread {
		q = q.Where("n.read_at IS NULL")
	}
	if found {
		q = q.Where("n.id < ?", position[0])
	}
	if err := q.Scan(ctx); err != nil {
		return nil, "", db.Failed("list notifications", err)
	}
	rows, next = db.Cut(rows, limit, func(r notificationRow) string { return db.EncodeCursor(notificationsList, r.ID) })
	ns = make([]reminder.Notification, len(rows))
	for i := range rows {
		ns[i] = rows[i].domain()
	}
	return ns, next, nil
}

// ReadNotification marks one of an employee's notifications as read. One that does not exist or is somebody else's is
// CodeNotFound, one that was read before stays as it is.
func (s *Reminders) ReadNotification(ctx context.Context, employeeID, id int64) error {
	n, err := s.db.Read().NewSelect().Model((*notificationRow)(nil)).Where("id = ? AND employee_id = ?", id,
		employeeID).Count(ctx)
	if err == nil && n == 0 {
		err = attendance.NewError(attendance.CodeNotFound, "no such notification")
	}
	if err != nil {
		return db.Failed("read notification", err)
	}
	return s.read(ctx, "employee_id = ? AND id = ?", employeeID, id)
}

// ReadNotifications marks all that an employee was told as read.
func (s *Reminders) ReadNotifications(ctx context.Context, employeeID int64) error {
	return s.read(ctx, "employee_id = ?", employeeID)
}

func (s *Reminders) read(ctx context.Context, which string, args ...any) error {
	return db.Failed("read notification", s.db.WriteOne(ctx, func(ctx context.Context, db bun.IDB) error {
		_, err := db.NewUpdate().Model((*notificationRow)(nil)).Set("read_at = ?", s.db.Clock.Now()).
			Where(which, args...).Where("read_at IS NULL").Exec(ctx)
		return err
	}))
}

// Letter is a reminder that goes out by e-mail.
type Letter struct {
	reminder.Notification
	To, Name, Locale string
}

// ReminderLetter returns the e-mail of a notification; ok is false when it was sent, when nobody can be reached any
// more, or when what it reminds of was done meanwhile.
func (s *Reminders) ReminderLetter(ctx context.Context, id int64) (l Letter, ok bool, err error) {
	var rows []struct {
		notificationRow
		To     string `bun:"mail_to"`
		Name   string `bun:"name"`
		Locale string `bun:"locale"`
	}
	err = s.db.Read().NewRaw(`
SELECT n.*, CASE WHEN u.email_verified_at IS NULL THEN u.login ELSE u.email END AS mail_to, u.name, u.locale
FROM notifications AS n
JOIN users AS u ON u.employee_id = n.employee_id AND u.disabled_at IS NULL
    AND (u.email_verified_at IS NOT NULL OR u.login LIKE '%@%')
LEFT JOIN attendances AS a ON a.employee_id = n.employee_id AND a.work_date = n.work_date
WHERE n.id = ? AND n.mailed_at IS NULL AND (n.kind = 'check_in' AND a.first_in IS NULL OR n.kind = 'check_out'
    AND (a.inside OR a.last_out IS NULL))
ORDER BY u.id LIMIT 1`, id).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return Letter{}, false, db.Failed("load reminder", err)
	}
	return Letter{rows[0].domain(), rows[0].To, rows[0].Name, rows[0].Locale}, true, nil
}

// ReminderMailed writes down that the e-mail went out.
func (s *Reminders) ReminderMailed(ctx context.Context, id int64) error {
	return db.Failed("keep reminder", s.db.WriteOne(ctx, func(ctx context.Context, db bun.IDB) error {
		_, err := db.NewUpdate().Model((*notificationRow)(nil)).Set("mailed_at = ?", s.db.Clock.Now()).Where("id = ?",
			id).Exec(ctx)
		return err
	}))
}

// DeleteNotifications forgets at most limit notifications that were made before an instant, and returns how many.
func (s *Reminders) DeleteNotifications(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := s.db.DeleteOld(ctx, (*notificationRow)(nil), before, limit)
	return n, db.Failed("delete notifications", err)
}
