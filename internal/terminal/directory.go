package terminal

import (
	"cmp"
	"context"
	"sync"
	"time"

	"hadir/internal/iclock"
	"hadir/internal/store/terminals"
)

// directory is what a node remembers of the terminals, so that those which ask for commands every few seconds cost the
// database next to nothing: all of them are read anew every few seconds, and what is to be noted about them is written
// then.
type directory struct {
	mu      sync.Mutex
	known   map[string]iclock.Terminal // by serial
	waiting map[int64]bool             // commands wait for them
	signs   map[int64]string           // addresses of those that spoke since they were written
	heard   map[int64]time.Time        // when each spoke last
	told    map[int64]terminals.Told   // since it was written
}

func newDirectory() *directory {
	return &directory{known: map[string]iclock.Terminal{}, waiting: map[int64]bool{}, signs: map[int64]string{},
		heard: map[int64]time.Time{}, told: map[int64]terminals.Told{}}
}

func (d *directory) find(serial string) (iclock.Terminal, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, ok := d.known[serial]
	return t, ok
}

// fill replaces what is known.
func (d *directory) fill(all []iclock.Terminal, waiting map[int64]bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known, heard := make(map[string]iclock.Terminal, len(all)), make(map[int64]time.Time, len(all))
	for i := range all {
		known[all[i].Serial] = all[i]
		if at, ok := d.heard[all[i].ID]; ok {
			heard[all[i].ID] = at
		}
	}
	d.known, d.waiting, d.heard = known, waiting, heard
}

// renew replaces what is known of a terminal by what was just read, with the stamps that are not written yet.
func (d *directory) renew(t *iclock.Terminal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	told := d.told[t.ID]
	t.AttlogStamp, t.OperlogStamp = cmp.Or(told.AttlogStamp, t.AttlogStamp), cmp.Or(told.OperlogStamp, t.OperlogStamp)
	d.known[t.Serial] = *t
}

// hear notes that a terminal spoke, and returns when it did so before.
func (d *directory) hear(id int64, address string, now time.Time) (before time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before = d.heard[id]
	d.heard[id], d.signs[id] = now, address
	return before
}

// tell notes what a terminal says of itself, with what it said since that was written.
func (d *directory) tell(t *iclock.Terminal, told terminals.Told) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.told[t.ID]
	d.told[t.ID] = terminals.Told{
		Model: cmp.Or(told.Model, before.Model), Firmware: cmp.Or(told.Firmware, before.Firmware),
		AttlogStamp:  cmp.Or(told.AttlogStamp, before.AttlogStamp),
		OperlogStamp: cmp.Or(told.OperlogStamp, before.OperlogStamp),
		Drift:        cmp.Or(told.Drift, before.Drift), Pushed: told.Pushed || before.Pushed}
	if k, ok := d.known[t.Serial]; ok && k.ID == t.ID {
		k.AttlogStamp = cmp.Or(told.AttlogStamp, k.AttlogStamp)
		k.OperlogStamp = cmp.Or(told.OperlogStamp, k.OperlogStamp)
		d.known[t.Serial] = k
	}
}

func (d *directory) waits(id int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.waiting[id]
}

// take returns what is to be written, and forgets it.
func (d *directory) take() (signs []terminals.Sign, told map[int64]terminals.Told) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, address := range d.signs {
		signs = append(signs, terminals.Sign{TerminalID: id, Address: address})
	}
	told = d.told
	d.signs, d.told = map[int64]string{}, map[int64]terminals.Told{}
	return signs, told
}

// lives counts the accepted terminals by life, and those that wait to be accepted.
func (d *directory) lives(now time.Time) (lives map[iclock.Life]int, pending int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	lives = map[iclock.Life]int{}
	for _, t := range d.known {
		seen := t.LastSeen
		if at := d.heard[t.ID]; at.After(seen) {
			seen = at
		}
		switch t.State {
		case iclock.Active:
			lives[iclock.LifeOf(seen, now)]++
		case iclock.Pending:
			pending++
		}
	}
	return lives, pending
}

const (
	// readEvery is how long it takes until a node knows what people decided about a terminal.
	readEvery = 2 * time.Second
	// writeEvery is how old a terminal's last sign of life is at the most, as the database has it.
	writeEvery = 10 * time.Second
	// readWithin is how long reading may take.
	readWithin = 10 * time.Second
)

// Run keeps the directory until ctx ends, and writes the last signs of life then.
func (s *Server) Run(ctx context.Context) error {
	read, write := time.NewTicker(readEvery), time.NewTicker(writeEvery)
	defer read.Stop()
	defer write.Stop()
	s.read(ctx)
	for {
		select {
		case <-read.C:
			s.read(ctx)
		case <-write.C:
			s.write(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
			defer cancel()
			s.write(last)
			return nil
		}
	}
}

func (s *Server) read(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	// Commands first: those that are known of were asked for by what is read of the terminals afterwards.
	waiting, err := s.o.Commands.Waiting(ctx)
	if err == nil {
		var all []iclock.Terminal
		if all, err = s.o.Terminals.All(ctx, nil); err == nil {
			s.known.fill(all, waiting)
			return
		}
	}
	if ctx.Err() == nil {
		s.o.Log.WarnContext(ctx, "the terminals could not be read", "error", err)
	}
}

// write is for what may get lost: the terminals tell it again.
func (s *Server) write(ctx context.Context) {
	signs, told := s.known.take()
	err := s.o.Terminals.Heard(ctx, signs)
	if err == nil {
		err = s.o.Terminals.Tell(ctx, told)
	}
	if err != nil {
		s.o.Log.WarnContext(ctx, "what terminals told was not written", "error", err)
	}
}
