package persons

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/accounts"
	"hadir/internal/store/company"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// settledAfter is how many days after the last one a branch that never locks a period has paid for it.
const settledAfter = 31

// Ending is the order to forget who a leaver was.
type Ending struct {
	EmployeeID int64
	Number     string // of the employee, as whoever orders it knows it; "" if nobody was asked
	Reason     string
}

// Pseudonym is what an employee is called who was forgotten.
type Pseudonym struct {
	Number string `json:"number"`
	Name   string `json:"name"`
}

// pseudonymRow tells who was forgotten.
type pseudonymRow struct {
	bun.BaseModel `bun:"table:pseudonyms,alias:ps"`

	EmployeeID int64     `bun:"employee_id,pk"`
	MadeAt     time.Time `bun:"made_at"`
	UserID     int64     `bun:"user_id"` // 0: the system
	Reason     string    `bun:"reason"`
}

// Pseudonymise forgets who a leaver was, for good: name, number and account get a pseudonym, and what else is about the
// person goes, from the contents of the audit log, too. Days and sums stay as they are, and so do the times of punches,
// so that no day changes. It is CodeStillEmployed before the last day is over or while an account can sign in,
// CodeNotSettled as long as pay may be asked about, CodeOwnRequest about oneself, and CodeForgotten the second time.
func (s *Persons) Pseudonymise(ctx context.Context, by ledger.Actor, e Ending) (p Pseudonym, err error) {
	if by.Is(e.EmployeeID) {
		return p, attendance.NewError(attendance.CodeOwnRequest, "somebody else has to do this")
	}
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		// The lock of the employee, and the sign that what is remembered of the own holidays is old.
		if err := company.TouchPlans(ctx, tx.Tx, []int64{e.EmployeeID}); err != nil {
			return err
		}
		var row company.EmployeeRow
		if err := tx.NewSelect().Model(&row).Where("id = ?", e.EmployeeID).Scan(ctx); err != nil {
			return db.NotFound("load employee", "no such employee", err)
		}
		if e.Number != "" && identity.Key(e.Number) != identity.Key(row.Number) {
			return attendance.Invalid("number", "This is not the employee's number.")
		}
		if err := s.mayEnd(ctx, tx, &row); err != nil {
			return err
		}
		who := Person{EmployeeID: row.ID, UserIDs: []int64{}}
		if err := tx.NewSelect().Table("users").Column("id").Where("employee_id = ?", row.ID).Order("id").
			Scan(ctx, &who.UserIDs); err != nil {
			return err
		}
		who, err := s.withLines(ctx, tx, who)
		if err != nil {
			return err
		}
		if p, err = s.free(ctx, tx, row.ID); err != nil {
			return err
		}
		for _, end := range []func(context.Context, *ledger.Tx, Person, Pseudonym) error{s.endEntries, s.endAccounts,
			endRows, s.endLines, s.endEmployee} {
			if err := end(ctx, tx, who, p); err != nil {
				return err
			}
		}
		made := pseudonymRow{EmployeeID: row.ID, MadeAt: tx.Now, UserID: by.UserID, Reason: db.Clip(e.Reason, 500)}
		if _, err := tx.NewInsert().Model(&made).Exec(ctx); err != nil {
			return err
		}
		after, err := json.Marshal(struct {
			Pseudonym
			Reason string `json:"reason,omitempty"`
		}{p, made.Reason})
		tx.Audit(ledger.AuditEntry{Action: "employee.pseudonymised", Table: "employees",
			RowID: strconv.FormatInt(row.ID, 10), After: after})
		return err
	})
	return p, db.Failed("pseudonymise", err)
}

// mayEnd refuses to forget who still works, or who may still ask about pay.
func (s *Persons) mayEnd(ctx context.Context, tx *ledger.Tx, row *company.EmployeeRow) error {
	n, err := tx.NewSelect().Model((*pseudonymRow)(nil)).Where("employee_id = ?", row.ID).Count(ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		return attendance.Forgotten()
	}
	if row.Status == string(attendance.EmployeeActive) || row.LeftOn == nil {
		return attendance.NewError(attendance.CodeStillEmployed, "the employee still works here")
	}
	enabled, err := tx.NewSelect().Table("users").Where("employee_id = ?", row.ID).Where("disabled_at IS NULL").
		Count(ctx)
	if err != nil {
		return err
	}
	if enabled > 0 {
		return attendance.NewError(attendance.CodeStillEmployed, "an account of the employee can still sign in")
	}
	for _, table := range []string{"leave_requests", "corrections"} {
		waiting, err := tx.NewSelect().Table(table).Where("employee_id = ?", row.ID).
			Where("state = ?", attendance.RequestPending).Count(ctx)
		if err != nil {
			return err
		}
		if waiting > 0 {
			return attendance.NewError(attendance.CodeNotSettled, "a request of the employee waits for a decision")
		}
	}
	return settled(ctx, tx, row)
}

