package terminals

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/iclock"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// Commands are what terminals are asked to do.
type Commands struct {
	db     *db.DB
	ledger *ledger.Ledger
}

// NewCommands returns the commands of a database.
func NewCommands(d *db.DB, l *ledger.Ledger) *Commands { return &Commands{d, l} }

type commandRow struct {
	bun.BaseModel `bun:"table:terminal_commands,alias:tc"`

	ID         int64      `bun:"id,pk,autoincrement"`
	TerminalID int64      `bun:"terminal_id"`
	EmployeeID int64      `bun:"employee_id,nullzero"`
	Kind       string     `bun:"kind"`
	Command    string     `bun:"command"`
	State      string     `bun:"state"`
	Attempts   int        `bun:"attempts"`
	Result     *int       `bun:"result"`
	CreatedAt  time.Time  `bun:"created_at"`
	SentAt     *time.Time `bun:"sent_at"`
	AnsweredAt *time.Time `bun:"answered_at"`
}

func (r *commandRow) domain() iclock.Command {
	return iclock.Command{ID: r.ID, TerminalID: r.TerminalID, Kind: iclock.CommandKind(r.Kind), Text: r.Command,
		State: iclock.CommandState(r.State), Attempts: r.Attempts, Result: r.Result, CreatedAt: r.CreatedAt.UTC(),
		SentAt: db.UTC(r.SentAt), AnsweredAt: db.UTC(r.AnsweredAt)}
}

const (
	// AnswerWithin is how long a terminal has to answer before it is asked again, and commandTries how often it is
	// asked.
	AnswerWithin = 2 * time.Minute
	commandTries = 5
	// MaxOpen bounds what waits for one terminal.
	MaxOpen = 20_000
)

// NewCommand is something to ask for.
type NewCommand struct {
	Kind       iclock.CommandKind
	Text       string
	EmployeeID int64 // whom it is about, 0 for nobody
}

// asked is what the audit log keeps of commands.
type asked struct {
	TerminalID int64              `json:"terminal_id"`
	Kind       iclock.CommandKind `json:"kind"`
	Count      int                `json:"count"`
}

// Ask queues commands for a terminal, in their order.
func (s *Commands) Ask(ctx context.Context, terminalID int64, cs []NewCommand, by ledger.Actor) error {
	if len(cs) == 0 {
		return nil
	}
	return db.Failed("queue commands", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if _, err := lockTerminal(ctx, s.db, tx.Tx, terminalID); err != nil {
			return err
		}
		return askLocked(ctx, tx, terminalID, cs)
	}))
}

// askLocked queues commands for a terminal that is locked.
func askLocked(ctx context.Context, tx *ledger.Tx, terminalID int64, cs []NewCommand) error {
	open, err := tx.NewSelect().Model((*commandRow)(nil)).Where("terminal_id = ? AND state IN (?, ?)", terminalID,
		iclock.CommandQueued, iclock.CommandSent).Count(ctx)
	if err != nil {
		return err
	}
	if int(open)+len(cs) > MaxOpen {
		return attendance.NewError(attendance.CodeConflict,
			fmt.Sprintf("The terminal has not answered %d commands yet.", open))
	}
	rows := make([]commandRow, len(cs))
	for i, c := range cs {
		rows[i] = commandRow{TerminalID: terminalID, EmployeeID: c.EmployeeID, Kind: string(c.Kind), Command: c.Text,
			State: string(iclock.CommandQueued), CreatedAt: tx.Now}
	}
	if err := db.InsertAll(ctx, tx, rows); err != nil {
		return err
	}
	return ledger.AuditChange(tx, "terminal.asked", ledger.Row{Table: terminalsTable, ID: terminalID}, nil,
		&asked{terminalID, cs[0].Kind, len(cs)})
}

// reconnect asks a terminal that is locked for a handshake, by which it learns its zone. One that has answered nothing
// for long makes one at its next start.
func reconnect(ctx context.Context, tx *ledger.Tx, terminalID int64) error {
	err := askLocked(ctx, tx, terminalID, []NewCommand{{Kind: iclock.CommandCheck,
		Text: iclock.TextOf(iclock.CommandCheck)}})
	if attendance.CodeOf(err) == attendance.CodeConflict {
		return nil
	}
	return err
}

// TellZone asks the terminals that have the zone of their branch, one of these, for a handshake, by which they learn
// it, in the transaction that gives the branches another.
func (s *Commands) TellZone(ctx context.Context, tx *ledger.Tx, branchIDs []int64) error {
	var rows []terminalRow
	err := s.db.ForUpdate(tx.NewSelect().Model(&rows).Where("branch_id IN (?) AND state = ? AND zone = ''",
		bun.List(branchIDs), iclock.Active).Order("id"), "").Scan(ctx)
	if err != nil {
		return err
	}
	for i := range rows {
		if err := reconnect(ctx, tx, rows[i].ID); err != nil {
			return err
		}
	}
	return nil
}

