package simulate_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/clock"
	"hadir/internal/iclock"
	"hadir/internal/terminal/simulate"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// server hears terminals, and fails when it is told to.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	said    map[string][]string       // by serial: what was asked for, in order
	lines   map[string]map[string]int // by serial and line: how often it was taken
	pushes  int
	fail    func(push int) (status int, take bool) // status 0 breaks the connection; nil never fails
	orders  map[string]string                      // commands, each given once
	answers []iclock.CommandResult
	stamps  map[string]string
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{said: map[string][]string{}, lines: map[string]map[string]int{}, orders: map[string]string{},
		stamps: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	serial, what := r.URL.Query().Get("SN"), iclock.Request(r.URL.Path)
	table := r.URL.Query().Get("table")
	s.said[serial] = append(s.said[serial], strings.TrimSpace(r.Method+" "+what+" "+table))
	switch {
	case what == "cdata" && r.Method == http.MethodGet:
		_, _ = io.WriteString(w, iclock.Handshake{Serial: serial, Attlog: s.stamps[serial], Zone: "8",
			Old: r.URL.Query().Get("pushver") == ""}.Answer())
	case what == "registry":
		_, _ = io.WriteString(w, "RegistryCode="+iclock.RegistryCode(serial)+"\n")
	case what == "push":
		_, _ = io.WriteString(w, iclock.Push(serial))
	case what == "getrequest":
		text := s.orders[serial]
		delete(s.orders, serial)
		_, _ = io.WriteString(w, text+"OK\n")
	case what == "devicecmd":
		s.answers = append(s.answers, iclock.Results(string(b))...)
	case table == "ATTLOG" || table == "rtlog":
		s.take(w, serial, string(b))
		s.stamps[serial] = r.URL.Query().Get("Stamp")
	}
}

func (s *server) take(w http.ResponseWriter, serial, body string) {
	status, take := http.StatusOK, true
	if s.pushes++; s.fail != nil {
		status, take = s.fail(s.pushes)
	}
	if take {
		if s.lines[serial] == nil {
			s.lines[serial] = map[string]int{}
		}
		for line := range iclock.Lines(body) {
			if before, _, found := strings.Cut(line, "\tindex="); found {
				line = before
			}
			s.lines[serial][line]++
		}
	}
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "OK: 1\n")
}

func fleet(t *testing.T, o simulate.Options) *simulate.Fleet {
	t.Helper()
	o.Clock, o.Settle, o.ErrorDelay = clock.System(), testkit.Patience, time.Millisecond
	f, err := simulate.New(o)
	require.NoError(t, err)
	return f
}

func TestThreeGenerationsSpeak(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var delivered []simulate.Line
	f := fleet(t, simulate.Options{Addresses: []string{s.URL}, Terminals: 3, Serial: "S", People: 50, Rate: 100,
		Lines: 30, Batch: 10, Duration: time.Minute,
		Delivered: func(l simulate.Line) { delivered = append(delivered, l) }})
	before := time.Now()
	got := f.Run(t.Context())
	require.Equal(t, []int{3, 3, 30, 30, 0}, []int{got.Terminals, got.Met, got.Punched, got.Delivered, got.Kept()})
	require.Len(t, delivered, 30)
	begin := func(serial string, n int) []string { return s.said[serial][:n] }
	require.Equal(t, []string{"GET cdata", "GET getrequest"}, begin("S0001", 2))
	require.Equal(t, []string{"GET cdata", "POST cdata options"}, begin("S0002", 2))
	require.Equal(t, []string{"GET cdata", "POST registry", "POST push"}, begin("S0003", 3))
	for serial, table := range map[string]string{"S0001": "ATTLOG", "S0002": "ATTLOG", "S0003": "rtlog"} {
		require.Contains(t, s.said[serial], "POST cdata "+table)
		require.Len(t, s.lines[serial], 10)
	}
	// By the clock of the zone that the server told.
	shown := delivered[0].At.Add(-8 * time.Hour)
	require.WithinRange(t, shown, before.Add(-time.Second), time.Now())

	pushes := got.Pushes
	again := f.Again(t.Context())
	require.Greater(t, again.Pushes, pushes)
	require.Equal(t, []int{30, 30}, []int{again.Punched, again.Delivered}, "nobody punches meanwhile")
	require.Len(t, delivered, 30, "what is sent again is no news")
	for serial, lines := range s.lines {
		for line, n := range lines {
			require.Equal(t, 2, n, "%s: %s", serial, line)
		}
	}
}

