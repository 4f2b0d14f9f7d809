package days

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// voidRow is a punch that counts for nothing.
type voidRow struct {
	bun.BaseModel `bun:"table:punch_voids,alias:pv"`

	PunchID  int64     `bun:"punch_id,pk"`
	VoidedAt time.Time `bun:"voided_at"`
	UserID   int64     `bun:"user_id"`
	Origin   string    `bun:"origin"`
	RefID    int64     `bun:"ref_id"`
	Reason   string    `bun:"reason"`

	Address string `bun:"-"` // for the audit log
}

// voidedColumn tells of each row of punches AS p whether it was voided.
const voidedColumn = "EXISTS (SELECT 1 FROM punch_voids AS v WHERE v.punch_id = p.id) AS voided"

func newVoidRow(punchID int64, v *attendance.Void, now time.Time) voidRow {
	return voidRow{PunchID: punchID, VoidedAt: now, UserID: v.UserID, Origin: string(v.Origin), RefID: v.Ref,
		Reason: db.Clip(v.Reason, 500), Address: v.Address}
}

func (r *voidRow) domain() *attendance.Voided {
	return &attendance.Voided{At: r.VoidedAt.UTC(), UserID: r.UserID, Origin: attendance.VoidOrigin(r.Origin),
		Ref: r.RefID, Reason: r.Reason}
}

// entry is the void in the audit log.
func (r *voidRow) entry() (ledger.AuditEntry, error) {
	after, err := json.Marshal(r.domain())
	return ledger.AuditEntry{UserID: r.UserID, Address: r.Address, Action: "punch.voided", Table: "punches",
		RowID: strconv.FormatInt(r.PunchID, 10), After: after}, err
}

// renameVoided gives punches that replace others a new key where their own names a punch that was voided: it stays, and
// they are recorded anew. The key grows by the id of the voided punch, so that the same file gets the same keys another
// time.
func (b *batch) renameVoided(stored []punchRow) {
	var gone map[punchKey]int64
	for i := range stored {
		if stored[i].Voided {
			if gone == nil {
				gone = map[punchKey]int64{}
			}
			gone[punchKey{stored[i].EmployeeID, stored[i].IdempotencyKey}] = stored[i].ID
		}
	}
	if gone == nil {
		return
	}
	b.in = slices.Clone(b.in) // the caller's stay as they are, for another attempt
	for i := range b.in {
		p := &b.in[i]
		if p.Replaces == nil {
			continue
		}
		key := p.IdempotencyKey
		for id, ok := gone[punchKey{p.EmployeeID, key}]; ok; id, ok = gone[punchKey{p.EmployeeID, key}] {
			key = p.IdempotencyKey + ":" + strconv.FormatInt(id, 10)
		}
		p.IdempotencyKey = key
	}
}

// replace looks for another reading of an imported punch: one of the same instant in another direction that was
// imported or that a terminal pushed. It is voided if the new one may take its place; refused in a locked period and
// about the own punches of whoever imports.
func (b *batch) replace(i int) error {
	p := &b.in[i]
	if p.Source != attendance.SourceImport {
		return nil
	}
	at, roster, list := db.Micro(p.OccurredAt), b.rosters[p.EmployeeID].Roster, b.punches[p.EmployeeID]
	twin := func(other attendance.Punch) bool {
		device := other.Source == attendance.SourceImport || other.Source == attendance.SourceTerminal
		return device && other.Direction != p.Direction && other.OccurredAt.Equal(at)
	}
	first := slices.IndexFunc(list, twin)
	switch {
	case first < 0:
		return nil
	case p.Replaces == nil:
		b.results[i].Twin = list[first].Direction
		return nil
	}
	stored := func(other attendance.Punch) bool {
		_, here := positionOf(other.ID) // of this very file, which says both
		return !here && twin(other)
	}
	if !slices.ContainsFunc(list, stored) {
		return nil
	}
	var some [4]attendance.Date
	dates := roster.Touched(some[:0], at, list)
	switch {
	case slices.ContainsFunc(dates, roster.Locked):
		return attendance.NewError(attendance.CodePeriodLocked, "The period is locked.")
	case p.Replaces.EmployeeID == p.EmployeeID:
		return attendance.NewError(attendance.CodeOwnRequest, "Somebody else reads your own punches anew.")
	}
	for _, other := range list {
		if stored(other) {
			b.voids = append(b.voids, newVoidRow(other.ID, p.Replaces, b.now))
		}
	}
	for _, d := range dates {
		b.touched[dayKey{p.EmployeeID, d}] = true
	}
	b.punches[p.EmployeeID] = slices.DeleteFunc(list, stored)
	b.results[i].Replaced = true
	return nil
}
