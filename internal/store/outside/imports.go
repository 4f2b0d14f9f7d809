package outside

import (
	"context"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/accounts"
	"hadir/internal/store/company"
	"hadir/internal/store/company/checks"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// importKept is how long an import can be looked at; they hold names.
const importKept = 7 * 24 * time.Hour

type importRow struct {
	bun.BaseModel `bun:"table:file_imports,alias:ei"`

	ID         int64     `bun:"id,pk,autoincrement"`
	UserID     int64     `bun:"user_id"`
	Kind       string    `bun:"kind"`
	Options    string    `bun:"options"`
	FileName   string    `bun:"file_name"`
	File       []byte    `bun:"file"`
	State      string    `bun:"state"`
	Reason     string    `bun:"reason"`
	Lines      int64     `bun:"line_count"`
	DoneLine   int64     `bun:"done_line"`
	Created    int64     `bun:"created_count"`
	Updated    int64     `bun:"updated_count"`
	Unchanged  int64     `bun:"unchanged_count"`
	Rejected   int64     `bun:"rejected_count"`
	Rejections string    `bun:"rejections"`
	Replaced   int64     `bun:"replaced_count"`
	Noted      int64     `bun:"noted_count"`
	Notes      string    `bun:"notes,nullzero"`
	CreatedAt  time.Time `bun:"created_at"`
	UpdatedAt  time.Time `bun:"updated_at"`
}

func (r *importRow) domain() task.FileImport {
	return task.FileImport{ID: r.ID, UserID: r.UserID, Kind: task.ImportKind(r.Kind), Options: []byte(r.Options),
		FileName: r.FileName, File: r.File, State: task.ImportState(r.State), Reason: r.Reason,
		Lines: r.Lines, DoneLine: r.DoneLine, Created: r.Created, Updated: r.Updated, Unchanged: r.Unchanged,
		Rejected:   r.Rejected,
		Rejections: r.Rejections, Replaced: r.Replaced, Noted: r.Noted, Notes: r.Notes, CreatedAt: r.CreatedAt.UTC(),
		UpdatedAt: r.UpdatedAt.UTC()}
}

// previewsKept is how many files a user may have looked at without starting their import: several at once are common,
// and each holds up to 5 MiB.
const previewsKept = 5

// displacedKept is of how many files that made room a user is still told so. They are without their content.
const displacedKept = 50

// AddFileImport keeps a file that was looked at. Of those that the same user looked at before and did not start, the
// oldest make room and become task.ImportDisplaced.
func (s *Imports) AddFileImport(ctx context.Context, im task.FileImport) (task.FileImport, error) {
	now := s.db.Clock.Now()
	row := importRow{UserID: im.UserID, Kind: string(im.Kind), Options: string(im.Options),
		FileName: db.Clip(im.FileName, 200), File: im.File, State: string(task.ImportPreview), Lines: im.Lines,
		Created: im.Created, Updated: im.Updated, Unchanged: im.Unchanged, Rejected: im.Rejected,
		Rejections: im.Rejections, Replaced: im.Replaced, Noted: im.Noted, Notes: im.Notes,
		CreatedAt: now, UpdatedAt: now}
	err := s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := accounts.LockUser(ctx, s.db, tx, im.UserID); err != nil {
			return err
		}
		if err := s.makeRoom(ctx, tx, im.UserID); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model((*importRow)(nil)).Where("created_at < ?",
			now.Add(-importKept)).Exec(ctx); err != nil {
			return err
		}
		row.ID = 0
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
	return row.domain(), db.Failed("add import", err)
}

// makeRoom lets a user's oldest previews go, so that one more has room, and forgets the oldest that went before.
func (s *Imports) makeRoom(ctx context.Context, tx bun.Tx, userID int64) error {
	beyond := func(state task.ImportState, kept int) (ids []int64, err error) {
		err = tx.NewSelect().Model((*importRow)(nil)).Column("id").Where("user_id = ? AND state = ?", userID, state).
			Order("id DESC").Scan(ctx, &ids)
		return ids[min(kept, len(ids)):], err
	}
	old, err := beyond(task.ImportPreview, previewsKept-1)
	if err != nil {
		return err
	}
	if len(old) > 0 {
		// One may have been started in this moment.
		_, err := tx.NewUpdate().Model((*importRow)(nil)).Set("state = ?", task.ImportDisplaced).
			Set("file = ?", []byte{}).Set("rejections = ''").Set("notes = NULL").
			Set("updated_at = ?", s.db.Clock.Now()).
			Where("id IN (?) AND state = ?", bun.List(old), task.ImportPreview).Exec(ctx)
		if err != nil {
			return err
		}
	}
	if old, err = beyond(task.ImportDisplaced, displacedKept); err != nil || len(old) == 0 {
		return err
	}
	_, err = tx.NewDelete().Model((*importRow)(nil)).Where("id IN (?)", bun.List(old)).Exec(ctx)
	return err
}

// FileImport returns an import, with its file if asked for, or CodeNotFound.
func (s *Imports) FileImport(ctx context.Context, id int64, withFile bool) (task.FileImport, error) {
	var row importRow
	q := s.db.Read().NewSelect().Model(&row).Where("id = ?", id)
	if !withFile {
		q = q.ExcludeColumn("file")
	}
	if err := q.Scan(ctx); err != nil {
		return task.FileImport{}, db.NotFound("load import", "no such import", err)
	}
	return row.domain(), nil
}

// lockImport reads an import without its file, for a change of it.
func (s *Imports) lockImport(ctx context.Context, tx *ledger.Tx, id int64) (importRow, error) {
	var row importRow
	err := s.db.ForUpdate(tx.NewSelect().Model(&row).ExcludeColumn("file").Where("id = ?", id), "").Scan(ctx)
	return row, db.NotFound("load import", "no such import", err)
}

func (s *Imports) saveImport(ctx context.Context, tx *ledger.Tx, row *importRow, columns ...string) error {
	row.UpdatedAt = s.db.Clock.Now()
	columns = append(columns, "state", "reason", "done_line", "created_count", "updated_count", "unchanged_count",
		"rejected_count", "rejections",
		"replaced_count", "noted_count", "notes", "updated_at")
	_, err := tx.NewUpdate().Model(row).Column(columns...).WherePK().Exec(ctx)
	return err
}

// StartFileImport leaves the task that writes a previewed file. What began before is answered as it is, what made room
// is task.CodeDisplaced.
func (s *Imports) StartFileImport(ctx context.Context, id int64, by ledger.Actor) (im task.FileImport, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.lockImport(ctx, tx, id)
		if err != nil {
			return err
		}
		im = row.domain()
		if im.State == task.ImportDisplaced {
			return task.Displaced()
		}
		if im.State != task.ImportPreview {
			return nil
		}
		row.State, row.Rejections = string(task.ImportQueued), ""
		row.Created, row.Updated, row.Unchanged, row.Rejected = 0, 0, 0, 0
		row.Replaced, row.Noted, row.Notes = 0, 0, ""
		if err := s.saveImport(ctx, tx, &row); err != nil {
			return err
		}
		im = row.domain()
		if err := tx.Leave(ctx, im.Kind.Task(), task.Import{V: 1, ID: id}); err != nil {
			return err
		}
		return auditImport(tx, "import.started", &im)
	})
	return im, db.Failed("start import", err)
}

