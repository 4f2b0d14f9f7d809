// Package traces holds the columns that punches and waiting claims have in common: where and by which device they were
// made, and what was doubted about that when they arrived.
package traces

import (
	"strings"

	"hadir/internal/attendance"
)

// Columns are part of a row.
type Columns struct {
	Source       string   `bun:"source"`
	Device       string   `bun:"device"`
	Latitude     *float64 `bun:"latitude"`
	Longitude    *float64 `bun:"longitude"`
	Accuracy     *float64 `bun:"accuracy"`
	Distance     *float64 `bun:"distance"`
	OutsideArea  bool     `bun:"outside_area"`
	Doubts       string   `bun:"doubts"`                // codes, separated by blanks
	MovedMetres  int      `bun:"moved_metres,nullzero"` // with moved_seconds, of attendance.Moved
	MovedSeconds int      `bun:"moved_seconds,nullzero"`
	SharedWith   int64    `bun:"shared_with,nullzero"` // an employee
	Network      string   `bun:"foreign_address"`      // it came from, where no network of the branch holds it
	DeviceHash   []byte   `bun:"device_hash"`          // of evidence.DeviceHash, or NULL
}

// Of returns what a punch says. It leaves DeviceHash to the caller.
func Of(p *attendance.Punch) Columns {
	c := Columns{Source: string(p.Source), Device: p.Device, Distance: p.Distance, OutsideArea: p.OutsideArea,
		Doubts: doubtsText(p.Doubts), SharedWith: p.SharedWith, Network: p.Network}
	if f := p.Fix; f != nil {
		c.Latitude, c.Longitude, c.Accuracy = &f.Latitude, &f.Longitude, &f.Accuracy
	}
	if m := p.Moved; m != nil {
		c.MovedMetres, c.MovedSeconds = m.Metres, m.Seconds
	}
	return c
}

// Tell fills in what the columns know about a punch.
func (c *Columns) Tell(p *attendance.Punch) {
	p.Source, p.Device, p.Distance, p.OutsideArea = attendance.Source(c.Source), c.Device, c.Distance, c.OutsideArea
	p.Doubts, p.SharedWith, p.Network = DoubtsOf(c.Doubts), c.SharedWith, c.Network
	if c.MovedSeconds > 0 {
		p.Moved = &attendance.Moved{Metres: c.MovedMetres, Seconds: c.MovedSeconds}
	}
	if c.Latitude != nil && c.Longitude != nil && c.Accuracy != nil {
		p.Fix = &attendance.Fix{Latitude: *c.Latitude, Longitude: *c.Longitude, Accuracy: *c.Accuracy}
	}
}

// Take gives a punch the traces of another, but for its source.
func Take(p, from *attendance.Punch) {
	p.Device, p.Fix, p.Distance, p.OutsideArea = from.Device, from.Fix, from.Distance, from.OutsideArea
	p.Doubts, p.Moved, p.SharedWith, p.Network = from.Doubts, from.Moved, from.SharedWith, from.Network
}

func doubtsText(doubts []attendance.Doubt) string {
	codes := make([]string, len(doubts))
	for i, d := range doubts {
		codes[i] = string(d)
	}
	return strings.Join(codes, " ")
}

// DoubtsOf reads codes, separated by blanks. It is nil for no doubts, which is what nearly all punches have.
func DoubtsOf(codes string) (doubts []attendance.Doubt) {
	for code := range strings.FieldsSeq(codes) {
		doubts = append(doubts, attendance.Doubt(code))
	}
	return doubts
}