const commandsList = "terminal-commands"

// Commands lists a terminal's commands, the newest first.
func (s *Commands) Commands(ctx context.Context, terminalID int64, limit int,
	cursor string) ([]iclock.Command, string, error) {
	before, found, err := db.DecodeCursor(cursor, commandsList, 1)
	if err != nil {
		return nil, "", err
	}
	limit = db.PageSize(limit)
	var rows []commandRow
	q := s.db.Read().NewSelect().Model(&rows).Where("terminal_id = ?", terminalID).Order("id DESC").
		Limit(int64(limit + 1))
	if found {
		q = q.Where("id < ?", before[0])
	}
	if err := q.Scan(ctx); err != nil {
		return nil, "", db.Failed("list commands", err)
	}
	rows, next := db.Cut(rows, limit, func(last commandRow) string { return db.EncodeCursor(commandsList, last.ID) })
	out := make([]iclock.Command, len(rows))
	for i := range rows {
		out[i] = rows[i].domain()
	}
	return out, next, nil
}

// Waiting lists the terminals for which commands wait, or were sent and not answered.
func (s *Commands) Waiting(ctx context.Context) (map[int64]bool, error) {
	var ids []int64
	err := s.db.Read().NewSelect().Model((*commandRow)(nil)).Distinct().Column("terminal_id").
		Where("state IN (?, ?)", iclock.CommandQueued, iclock.CommandSent).Scan(ctx, &ids)
	out := make(map[int64]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, db.Failed("list waiting commands", err)
}

// Take returns at most limit commands that a terminal is to get now, oldest first: those that it never got, and those
// that it got and did not answer in time. After some tries a command has failed.
func (s *Commands) Take(ctx context.Context, terminalID int64, limit int) ([]iclock.Command, error) {
	var out []iclock.Command
	err := s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		out = nil
		now := s.db.Clock.Now()
		var rows []commandRow
		q := tx.NewSelect().Model(&rows).Where("terminal_id = ?", terminalID).
			Where("(state = ? OR state = ? AND sent_at < ?)", iclock.CommandQueued, iclock.CommandSent,
				now.Add(-AnswerWithin).UTC()).Order("id").Limit(int64(limit))
		if err := s.db.ForUpdate(q, "").Scan(ctx); err != nil {
			return err
		}
		var sent, failed []int64
		for i := range rows {
			if rows[i].Attempts >= commandTries {
				failed = append(failed, rows[i].ID)
				continue
			}
			sent = append(sent, rows[i].ID)
			out = append(out, rows[i].domain())
		}
		if len(failed) > 0 {
			_, err := tx.NewUpdate().Model((*commandRow)(nil)).Set("state = ?", iclock.CommandFailed).
				Where("id IN (?)", bun.List(failed)).Exec(ctx)
			if err != nil {
				return err
			}
		}
		if len(sent) == 0 {
			return nil
		}
		_, err := tx.NewUpdate().Model((*commandRow)(nil)).Set("state = ?", iclock.CommandSent).
			Set("attempts = attempts + 1").Set("sent_at = ?", now.UTC()).Where("id IN (?)", bun.List(sent)).Exec(ctx)
		return err
	})
	return out, db.Failed("take commands", err)
}

// Answered notes what a terminal returned. Answers to commands of another terminal, or that were answered, are ignored.
func (s *Commands) Answered(ctx context.Context, terminalID int64, results []iclock.CommandResult) error {
	byCode := map[int][]int64{}
	for _, r := range results {
		byCode[r.Return] = append(byCode[r.Return], r.ID)
	}
	for code, ids := range byCode {
		slices.Sort(ids)
		state := iclock.CommandDone
		if code < 0 {
			state = iclock.CommandFailed
		}
		err := s.db.WriteOne(ctx, func(ctx context.Context, idb bun.IDB) error {
			_, err := idb.NewUpdate().Model((*commandRow)(nil)).Set("state = ?", state).Set("result = ?", code).
				Set("answered_at = ?", s.db.Clock.Now()).Where("terminal_id = ?", terminalID).
				Where("id IN (?)", bun.List(ids)).Where("state = ?", iclock.CommandSent).Exec(ctx)
			return err
		})
		if err != nil {
			return db.Failed("note answers", err)
		}
	}
	return nil
}

// DeleteCommands forgets at most limit commands that were queued before an instant, and returns how many.
func (s *Commands) DeleteCommands(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := s.db.DeleteOld(ctx, (*commandRow)(nil), before, limit)
	return n, db.Failed("delete commands", err)
}
