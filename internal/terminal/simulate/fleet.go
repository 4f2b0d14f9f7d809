// Package simulate speaks as fingerprint terminals of three generations, for tests, load and demos: they shake hands,
// ask for commands and answer them, and push what people punch. What was not answered "OK" they keep and send again, as
// terminals do.
package simulate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"hadir/internal/clock"
)

// Generation is a firmware generation.
type Generation string

// The generations.
const (
	Old     Generation = "old"     // knows the first names of options, and always says status 0
	Current Generation = "current" // Attendance PUSH 2.x
	Access  Generation = "access"  // access control: registers itself, and pushes rtlog
)

// Generations lists all of them.
func Generations() []Generation { return []Generation{Old, Current, Access} }

// Options configures New. Addresses, Terminals, People, Batch and Clock are required.
type Options struct {
	// Addresses are where terminals speak to, such as http://127.0.0.1:8083 or http://127.0.0.1:8083/t/TOKEN. After a
	// failure a terminal goes on with the next, as if a proxy stood before them.
	Addresses  []string
	Terminals  int
	Generation []Generation  // taken in turn; all if it is empty
	Serial     string        // what serial numbers begin with
	People     int           // who punch at each terminal, with the PINs 1 to People
	Rate       float64       // punches per second, all terminals together; 0 for none
	Lines      int           // punches at the most, all terminals together; 0 for no bound
	Backlog    int           // lines that each terminal has kept when it starts, of the time before
	Batch      int           // lines of a push at the most
	Duration   time.Duration // how long people punch
	Settle     time.Duration // how long terminals may try to get rid of what they keep after that
	Delay      time.Duration // between two questions for commands; 0 as the server tells
	ErrorDelay time.Duration // likewise, after a failure
	Answer     time.Duration // how long a terminal waits for an answer; 0 for a minute
	Clock      clock.Clock
	Log        *slog.Logger // nil for none
	// Delivered is told each line once, when a terminal believes for the first time that it arrived: after an answer
	// "OK". Its calls do not overlap.
	Delivered func(Line)
}

// Line is a punch as its terminal tells it.
type Line struct {
	Serial string
	PIN    string
	At     time.Time // what the terminal's clock showed, as if it were UTC
	Status string
}

// Summary is what terminals believe.
type Summary struct {
	Terminals int
	Met       int // of them, whose handshake was answered
	Punched   int // lines, with those of the time before
	Delivered int
	Pushes    int // that were answered "OK"
	Refused   int // requests that were answered with something else
	Broken    int // requests without an answer
	Polls     int // questions for commands
	Commands  int
}

// Kept counts the lines that wait to be delivered.
func (s Summary) Kept() int { return s.Punched - s.Delivered }

// backlogEvery is how far lines of the time before are apart at a terminal.
const backlogEvery = 10 * time.Second

// answerWithin is how long a terminal waits for an answer unless it is told otherwise.
const answerWithin = time.Minute

// Fleet is some terminals. What they hold stays from one run to the next.
type Fleet struct {
	o       Options
	client  *http.Client
	devices []*device
	mu      sync.Mutex // for Delivered
}

// mostPunches bounds what all terminals hold, in lines.
const mostPunches = 5_000_000

// New returns terminals that are switched off.
func New(o Options) (*Fleet, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if len(o.Generation) == 0 {
		o.Generation = Generations()
	}
	punches := o.Rate * o.Duration.Seconds()
	if o.Lines > 0 {
		punches = min(punches, float64(o.Lines))
	}
	switch {
	case len(o.Addresses) == 0 || o.Terminals < 1 || o.People < 1 || o.Batch < 1:
		return nil, errors.New("an address, a terminal, a person and a line at once are the least")
	case o.Rate < 0 || o.Lines < 0 || o.Backlog < 0 || o.Duration < 0 || o.Settle < 0:
		return nil, errors.New("nothing can be less than none")
	case o.Rate > float64(o.Terminals)*float64(o.People):
		return nil, fmt.Errorf("%d people at %d terminals cannot punch %g times a second: a line of a terminal is "+
			"known by PIN and second", o.People, o.Terminals, o.Rate)
	case float64(o.Backlog)*float64(o.Terminals)+punches > mostPunches:
		return nil, fmt.Errorf("more than %d punches", mostPunches)
	}
	f := &Fleet{o: o, client: &http.Client{Timeout: cmp.Or(o.Answer, answerWithin),
		Transport: &http.Transport{MaxIdleConnsPerHost: o.Terminals, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // terminals follow none
		}}}
	for i := range o.Terminals {
		f.devices = append(f.devices, &device{fleet: f, number: i, serial: fmt.Sprintf("%s%04d", o.Serial, i+1),
			generation: o.Generation[i%len(o.Generation)], address: i})
	}
	return f, nil
}

// Run switches the terminals on, lets people punch, and returns when nothing is kept any more after that, when Settle
// is over, or when ctx ends.
func (f *Fleet) Run(ctx context.Context) Summary {
	start := f.o.Clock.Now()
	end := start.Add(f.o.Duration)
	return f.run(ctx, func(d *device) { d.start, d.end = start, end }, f.o.Duration+f.o.Settle)
}

// Again lets every terminal send its whole log once more, as it may at any time. Nobody punches meanwhile.
func (f *Fleet) Again(ctx context.Context) Summary {
	return f.run(ctx, func(d *device) { d.again, d.end = true, d.start }, f.o.Settle)
}

// run prepares the terminals and lets them work, at the longest for so long.
func (f *Fleet) run(ctx context.Context, prepare func(*device), longest time.Duration) (s Summary) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	defer f.client.CloseIdleConnections()
	var all sync.WaitGroup
	for _, d := range f.devices {
		prepare(d)
		all.Go(func() { d.work(ctx) })
	}
	all.Wait()
	for _, d := range f.devices {
		s.Terminals++
		if d.met {
			s.Met++
		}
		s.Punched += len(d.log)
		s.Delivered += d.delivered
		s.Pushes += d.count.Pushes
		s.Refused += d.count.Refused
		s.Broken += d.count.Broken
		s.Polls += d.count.Polls
		s.Commands += d.count.Commands
	}
	return s
}

// deliver tells that lines are believed to have arrived.
func (f *Fleet) deliver(d *device, lines []entry) {
	if f.o.Delivered == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range lines {
		r := e.record()
		f.o.Delivered(Line{Serial: d.serial, PIN: r.PIN, At: r.At, Status: r.Status})
	}
}
