package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/importer"
	"hadir/internal/queue"
	"hadir/internal/realtime"
	"hadir/internal/store/company"
	"hadir/internal/store/ledger"
	"hadir/internal/store/outside"
	"hadir/internal/task"
)

// importing is one run of an import.
type importing struct {
	w       *Worker
	im      task.FileImport
	scope   []int64
	void    attendance.Void
	own     *importer.Own
	makers  []int64 // in whose hands the account may be
	may     company.MayMove
	refused []importer.Rejection // since the last step
	noted   []importer.Rejection // likewise
}

// importFile writes an uploaded file. Each batch is committed together with how far the import is, so that a run
// after a crash goes on with the next batch. What the user may touch is asked again: an hour may lie between upload and
// task.
func (w *Worker) importFile(ctx context.Context, p task.Import) error {
	im, err := w.o.Store.Imports.FileImport(ctx, p.ID, true)
	if attendance.CodeOf(err) == attendance.CodeNotFound {
		return queue.Permanent(fmt.Errorf("worker: import %d: %w", p.ID, err))
	}
	if err != nil {
		return fmt.Errorf("worker: import: %w", err)
	}
	if !im.Open() {
		return nil
	}
	run := &importing{w: w, im: im}
	user, err := w.o.Store.Users.User(ctx, im.UserID)
	if err != nil && attendance.CodeOf(err) != attendance.CodeNotFound {
		return fmt.Errorf("worker: import: %w", err)
	}
	if err != nil || user.DisabledAt != nil || !user.SeesDashboard() {
		return run.end(ctx, task.ImportFailed, account.CodeForbidden)
	}
	if user, err = w.o.Store.Makers.Acting(ctx, user); err != nil {
		return fmt.Errorf("worker: import %d: %w", im.ID, err)
	}
	run.makers = user.MakerIDs
	run.void = attendance.Void{UserID: user.ID, EmployeeID: user.EmployeeID, Origin: attendance.VoidByImport,
		Ref: im.ID}
	if run.own, err = run.ownOf(ctx, user); err != nil {
		return fmt.Errorf("worker: import %d: %w", im.ID, err)
	}
	if ids, all := user.BranchScope(); !all {
		run.scope = append([]int64{}, ids...)
	}
	selves, err := w.o.Store.Users.Bound(ctx, user)
	if err != nil {
		return fmt.Errorf("worker: import %d: %w", im.ID, err)
	}
	run.may = importer.MayMove(run.scope, selves)
	err = run.read(ctx)
	if code := attendance.CodeOf(err); code == attendance.CodeInvalid {
		return run.end(ctx, task.ImportFailed, code)
	}
	if err != nil {
		return fmt.Errorf("worker: import %d: %w", im.ID, err)
	}
	return run.end(ctx, task.ImportDone, "")
}

// ownOf is the rule about the own days for whoever imports punches. In a file of employees the store applies it.
func (i *importing) ownOf(ctx context.Context, u account.User) (*importer.Own, error) {
	if i.im.Kind != task.ImportOfPunches {
		return nil, nil
	}
	alone, err := i.w.o.Store.Users.Alone(ctx, u)
	return &importer.Own{UserID: u.ID, Alone: alone}, err
}

// actor is who imports.
func (i *importing) actor() ledger.Actor {
	return ledger.Actor{UserID: i.im.UserID, EmployeeID: i.void.EmployeeID, BranchIDs: i.scope,
		MakerIDs: i.makers}
}

// read goes through the file, from where the last run ended.
func (i *importing) read(ctx context.Context) error {
	o := importer.Options{
		Clock: i.w.o.Clock, Branches: i.scope, AfterLine: i.im.DoneLine, Write: i.write,
		OnReject: func(r importer.Rejection) error { i.refused = append(i.refused, r); return nil },
		OnNote:   func(r importer.Rejection) error { i.noted = append(i.noted, r); return nil },
		Void:     &i.void,
		Own:      i.own,
	}
	size, file := int64(len(i.im.File)), bytes.NewReader(i.im.File)
	if i.im.Kind != task.ImportOfPunches {
		_, err := importer.New(i.w.files(), o).Employees(ctx, file, size)
		return err
	}
	var options importer.PunchOptions
	if err := json.Unmarshal(i.im.Options, &options); err != nil {
		return fmt.Errorf("options: %w", err)
	}
	var before importer.Result
	o.OnBatch = func(line int64, r importer.Result) error {
		err := i.punches(ctx, line,
			outside.ImportStep{Recorded: r.Imported - before.Imported, Known: r.Unchanged - before.Unchanged,
				Replaced: r.Replaced - before.Replaced})
		before = r
		return err
	}
	_, err := importer.New(i.w.files(), o).Punches(ctx, file, size, options)
	return err
}