// settled refuses while a period in which the employee worked is open in the branch to which it belongs.
func settled(ctx context.Context, tx *ledger.Tx, row *company.EmployeeRow) error {
	var stays []struct {
		From   attendance.Date  `bun:"from_date"`
		Zone   string           `bun:"zone"`
		Locked *attendance.Date `bun:"locked_through"`
	}
	err := tx.NewSelect().TableExpr("employments AS m").ColumnExpr("m.from_date, b.zone, b.locked_through").
		Join("JOIN branches AS b ON b.id = m.branch_id").Where("m.employee_id = ?", row.ID).
		Where("m.from_date <= ?", *row.LeftOn).Order("m.from_date DESC").Scan(ctx, &stays)
	if err != nil {
		return err
	}
	var zones attendance.Zones
	last := *row.LeftOn
	for _, at := range stays {
		zone, err := zones.Load(at.Zone)
		if err != nil {
			return err
		}
		today := attendance.DateOf(tx.Now, zone)
		switch {
		case last >= today:
			return attendance.NewError(attendance.CodeStillEmployed, "the last day is not over")
		case at.Locked != nil && *at.Locked < last, at.Locked == nil && last+settledAfter >= today:
			return attendance.NewError(attendance.CodeNotSettled, "a period of the employee is not settled")
		}
		last = at.From - 1
	}
	return nil
}

// free returns the pseudonym of an employee. Its number is one that nobody has.
func (s *Persons) free(ctx context.Context, tx *ledger.Tx, id int64) (p Pseudonym, err error) {
	p = Pseudonym{Number: fmt.Sprintf("MANTAN-%d", id), Name: fmt.Sprintf("Mantan karyawan #%d", id)}
	for n := 2; ; n++ {
		taken, err := tx.NewSelect().Table("employees").
			Where("(number = ? OR number_key = ?)", p.Number, identity.Key(p.Number)).Count(ctx)
		if err != nil || taken == 0 {
			return p, err
		}
		p.Number = fmt.Sprintf("MANTAN-%d-%d", id, n)
	}
}

// endEntries takes the contents about a person out of the audit log, and the addresses from where the person did
// something. Who did what to which row stays, and the chain holds. Assignments and changes of own days name nobody.
func (s *Persons) endEntries(ctx context.Context, tx *ledger.Tx, who Person, _ Pseudonym) error {
	for _, t := range trails() {
		if t.table == "own_days" || t.table == "shift_assignments" {
			continue
		}
		ids, err := s.trailIDs(ctx, tx, who, t)
		if err != nil {
			return err
		}
		for chunk := range slices.Chunk(ids, trailChunk) {
			_, err := tx.NewUpdate().Table("audit_log").Set("before_json = NULL, after_json = NULL").
				Where("table_name = ?", t.table).Where("row_id IN (?)", bun.List(chunk)).Where("key_id <> ''").Exec(ctx)
			if err != nil {
				return err
			}
		}
	}
	if len(who.UserIDs) == 0 {
		return nil
	}
	_, err := tx.NewUpdate().Table("audit_log").Set("address = ''").Where("user_id IN (?)", bun.List(who.UserIDs)).
		Where("key_id <> ''").Where("address <> ''").Exec(ctx)
	return err
}

