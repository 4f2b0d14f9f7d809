package days

import (
	"context"
	"errors"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
)

// Rehearsal judges punches as RecordBatch does, by the same code, and writes nothing. It remembers what it said yes to:
// later punches are judged as if those were stored, so that a whole file is judged as its import will be. It is not
// safe for concurrent use; its memory grows with the punches that it is shown.
type Rehearsal struct {
	s       *Days
	punches map[int64][]attendance.Punch // said yes to, by employee, under ids that no stored punch has
	keys    map[punchKey][16]byte        // of these, with the hashes of their requests
	voided  map[int64]bool               // stored punches that some of these replace
	shown   int64
}

// Rehearse begins a rehearsal.
func (s *Days) Rehearse() *Rehearsal {
	return &Rehearsal{s: s, punches: map[int64][]attendance.Punch{}, keys: map[punchKey][16]byte{},
		voided: map[int64]bool{}}
}

// errRehearsed rolls back.
var errRehearsed = errors.New("a rehearsal")

// RecordBatch tells what Days.RecordBatch would make of the punches. Of what is recorded it tells neither ids nor days.
func (r *Rehearsal) RecordBatch(ctx context.Context, punches []attendance.NewPunch) ([]attendance.RecordResult, error) {
	if len(punches) == 0 {
		return nil, nil
	}
	var b *batch
	err := r.s.db.Pipelined(ctx, func(ctx context.Context, p *db.Pipeline) error {
		b = r.s.newBatch(p, punches)
		b.careful, b.rehearsal = true, r
		return b.run(ctx)
	})
	if !errors.Is(err, errRehearsed) {
		return nil, db.Failed("rehearse punches", err)
	}
	return b.results, nil
}

// takes tells whether the rehearsal took a stored punch away. A nil one takes none.
func (r *Rehearsal) takes(id int64) bool { return r != nil && r.voided[id] }

// recall shows a batch what the rehearsal said yes to before.
func (r *Rehearsal) recall(b *batch) {
	for id := range b.rosters {
		b.punches[id] = append(b.punches[id], r.punches[id]...)
	}
	for i := range b.in {
		k := punchKey{b.in[i].EmployeeID, b.in[i].IdempotencyKey}
		if hash, ok := r.keys[k]; ok {
			b.known[k] = &punchRow{RequestHash: hash[:]}
		}
	}
}

// remember keeps what a batch said yes to, and fills its results in as answer does.
func (r *Rehearsal) remember(b *batch) {
	for _, i := range b.accepted {
		p := b.results[i].Punch
		r.shown++
		p.ID = -(1 << 32) - r.shown
		r.punches[p.EmployeeID] = append(r.punches[p.EmployeeID], p)
		r.keys[punchKey{p.EmployeeID, b.in[i].IdempotencyKey}] = b.in[i].RequestHash
	}
	for i := range b.voids {
		r.voided[b.voids[i].PunchID] = true
	}
	for i := range b.in {
		_, known := b.known[punchKey{b.in[i].EmployeeID, b.in[i].IdempotencyKey}]
		_, same := b.same[i]
		b.results[i].Replayed = b.results[i].Err == nil && (known || same || b.repeats[i] != 0)
	}
}
