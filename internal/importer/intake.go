package importer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/civil"
	"hadir/internal/clock"
	"hadir/internal/iclock"
)

// Intake records the punches that terminals push. What cannot be recorded waits in quarantine and never stands in the
// way of the others.
type Intake struct {
	store Store
	held  Quarantine
	clock clock.Clock
	turns chan struct{} // one for each push that may hand much to the recorder now
}

// Quarantine is where lines wait, and what knows whom PINs mean that are no employee numbers.
type Quarantine interface {
	Meanings(ctx context.Context, terminalID int64, pins []string) (map[string][]iclock.Meaning, error)
	// Hold keeps lines, but for some that are left, because too many wait.
	Hold(ctx context.Context, terminalID int64, lines []iclock.Line) (left int, err error)
	// Recorded returns which of some lines are recorded, by attendance.NewPunch.LineKey.
	Recorded(ctx context.Context, keys [][16]byte) (map[[16]byte]bool, error)
	Release(ctx context.Context, ids []int64) error
	// Discarded returns which of some lines of a terminal somebody discarded, by their texts.
	Discarded(ctx context.Context, terminalID int64, texts []string) (map[string]bool, error)
	// Voucher returns the user who vouches for a terminal, 0 for nobody, and of the employees whose own lines these are
	// whether nobody else could confirm it.
	Voucher(ctx context.Context, terminalID int64) (userID int64, alone map[int64]bool, err error)
}

// NewIntake returns an intake. Of the store it uses Employees and Recorder.
func NewIntake(s Store, q Quarantine, c clock.Clock) *Intake {
	return &Intake{s, q, c, make(chan struct{}, pushesAtOnce)}
}

// Pushed is a line that a terminal pushed.
type Pushed struct {
	LineID int64 // in quarantine, from where it comes again; 0 for a new one
	Record iclock.Record
	Reason iclock.Reason // why it could not be read; "" for what could
	Text   string
}

// Taken counts what became of lines.
type Taken struct {
	Recorded int `json:"recorded"`
	Known    int `json:"known"` // recorded before
	Held     int `json:"held"`  // in quarantine
	Left     int `json:"-"`     // of new ones: nowhere, since too many are in quarantine
}

// Sum is how many lines they are.
func (t Taken) Sum() int { return t.Recorded + t.Known + t.Held + t.Left }

// Plus is the sum of two.
func (t Taken) Plus(o Taken) Taken {
	return Taken{t.Recorded + o.Recorded, t.Known + o.Known, t.Held + o.Held, t.Left + o.Left}
}

// takeAtOnce is how many lines are read at once.
const takeAtOnce = 256

// What people punch now stands in one queue with the recent punches of terminals. So that nobody waits for a terminal
// that was cut off for a while, one push hands over few of them at once, and few pushes do so at a time.
const (
	recentAtOnce = 64
	pushesAtOnce = 4
	// fewPunches wait for no other push.
	fewPunches = 8
	// recentFor is how old such punches are at the most. The recorder writes older ones apart, one batch at a time.
	recentFor = 24 * time.Hour
)

// Take records lines of a terminal in their order. When it returns without an error each of them is recorded, in
// quarantine, or counted as left, and it may be called again with the same lines: a line is known by the terminal's
// serial, the PIN, the time and the status, and stays the punch of whom it was recorded for.
func (i *Intake) Take(ctx context.Context, t *iclock.Terminal, lines []Pushed) (out Taken, err error) {
	zone, err := attendance.LoadZone(t.ZoneNow)
	if err != nil {
		return out, err
	}
	format, err := iclock.ParsePINFormat(t.PINFormat)
	if err != nil {
		return out, err
	}
	var own Own
	if t.VouchedBy != 0 {
		if own.UserID, own.Alone, err = i.held.Voucher(ctx, t.ID); err != nil {
			return out, err
		}
	}
	for len(lines) > 0 {
		some := lines[:min(takeAtOnce, len(lines))]
		lines = lines[len(some):]
		if some, err = i.wanted(ctx, t.ID, some, &out); err != nil {
			return out, err
		}
		who, err := i.people(ctx, t, format, some)
		if err != nil {
			return out, err
		}
		if err := i.take(ctx, &reading{t, zone, who, own}, some, &out); err != nil {
			return out, err
		}
	}
	return out, nil
}