// endAccounts leaves accounts that nobody can sign in with, for the entries that name them.
func (s *Persons) endAccounts(ctx context.Context, tx *ledger.Tx, who Person, p Pseudonym) error {
	if len(who.UserIDs) == 0 {
		return nil
	}
	for _, id := range who.UserIDs { // an employee has one or two
		login := fmt.Sprintf("mantan-%d", id)
		_, err := tx.NewUpdate().Model((*accounts.UserRow)(nil)).Set("login = ?", login).Set("name = ?", p.Name).
			Set("password_hash = '!'").Set("email = NULL").Set("email_verified_at = NULL").
			Set("second_factor_at = NULL").Set("forgotten = ?", true).
			Set("search_text = ?", identity.SearchText(login, p.Name)).Where("id = ?", id).Exec(ctx)
		if err != nil {
			return err
		}
		if err := tx.Leave(ctx, task.AccessChanged, task.Access{V: 1, UserID: id}); err != nil {
			return err
		}
	}
	// After the users: whoever adds something to an account has its row, and adds nothing to one that was forgotten.
	_, err := tx.NewDelete().Table("pending_identities").Where("token_hash IN (SELECT p.token_hash FROM "+
		"pending_sign_ins AS p WHERE p.user_id IN (?))", bun.List(who.UserIDs)).Exec(ctx)
	if err != nil {
		return err
	}
	for _, table := range []string{"sessions", "known_browsers", "api_tokens", "second_factors", "recovery_codes",
		"pending_sign_ins", "passkeys", "passkey_challenges", "identities", "password_resets", "email_checks",
		"account_makers"} {
		_, err := tx.NewDelete().Table(table).Where("user_id IN (?)", bun.List(who.UserIDs)).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// endRows removes from rows that stay for the books what they say about the person, and the rows that no book needs.
func endRows(ctx context.Context, tx *ledger.Tx, who Person, _ Pseudonym) error {
	statements := []string{
		"UPDATE punches SET latitude = NULL, longitude = NULL, accuracy = NULL, device_hash = NULL, device = '', " +
			"foreign_address = '', note = '', answered_day = NULL WHERE employee_id = ?",
		"UPDATE punch_voids SET reason = '' WHERE punch_id IN (SELECT p.id FROM punches AS p WHERE p.employee_id = ?)",
		// Nobody decides about them any more.
		"UPDATE punch_reviews SET note = '', state = CASE state WHEN 'open' THEN 'voided' ELSE state END " +
			"WHERE employee_id = ?",
		"UPDATE leave_requests SET reason = '', decision_note = '' WHERE employee_id = ?",
		"UPDATE corrections SET reason = '', decision_note = '', latitude = NULL, longitude = NULL, accuracy = NULL, " +
			"device_hash = NULL, device = '', foreign_address = '' WHERE employee_id = ?",
		"UPDATE holidays SET name = 'Libur' WHERE employee_id = ?",
		"UPDATE employments SET position = '' WHERE employee_id = ?",
		"DELETE FROM notifications WHERE employee_id = ?",
		"DELETE FROM last_contacts WHERE employee_id = ?",
		"DELETE FROM employee_pins WHERE employee_id = ?",
		"DELETE FROM employee_badges WHERE employee_id = ?",
		"DELETE FROM kiosk_vouchers WHERE employee_id = ?",
		// A command that takes the person out of a terminal still goes out. It says a PIN, and nobody's any more.
		"DELETE FROM terminal_commands WHERE employee_id = ? AND " +
			"NOT (kind = 'delete_user' AND state IN ('queued', 'sent'))",
		"UPDATE terminal_commands SET employee_id = NULL WHERE employee_id = ?",
		"DELETE FROM report_chunks WHERE report_id IN (SELECT r.id FROM reports AS r WHERE r.employee_id = ?)",
		"DELETE FROM reports WHERE employee_id = ?",
	}
	for _, statement := range statements {
		if _, err := tx.NewRaw(statement, who.EmployeeID).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// endLines discards what waits of the person: whoever has the number next gets none of it.
func (s *Persons) endLines(ctx context.Context, tx *ledger.Tx, who Person, _ Pseudonym) error {
	return s.quarantine.Empty(ctx, tx, who.lines)
}

func (s *Persons) endEmployee(ctx context.Context, tx *ledger.Tx, who Person, p Pseudonym) error {
	_, err := tx.NewUpdate().Model((*company.EmployeeRow)(nil)).Set("number = ?", p.Number).
		Set("number_key = ?", identity.Key(p.Number)).Set("name = ?", p.Name).Set("position = ''").
		Set("forgotten = ?", true).Set("search_text = ?", identity.SearchText(p.Number, p.Name)).
		Where("id = ?", who.EmployeeID).Exec(ctx)
	if err != nil {
		return err
	}
	return identity.FillKeys(ctx, tx, s.db.Log) // the number that is free now may have been kept from somebody
}

// Leavers returns employees after one, by id, whose last day was before a date and who were not forgotten yet, at most
// limit of them.
func (s *Persons) Leavers(ctx context.Context, before attendance.Date, after int64, limit int) (ids []int64,
	err error) {
	err = s.db.Read().NewSelect().TableExpr("employees AS e").Column("e.id").
		Where("e.status = ?", attendance.EmployeeInactive).Where("e.left_on < ?", before).Where("e.id > ?", after).
		Where("NOT EXISTS (SELECT 1 FROM pseudonyms AS ps WHERE ps.employee_id = e.id)").Order("e.id").
		Limit(int64(limit)).Scan(ctx, &ids)
	return ids, db.Failed("list leavers", err)
}