// A line counts as delivered after an answer OK only, and comes again until then.
func TestWhatIsNotAnsweredIsKeptAndComesAgain(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fail = func(push int) (int, bool) {
		switch push % 4 {
		case 1:
			return http.StatusServiceUnavailable, false
		case 2:
			return 0, push%8 == 2 // the answer is lost, or the lines
		case 3:
			return http.StatusFound, false
		}
		return http.StatusOK, true
	}
	believed := map[string]int{}
	f := fleet(t, simulate.Options{Addresses: []string{s.URL, s.URL + "/t/x"}, Terminals: 4, Serial: "S", People: 20,
		Backlog: 30, Batch: 7, Delivered: func(l simulate.Line) { believed[l.Serial]++ }})
	got := f.Run(t.Context())
	require.Equal(t, []int{120, 120, 0}, []int{got.Punched, got.Delivered, got.Kept()})
	require.Positive(t, got.Refused)
	require.Positive(t, got.Broken)
	for _, serial := range []string{"S0001", "S0002", "S0003", "S0004"} {
		require.Equal(t, 30, believed[serial])
		require.Len(t, s.lines[serial], 30, "each of them was taken")
	}
}

func TestWhatIsNeverAnsweredIsKept(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fail = func(int) (int, bool) { return http.StatusServiceUnavailable, true }
	o := simulate.Options{Addresses: []string{s.URL}, Terminals: 2, Serial: "S", People: 5, Backlog: 5, Batch: 5,
		Settle: 100 * time.Millisecond, ErrorDelay: time.Millisecond, Clock: clock.System()}
	f, err := simulate.New(o)
	require.NoError(t, err)
	got := f.Run(t.Context())
	require.Equal(t, []int{2, 10, 0, 10}, []int{got.Met, got.Punched, got.Delivered, got.Kept()})
	s.Close()
	f, err = simulate.New(o)
	require.NoError(t, err)
	require.Zero(t, f.Run(t.Context()).Met)
}

func TestCommandsAreAnswered(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	long := time.Now().AddDate(0, -1, 0)
	s.orders["S0001"] = iclock.CommandLine(1, iclock.PutUser("1", "Budi", "")) +
		iclock.CommandLine(2, iclock.Resend(long, time.Now().AddDate(0, 1, 0))) + iclock.CommandLine(3, "SHELL ls") +
		iclock.CommandLine(4, iclock.TextOf(iclock.CommandCheck)) +
		iclock.CommandLine(5, iclock.TextOf(iclock.CommandInfo))
	f := fleet(t, simulate.Options{Addresses: []string{s.URL}, Terminals: 1, Generation: []simulate.Generation{
		simulate.Current}, Serial: "S", People: 5, Backlog: 12, Batch: 5, Rate: 5, Lines: 10, Duration: time.Minute,
		Delay: 500 * time.Millisecond})
	s.stamps["S0001"] = "9999" // of another life
	got := f.Run(t.Context())
	require.Equal(t, 5, got.Commands)
	require.Equal(t, 22, got.Delivered)
	require.Equal(t, []iclock.CommandResult{{ID: 1}, {ID: 2}, {ID: 3, Return: -1}, {ID: 4}, {ID: 5}}, s.answers)
	require.Greater(t, strings.Count(strings.Join(s.said["S0001"], "\n"), "GET cdata"), 1, "CHECK begins again")
}

func TestWhatCannotBeSimulated(t *testing.T) {
	t.Parallel()
	fine := simulate.Options{Addresses: []string{"http://127.0.0.1"}, Terminals: 1, People: 10, Batch: 1, Rate: 10,
		Duration: time.Minute, Clock: clock.System()}
	_, err := simulate.New(fine)
	require.NoError(t, err)
	for name, change := range map[string]func(*simulate.Options){
		"no address":        func(o *simulate.Options) { o.Addresses = nil },
		"nobody":            func(o *simulate.Options) { o.People = 0 },
		"a negative rate":   func(o *simulate.Options) { o.Rate = -1 },
		"people so quick":   func(o *simulate.Options) { o.Rate = 11 },
		"a log without end": func(o *simulate.Options) { o.Backlog = 10_000_000 },
	} {
		o := fine
		change(&o)
		_, err := simulate.New(o)
		require.Error(t, err, name)
	}
}