// wanted leaves out the new lines that somebody discarded: they stay so whoever their PIN means by now.
func (i *Intake) wanted(ctx context.Context, terminalID int64, lines []Pushed, out *Taken) ([]Pushed, error) {
	var texts []string
	for n := range lines {
		if lines[n].LineID == 0 {
			texts = append(texts, lines[n].Text)
		}
	}
	if len(texts) == 0 {
		return lines, nil
	}
	discarded, err := i.held.Discarded(ctx, terminalID, texts)
	if err != nil || len(discarded) == 0 {
		return lines, err
	}
	wanted := make([]Pushed, 0, len(lines))
	for n := range lines {
		if lines[n].LineID == 0 && discarded[lines[n].Text] {
			out.Held++
			continue
		}
		wanted = append(wanted, lines[n])
	}
	return wanted, nil
}

// reading is how lines of a terminal are understood.
type reading struct {
	terminal *iclock.Terminal
	zone     *time.Location
	who      map[string]meant
	own      Own // of whoever vouches for the terminal
}

// meant is whom a PIN means.
type meant struct {
	iclock.Meant
	reason iclock.Reason // why no employee has that number
}

// people finds out whom the PINs of lines mean.
func (i *Intake) people(ctx context.Context, t *iclock.Terminal, format iclock.PINFormat,
	lines []Pushed) (map[string]meant, error) {
	pins, who := []string{}, map[string]meant{}
	for n := range lines {
		pin := lines[n].Record.PIN
		if _, seen := who[pin]; !seen && lines[n].Reason == "" {
			who[pin] = meant{}
			pins = append(pins, pin)
		}
	}
	decided, err := i.held.Meanings(ctx, t.ID, pins)
	if err != nil {
		return nil, err
	}
	roll := newRoll(i.store, format)
	if _, err := roll.find(ctx, pins); err != nil {
		return nil, err
	}
	for _, pin := range pins {
		m := meant{Meant: iclock.Meant{Decided: decided[pin]}}
		if found := roll.known[pin]; found.err != nil {
			m.reason = iclock.Reason(found.err.code)
		} else {
			m.Numbered = found.employee.ID
		}
		who[pin] = m
	}
	return who, nil
}

// take records some lines, holds what is not recorded, and releases what is.
func (i *Intake) take(ctx context.Context, r *reading, lines []Pushed, out *Taken) error {
	var held []iclock.Line
	var keys [][16]byte // of held
	var released []int64
	hold := func(l *Pushed, reason iclock.Reason) {
		key := r.lineKey(l)
		keys = append(keys, [16]byte(key[:16]))
		line := iclock.Line{ID: l.LineID, PIN: l.Record.PIN, Status: l.Record.Status, Verify: l.Record.Verify,
			Text: l.Text, Reason: reason}
		if !l.Record.At.IsZero() {
			line.At = l.Record.At.Format(time.DateTime)
		}
		held = append(held, line)
	}
	latest := i.clock.Now().Add(aheadAtMost)
	punches, of := make([]attendance.NewPunch, 0, len(lines)), make([]*Pushed, 0, len(lines))
	for n := range lines {
		p, reason := r.punch(&lines[n], latest)
		if reason != "" {
			hold(&lines[n], reason)
			continue
		}
		punches, of = append(punches, p), append(of, &lines[n])
	}
	results, failed := i.record(ctx, punches)
	for n := range results {
		switch {
		case results[n].Err != nil:
			hold(of[n], iclock.Reason(refusal(results[n].Err, "").code))
			continue
		case results[n].Replayed:
			out.Known++
		default:
			out.Recorded++
		}
		released = append(released, of[n].LineID)
	}
	if failed != nil { // what was recorded is counted, and all of it comes again
		return failed
	}
	held, again, err := i.unrecorded(ctx, held, keys)
	if err != nil {
		return err
	}
	out.Known, released = out.Known+len(again), append(released, again...)
	if len(held) > 0 {
		left, err := i.held.Hold(ctx, r.terminal.ID, held)
		if err != nil {
			return err
		}
		out.Held, out.Left = out.Held+len(held)-left, out.Left+left
	}
	released = slices.DeleteFunc(released, func(id int64) bool { return id == 0 })
	if len(released) > 0 {
		return i.held.Release(ctx, released)
	}
	return nil
}