// punches notes a batch of punches that is recorded. When a worker dies between the two, the next one finds the batch's
// punches known by their idempotency keys and counts them so.
func (i *importing) punches(ctx context.Context, line int64, counts outside.ImportStep) error {
	step, kept, err := i.step(line)
	if err != nil {
		return err
	}
	step.Recorded, step.Known, step.Replaced = counts.Recorded, counts.Known, counts.Replaced
	after, _, err := i.w.o.Store.Imports.StepImport(ctx, step, i.actor())
	if err != nil {
		return err
	}
	i.im, i.refused, i.noted = after, kept, nil
	i.w.tellImport(ctx, &after)
	return nil
}

// write commits one batch with the lines refused before its end.
func (i *importing) write(ctx context.Context, rows []importer.EmployeeRow) ([]attendance.UpsertResult, error) {
	step, kept, err := i.step(rows[len(rows)-1].Line)
	if err != nil {
		return nil, err
	}
	step.Employees, step.MovedFrom, step.MayMove = importer.People(rows), importer.MovedFrom(rows), i.may
	step.MoveReasons = importer.MoveReasons(rows)
	after, results, err := i.w.o.Store.Imports.StepImport(ctx, step, i.actor())
	if err != nil {
		return nil, err
	}
	i.im, i.refused, i.noted = after, kept, nil
	i.w.tellImport(ctx, &after)
	return results, nil
}

// end stores the last refused lines and what the import came to.
func (i *importing) end(ctx context.Context, state task.ImportState, reason attendance.Code) error {
	last := i.im.DoneLine
	for _, r := range i.refused {
		last = max(last, r.Line)
	}
	step, _, err := i.step(last)
	if err != nil {
		return err
	}
	step.End, step.Reason = state, string(reason)
	after, _, err := i.w.o.Store.Imports.StepImport(ctx, step, i.actor())
	if err != nil {
		return fmt.Errorf("worker: import %d: %w", i.im.ID, err)
	}
	i.w.tellImport(ctx, &after)
	return nil
}

// step prepares a step that ends at a line; kept are the lines refused after it.
func (i *importing) step(line int64) (step outside.ImportStep, kept []importer.Rejection, err error) {
	step = outside.ImportStep{ImportID: i.im.ID, After: i.im.DoneLine, DoneLine: line, Scope: i.scope}
	log := importer.RejectionLog{Total: i.im.Rejected}
	for _, r := range i.refused {
		if r.Line > line {
			kept = append(kept, r)
		} else {
			log.Add(r)
		}
	}
	step.Rejected = log.Total - i.im.Rejected
	if step.Rejections, err = log.Text(); err != nil {
		return step, kept, err
	}
	notes := importer.RejectionLog{Total: i.im.Noted}
	for _, n := range i.noted {
		notes.Add(n)
	}
	step.Noted = notes.Total - i.im.Noted
	step.Notes, err = notes.Text()
	return step, kept, err
}

// tellImport sends how far an import is to the screens of its user. A page that misses it asks by itself, so an import
// does not fail over it.
func (w *Worker) tellImport(ctx context.Context, im *task.FileImport) {
	data, err := json.Marshal(im)
	if err == nil {
		err = w.publish(ctx, []realtime.Message{
			{Channel: realtime.AccountChannel(im.UserID), Event: realtime.EventImport, Data: data}})
	}
	if err != nil {
		w.o.Log.WarnContext(ctx, "telling how far an import is", "import", im.ID, "error", err)
	}
}

// files is what the importer needs.
func (w *Worker) files() importer.Store {
	s := w.o.Store
	return importer.Store{Branches: s.Branches, Employees: s.Employees, Recorder: s.Days}
}
