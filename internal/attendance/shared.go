package attendance

import (
	"encoding/binary"
	"time"
)

// windows keeps what rosters compute of dates alone.
type windows struct {
	edges map[Date]edge // of Roster.edge
	own   spans         // of Roster.rangeOf
	spans spans         // of Roster.PunchRange
}

func newWindows() *windows { return &windows{map[Date]edge{}, spans{}, spans{}} }

type edge struct {
	w     Window
	known bool
}

// spans are spans [from, to) by date.
type spans map[Date][2]time.Time

func (s spans) of(d Date, compute func() (from, to time.Time)) (from, to time.Time) {
	if known, ok := s[d]; ok {
		return known[0], known[1]
	}
	from, to = compute()
	s[d] = [2]time.Time{from, to}
	return from, to
}

// ShareWindows makes rosters of the same shifts keep the windows that they compute, together where the same is planned
// in the same zone: a company has many people and few plans. From then on the rosters are for one goroutine only.
func ShareWindows(rosters []*Roster) {
	type plan struct {
		zone     *time.Location
		assigned string
	}
	shared := map[plan]*windows{}
	var text []byte
	for _, r := range rosters {
		if len(r.Places) > 1 {
			r.kept = newWindows()
			continue
		}
		text = r.appendPlan(text[:0])
		p := plan{r.Places[0].Zone, string(text)}
		if shared[p] == nil {
			shared[p] = newWindows()
		}
		r.kept = shared[p]
	}
}

// appendPlan appends what decides which shift is planned on which date, in a form that nothing else has.
func (r *Roster) appendPlan(text []byte) []byte {
	for i := range r.Assignments {
		a := &r.Assignments[i]
		to, rank := OpenEnd, int64(0)
		if a.To != nil {
			to = *a.To
		}
		for j := range r.Assignments { // of those that begin on one date the last id counts
			if o := &r.Assignments[j]; o.From == a.From && o.ID < a.ID {
				rank++
			}
		}
		for _, n := range []int64{int64(a.From), int64(to), rank, int64(len(a.Pattern))} {
			text = binary.AppendVarint(text, n)
		}
		for _, id := range a.Pattern {
			text = binary.AppendVarint(text, id)
		}
	}
	return text
}