// unrecorded returns which lines are to be held, and the ids of the others: those that were recorded when their PIN
// still meant somebody.
func (i *Intake) unrecorded(ctx context.Context, lines []iclock.Line, keys [][16]byte) (held []iclock.Line,
	again []int64, err error) {
	if len(lines) == 0 {
		return nil, nil, nil
	}
	recorded, err := i.held.Recorded(ctx, keys)
	for n := range lines {
		if recorded[keys[n]] {
			again = append(again, lines[n].ID)
		} else {
			held = append(held, lines[n])
		}
	}
	return held, again, err
}

// record hands punches over in portions. With an error it returns the results of those before.
func (i *Intake) record(ctx context.Context, punches []attendance.NewPunch) ([]attendance.RecordResult, error) {
	out, since := make([]attendance.RecordResult, 0, len(punches)), i.clock.Now().Add(-recentFor)
	for len(punches) > 0 {
		n, recent := 0, 0
		for ; n < len(punches) && recent < recentAtOnce; n++ {
			if punches[n].OccurredAt.After(since) {
				recent++
			}
		}
		results, err := i.hand(ctx, punches[:n], recent)
		if err != nil {
			return out, err
		}
		out, punches = append(out, results...), punches[n:]
	}
	return out, nil
}

func (i *Intake) hand(ctx context.Context, punches []attendance.NewPunch,
	recent int) ([]attendance.RecordResult, error) {
	if recent > fewPunches {
		select {
		case i.turns <- struct{}{}:
			defer func() { <-i.turns }()
		case <-ctx.Done():
			return nil, &attendance.Error{Code: attendance.CodeUnavailable,
				Message: "Too many punches are waiting; try again in a moment.", Cause: ctx.Err()}
		}
	}
	return i.store.Recorder.RecordBatch(ctx, punches)
}

// punch makes the punch of a line, or says why there is none.
func (r *reading) punch(l *Pushed, latest time.Time) (attendance.NewPunch, iclock.Reason) {
	if l.Reason != "" {
		return attendance.NewPunch{}, l.Reason
	}
	direction, known := r.terminal.Direction.Read(l.Record.Status)
	if !known {
		return attendance.NewPunch{}, iclock.ReasonStatus
	}
	found := civil.Instants(l.Record.At, r.zone)
	switch {
	case len(found) == 0:
		return attendance.NewPunch{}, iclock.ReasonSkipped
	case found[0].After(latest):
		return attendance.NewPunch{}, iclock.ReasonFuture
	case found[0].Before(earliest):
		return attendance.NewPunch{}, iclock.ReasonClockReset
	}
	at := r.meantBy(found, latest)
	who := r.who[l.Record.PIN].At(at)
	if who == 0 {
		return attendance.NewPunch{}, r.who[l.Record.PIN].reason
	}
	if r.own.refuses(who) {
		return attendance.NewPunch{}, iclock.ReasonOwn
	}
	sum := r.lineKey(l)
	device := r.terminal.Name
	if device == "" {
		device = r.terminal.Serial
	}
	return attendance.NewPunch{EmployeeID: who, Direction: direction, OccurredAt: at.UTC(),
		Repeated: len(found) > 1, Source: attendance.SourceTerminal, Device: device,
		IdempotencyKey: "terminal:" + hex.EncodeToString(sum[:16]),
		RequestHash:    [16]byte(sum[16:]), LineKey: [16]byte(sum[:16]), Alone: r.own.alone(who)}, ""
}

// justNow is how long ago a punch was at the most that a terminal pushes at once.
const justNow = 15 * time.Minute

// meantBy chooses between two instants that the terminal's clock shows alike: the later one if it is just now, since
// terminals push what is punched at once; else, and of a single one, the first.
func (r *reading) meantBy(found []time.Time, latest time.Time) time.Time {
	last := found[len(found)-1]
	if last.After(latest) || latest.Sub(last) > justNow+aheadAtMost {
		return found[0]
	}
	return last
}

// lineKey is what a line is known by: its first half is attendance.NewPunch.LineKey. What people decide is left out,
// also whom the PIN means: the log may come again after they have changed it.
func (r *reading) lineKey(l *Pushed) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join([]string{r.terminal.Serial, l.Record.PIN,
		l.Record.At.Format(time.DateTime), l.Record.Status}, "\x00")))
}