// DeleteImports forgets at most limit imports that can no longer be looked at, and returns how many.
func (s *Imports) DeleteImports(ctx context.Context, limit int) (int, error) {
	n, err := s.db.DeleteOld(ctx, (*importRow)(nil), s.db.Clock.Now().Add(-importKept), limit)
	return n, db.Failed("delete imports", err)
}

// auditImport adds the audit entry of an import as a whole; each employee has one besides.
func auditImport(tx *ledger.Tx, action string, im *task.FileImport) error {
	return ledger.AuditChange(tx, action, ledger.Row{Table: "file_imports", ID: im.ID}, nil, im)
}

// ImportStep is one batch of an import: employees to write, and the lines refused since the batch before.
type ImportStep struct {
	ImportID        int64
	After, DoneLine int64   // where the batch before ended and where this one does
	Scope           []int64 // branches that the importing user may change; nil for all
	Employees       []attendance.Employee
	// MovedFrom says since when people of some numbers belong to the branch that is given; of the others, from now on.
	MovedFrom       map[string]*attendance.Date
	MoveReasons     map[string]string // by number
	MayMove         company.MayMove
	Recorded, Known int64 // punches, which the recorder has written
	Rejected        int64
	Rejections      string
	Replaced        int64 // of those recorded, the punches that took the place of another reading
	Noted           int64
	Notes           string           // as Rejections, of lines that were taken
	End             task.ImportState // done or failed with the last step, else ""
	Reason          string
}

// StepImport writes one batch, its audit entries and the import's progress in one transaction, so that an import that
// was broken off goes on where it stopped, and counts no line twice. When another worker was here meanwhile, nothing is
// written and the error is CodeUnavailable.
func (s *Imports) StepImport(ctx context.Context, step ImportStep,
	by ledger.Actor) (task.FileImport, []attendance.UpsertResult, error) {
	var after task.FileImport
	numbers, err := checks.Employees(step.Employees)
	if err != nil {
		return after, nil, err
	}
	var results []attendance.UpsertResult
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.lockImport(ctx, tx, step.ImportID)
		if err != nil {
			return err
		}
		if im := row.domain(); row.DoneLine != step.After || !im.Open() {
			return attendance.NewError(attendance.CodeUnavailable, "another worker goes on with this import")
		}
		if results, err = s.importBatch(ctx, tx, step, numbers); err != nil {
			return err
		}
		row.Created += step.Recorded
		row.Unchanged += step.Known
		for _, r := range results {
			switch r {
			case attendance.Created:
				row.Created++
			case attendance.Updated:
				row.Updated++
			case attendance.Unchanged:
				row.Unchanged++
			}
		}
		row.State, row.Reason, row.DoneLine = string(task.ImportRunning), "", step.DoneLine
		row.Rejected += step.Rejected
		row.Rejections += step.Rejections
		row.Replaced += step.Replaced
		row.Noted += step.Noted
		row.Notes += step.Notes
		var columns []string
		if step.End != "" {
			row.State, row.Reason, row.File = string(step.End), step.Reason, []byte{}
			columns = append(columns, "file")
		}
		if err := s.saveImport(ctx, tx, &row, columns...); err != nil {
			return err
		}
		after = row.domain()
		if step.End != "" {
			return auditImport(tx, "import.ended", &after)
		}
		return nil
	})
	return after, results, db.Failed("import employees", err)
}

func (s *Imports) importBatch(ctx context.Context, tx *ledger.Tx, step ImportStep,
	numbers []string) ([]attendance.UpsertResult, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	known, err := s.employees.ByNumber(ctx, tx, numbers, true)
	if err != nil {
		return nil, err
	}
	for _, e := range known {
		if step.Scope != nil && !slices.Contains(step.Scope, e.BranchID) {
			return nil, attendance.NewError(attendance.CodeConflict,
				"the employee was moved to another branch meanwhile")
		}
	}
	return s.employees.UpsertKnown(ctx, tx, company.Upsert{Employees: step.Employees, MovedFrom: step.MovedFrom,
		Reasons: step.MoveReasons, MayMove: step.MayMove, Numbers: numbers, Known: known})
}
