package terminal_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/httpd"
	"hadir/internal/iclock"
	"hadir/internal/importer"
	"hadir/internal/lifecycle"
	"hadir/internal/store"
	"hadir/internal/store/days"
	"hadir/internal/store/ledger"
	"hadir/internal/store/terminals"
	"hadir/internal/task"
	"hadir/internal/terminal"
	"hadir/internal/testkit"
	"hadir/internal/testkit/migrated"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 11, 23, 1, 5, 0, 0, time.UTC) // a Monday, 08:05 in Jakarta

// world is a company with two people and a node that terminals push to.
type world struct {
	t      *testing.T
	clock  *clock.Manual
	store  *store.Store
	branch attendance.Branch
	people []attendance.Employee
	url    string
	away   atomic.Bool                   // the recorder's database
	slow   atomic.Pointer[chan struct{}] // what the recorder waits for, if anything
	from   string                        // where terminals speak from, as the proxy says
	log    journal
	meter  *prometheus.Registry
}

// journal is a log as text.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string { j.mu.Lock(); defer j.mu.Unlock(); return j.text.String() }

func databases(t *testing.T, o terminal.Options, test func(t *testing.T, w *world)) {
	t.Parallel()
	for name, url := range migrated.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t, url, o))
		})
	}
}

func newWorld(t *testing.T, url string, o terminal.Options) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewManual(start), from: "127.0.0.1", meter: prometheus.NewRegistry()}
	var err error
	w.store, err = store.Open(t.Context(), store.Options{URL: url, Clock: w.clock})
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.store.Close() })
	w.branch, err = w.store.Branches.AddBranch(t.Context(), attendance.Branch{Code: "JKT", Name: "Jakarta",
		Zone: "Asia/Jakarta", Policy: attendance.PolicyBlock, Active: true}, ledger.Actor{})
	require.NoError(t, err)
	for i := range 2 {
		w.people = append(w.people, attendance.Employee{Number: fmt.Sprint(i + 1), Name: fmt.Sprintf("Orang %d", i+1),
			BranchID: w.branch.ID, Status: attendance.EmployeeActive})
	}
	_, err = w.store.Employees.UpsertEmployees(t.Context(), w.people)
	require.NoError(t, err)

	recorder := days.NewRecorder(w.store.Days, days.RecorderOptions{})
	log := slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.Terminals, o.Commands, o.Clock, o.Log = w.store.Terminals, w.store.Commands, w.clock, log
	o.Registry = w.meter
	o.Intake = importer.NewIntake(importer.Store{Employees: w.store.Employees, Recorder: &failing{recorder, w}},
		w.store.Quarantine, w.clock)
	s := terminal.New(o)
	h := httpd.New(httpd.Options{Addr: "127.0.0.1:0", Name: "terminal", Log: log, Health: &lifecycle.Health{},
		BodyLimit: terminal.MaxBody, LogPath: s.LogPath, TrustedProxies: []string{"127.0.0.1"}})
	h.Mount(s.Routes)
	h.AllowBodies(s.BodyRule)
	require.NoError(t, h.Bind())
	w.url = "http://" + h.Addr()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{}, 3)
	for _, run := range []func(context.Context) error{recorder.Run, s.Run, h.Run} {
		go func() { _ = run(ctx); done <- struct{}{} }()
	}
	t.Cleanup(func() { cancel(); <-done; <-done; <-done })
	return w
}

// failing is a recorder whose database can be away.
type failing struct {
	*days.Recorder
	w *world
}

func (f *failing) RecordBatch(ctx context.Context, ps []attendance.NewPunch) ([]attendance.RecordResult, error) {
	if f.w.away.Load() {
		return nil, &attendance.Error{Code: attendance.CodeUnavailable, Message: "away"}
	}
	if slow := f.w.slow.Load(); slow != nil {
		*slow <- struct{}{} // somebody sees it wait
		<-*slow
	}
	return f.Recorder.RecordBatch(ctx, ps)
}

// count is the value of a counter.
func (w *world) count(name, label, value string) (n float64) {
	w.t.Helper()
	families, err := w.meter.Gather()
	require.NoError(w.t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && m.GetLabel()[0].GetName() == label && m.GetLabel()[0].GetValue() == value {
				n += m.GetCounter().GetValue()
			}
		}
	}
	return n
}

// say sends what a terminal sends, and returns status and body of the answer.
func (w *world) say(method, path, body string) (int, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	require.NoError(w.t, err)
	req.Header.Set("X-Real-IP", w.from)
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	require.NotEmpty(w.t, res.Header.Get("Date"), "terminals set their clock by it")
	require.Empty(w.t, res.Header.Get("Content-Encoding"))
	return res.StatusCode, string(text)
}

// push sends lines of a table.
func (w *world) push(table string, lines ...string) (int, string) {
	w.t.Helper()
	return w.say("POST", "/iclock/cdata?SN=CGKK1&table="+table+"&Stamp=9999", strings.Join(lines, "\n")+"\n")
}

// remove deletes a terminal and waits until the node knows.
func (w *world) remove(id int64) {
	w.t.Helper()
	require.NoError(w.t, w.store.Terminals.Delete(w.t.Context(), id, ledger.Actor{}))
	require.Eventually(w.t, func() bool {
		status, _ := w.push("options", "~DeviceName=X")
		return status == 503
	}, testkit.Patience, 50*time.Millisecond, "the node knows that the terminal was removed")
}

// accept lets the terminal in and waits until the node knows.
func (w *world) accept(change func(*iclock.Terminal)) iclock.Terminal {
	w.t.Helper()
	met, err := w.store.Terminals.Meet(w.t.Context(), "CGKK1", "192.0.2.1")
	require.NoError(w.t, err)
	t, err := w.store.Terminals.Update(w.t.Context(), met.ID, ledger.Actor{}, func(x *iclock.Terminal) error {
		x.State, x.BranchID = iclock.Active, w.branch.ID
		change(x)
		return nil
	})
	require.NoError(w.t, err)
	require.Eventually(w.t, func() bool {
		status, _ := w.push("options", "~DeviceName=X")
		return status == 200
	}, testkit.Patience, 50*time.Millisecond, "the node knows that the terminal was accepted")
	return t
}

// punches are a person's stored punches as "local time direction".
func (w *world) punches(e int) (out []string) {
	w.t.Helper()
	ps, err := w.store.Days.Punches(w.t.Context(), w.people[e].ID, start.AddDate(-1, 0, 0), start.AddDate(1, 0, 0))
	require.NoError(w.t, err)
	for _, p := range ps {
		require.Equal(w.t, attendance.SourceTerminal, p.Source)
		out = append(out, p.OccurredAt.Add(7*time.Hour).Format("01-02 15:04:05 ")+string(p.Direction))
	}
	return out
}

func (w *world) held(id int64) (reasons []string) {
	w.t.Helper()
	lines, _, err := w.store.Quarantine.Lines(w.t.Context(), terminals.LineFilter{TerminalID: id})
	require.NoError(w.t, err)
	for _, l := range lines {
		reasons = append(reasons, string(l.Reason))
	}
	return reasons
}

func TestATerminalIsMetAndAccepted(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		status, text := w.say("GET", "/iclock/cdata?SN=CGKK1&options=all&pushver=2.4.1", "")
		require.Equal(t, 200, status)
		require.True(t, strings.HasPrefix(text, "GET OPTION FROM: CGKK1\n"))
		require.NotContains(t, text, "TimeZone", "nobody has said where it stands")
		status, _ = w.push("ATTLOG", "1\t2026-11-23 08:00:00\t0\t1")
		require.Equal(t, 503, status, "it keeps what it has")
		require.Empty(t, w.punches(0))
		status, _ = w.push("ATTLOG", strings.Repeat("1\t2026-11-23 08:00:00\t0\t1\n", 4000))
		require.Equal(t, 503, status, "also when it is much")
		all, err := w.store.Terminals.All(t.Context(), nil)
		require.NoError(t, err)
		require.Len(t, all, 1)
		require.Equal(t, iclock.Pending, all[0].State)
		status, _ = w.push("ATTLOG", "1\t2026-11-23 08:00:00\t0\t1")
		require.Equal(t, 503, status)
		require.NotContains(t, w.log.String(), "level=ERROR", "that it waits is no fault of anybody")
		require.Equal(t, 1, strings.Count(w.log.String(), "keeps what it has"))

		w.accept(func(x *iclock.Terminal) {})
		_, text = w.say("GET", "/iclock/cdata.aspx?SN=CGKK1&options=all", "")
		require.Contains(t, text, "\nTimeZone=7\n")
		require.Contains(t, text, "\nStamp=0\n", "old firmware")
		status, text = w.push("ATTLOG", "1\t2026-11-23 08:00:00\t0\t1")
		require.Equal(t, 200, status)
		require.Equal(t, "OK: 1\n", text)
		require.Equal(t, []string{"11-23 08:00:00 auto"}, w.punches(0))
		_, text = w.say("GET", "/iclock/cdata?SN=CGKK1&options=all&pushver=2.4.1", "")
		require.Contains(t, text, "\nATTLOGStamp=9999\n")

		for path, want := range map[string]string{"/iclock/ping?SN=CGKK1": "OK\n",
			"/iclock/cdata?SN=CGKK1&table=USERINFO": "OK\n", "/iclock/cdata?SN=CGKK1&table=OPERLOG&Stamp=7": "OK\n",
			"/iclock/registry?SN=CGKK1":         "RegistryCode=" + iclock.RegistryCode("CGKK1") + "\n",
			"/iclock/push?SN=CGKK1":             iclock.Push("CGKK1"),
			"/iclock/rtdata?SN=CGKK1&type=time": iclock.ServerTime(start, jakarta(t)) + "\n"} {
			status, text := w.say("POST", path, "FP PIN=1\tFID=0\tTMP=secret\n")
			require.Equal(t, 200, status, path)
			require.Equal(t, want, text, path)
		}
		require.Eventually(t, func() bool {
			_, text = w.say("GET", "/iclock/getrequest?SN=CGKK1", "")
			return text == "C:1:CHECK\n"
		}, testkit.Patience, 50*time.Millisecond, "it is asked to learn its zone")
		_, text = w.say("GET", "/iclock/getrequest?SN=CGKK1", "")
		require.Equal(t, "OK\n", text)
		for _, path := range []string{"/iclock/cdata", "/iclock/cdata?SN=a%20b"} {
			status, _ := w.say("GET", path, "")
			require.Equal(t, 400, status)
		}
	})
}

func jakarta(t *testing.T) *time.Location {
	zone, err := time.LoadLocation("Asia/Jakarta")
	require.NoError(t, err)
	return zone
}

func TestPunchesOfATerminal(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		x := w.accept(func(*iclock.Terminal) {})
		w.clock.Advance(10 * time.Hour)
		lines := []string{
			"1\t2026-11-23 08:00:00\t0\t1\t0\t0", "00001\t2026-11-23 17:00:00\t0\t1",
			"99\t2026-11-23 08:00:00\t0\t1", "garbage", "2\t2026-11-24 08:00:00\t0\t1", "2\t2000-01-01 00:00:09\t0\t1",
			"2\t2026-11-01 08:00:00\t255\t15",
		}
		for range 3 { // it may send its whole log again at any time
			status, text := w.push("ATTLOG", lines...)
			require.Equal(t, 200, status)
			require.Equal(t, "OK: 7\n", text)
			require.Equal(t, []string{"11-23 08:00:00 auto", "11-23 17:00:00 auto"}, w.punches(0))
			require.Equal(t, []string{"11-01 08:00:00 auto"}, w.punches(1), "long ago is no reason to refuse")
			require.ElementsMatch(t, []string{"unknown_employee", "field_count", "time_in_future", "time_implausible"},
				w.held(x.ID))
		}
		stored, err := w.store.Lists.Entries(t.Context(), []task.DayRef{{EmployeeID: w.people[0].ID,
			WorkDate: attendance.NewDate(2026, 11, 23)}})
		require.NoError(t, err)
		day := stored[0]
		require.Equal(t, []string{"08:00", "17:00"}, []string{day.FirstIn.In(jakarta(t)).Format("15:04"),
			day.LastOut.In(jakarta(t)).Format("15:04")}, "every status is 0: first in, last out")

		status, text := w.push("rtlog", "time=2026-11-23 12:00:00\tpin=2\tevent=0\tinoutstatus=0\tverifytype=1",
			"time=2026-11-23 12:00:00\tpin=0\tevent=200")
		require.Equal(t, 200, status)
		require.Equal(t, "OK: 2\n", text)
		require.Len(t, w.punches(1), 2)
	})
}

// Whatever becomes of a PIN, a punch is one person's: also when the terminal sends its whole log again.
func TestAPINThatWasSomebodyElses(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		x := w.accept(func(*iclock.Terminal) {})
		log := []string{"77\t2026-11-23 07:00:00\t0\t1", "2\t2026-11-23 07:30:00\t0\t1"}
		push := func(line string) {
			log = append(log, line)
			status, _ := w.push("ATTLOG", log...)
			require.Equal(t, 200, status)
		}
		means := func(pin string, e int) {
			require.NoError(t, w.store.Quarantine.Map(t.Context(), terminals.PIN{TerminalID: x.ID, PIN: pin,
				EmployeeID: w.people[e].ID}, ledger.Actor{}))
		}
		means("77", 0)
		w.clock.Advance(time.Hour) // 09:05
		push("77\t2026-11-23 09:00:00\t0\t1")
		require.Equal(t, []string{"11-23 07:00:00 auto", "11-23 09:00:00 auto"}, w.punches(0), "also what waited")
		require.Equal(t, []string{"11-23 07:30:00 auto"}, w.punches(1))

		require.NoError(t, w.store.Quarantine.Unmap(t.Context(), x.ID, "77", 0, ledger.Actor{}))
		w.clock.Advance(time.Hour)
		push("77\t2026-11-23 10:00:00\t0\t1")
		require.Equal(t, []string{"unknown_employee"}, w.held(x.ID))
		means("77", 1)
		means("2", 0) // which is somebody's number
		w.clock.Advance(time.Hour)
		push("2\t2026-11-23 11:00:00\t0\t1")
		require.Equal(t, []string{"11-23 07:00:00 auto", "11-23 09:00:00 auto", "11-23 11:00:00 auto"}, w.punches(0))
		require.Equal(t, []string{"11-23 07:30:00 auto", "11-23 10:00:00 auto"}, w.punches(1))
	})
}

// What somebody discarded stays so when the terminal sends it again, whoever its PIN means by then.
func TestADiscardedLineStaysDiscarded(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		x := w.accept(func(*iclock.Terminal) {})
		push := func() {
			t.Helper()
			status, text := w.push("ATTLOG", "77\t2026-11-23 07:00:00\t0\t1", "77\t2026-11-23 07:30:00\t0\t1")
			require.Equal(t, []any{200, "OK: 2"}, []any{status, strings.TrimSpace(text)})
		}
		push()
		lines, _, err := w.store.Quarantine.Lines(t.Context(), terminals.LineFilter{TerminalID: x.ID})
		require.NoError(t, err)
		require.Len(t, lines, 2)
		require.NoError(t, w.store.Quarantine.Discard(t.Context(), x.ID, lines[0].ID, ledger.Actor{}))
		require.NoError(t, w.store.Quarantine.Map(t.Context(), terminals.PIN{TerminalID: x.ID, PIN: "77",
			EmployeeID: w.people[0].ID}, ledger.Actor{}))
		push()
		require.Equal(t, []string{"11-23 07:30:00 auto"}, w.punches(0))
	})
}

// It stays so when the terminal is removed, accepted again and sends its log once more, and so does what went with
// somebody who was forgotten: neither a punch nor a line comes of it.
func TestADiscardedLineOutlivesItsTerminal(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		log := []string{"77\t2026-11-23 07:00:00\t0\t1", "78\t2026-11-23 07:10:00\t0\t1"}
		push := func() {
			t.Helper()
			status, text := w.push("ATTLOG", log...)
			require.Equal(t, []any{200, fmt.Sprintf("OK: %d", len(log))}, []any{status, strings.TrimSpace(text)})
		}
		x := w.accept(func(*iclock.Terminal) {})
		push()
		lines, _, err := w.store.Quarantine.Lines(t.Context(), terminals.LineFilter{TerminalID: x.ID})
		require.NoError(t, err)
		require.Len(t, lines, 2)
		require.NoError(t, w.store.Quarantine.Discard(t.Context(), x.ID, lines[0].ID, ledger.Actor{}))
		// As Persons.Pseudonymise has it.
		require.NoError(t, w.store.Quarantine.Empty(t.Context(), w.store.DB.Builder(), []int64{lines[1].ID}))
		for range 2 {
			w.remove(x.ID)
			x = w.accept(func(*iclock.Terminal) {})
			for _, pin := range []string{"77", "78"} {
				require.NoError(t, w.store.Quarantine.Map(t.Context(), terminals.PIN{TerminalID: x.ID, PIN: pin,
					EmployeeID: w.people[0].ID}, ledger.Actor{}))
			}
			push()
			require.Empty(t, w.punches(0))
			require.Empty(t, w.held(x.ID))
		}
		log = append(log, "77\t2026-11-23 07:30:00\t0\t1")
		push()
		require.Equal(t, []string{"11-23 07:30:00 auto"}, w.punches(0), "what is new is taken")
	})
}

// A log that comes again after its terminal was removed and accepted once more, without its PINs, fills no quarantine:
// what is recorded is known, whoever its PIN means now.
func TestWhatIsRecordedIsNotHeldAgain(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		log := []string{"77\t2026-11-23 07:00:00\t0\t1", "1\t2026-11-23 08:00:00\t0\t1"}
		push := func() {
			t.Helper()
			status, text := w.push("ATTLOG", log...)
			require.Equal(t, 200, status, text)
		}
		first := w.accept(func(*iclock.Terminal) {})
		require.NoError(t, w.store.Quarantine.Map(t.Context(), terminals.PIN{TerminalID: first.ID, PIN: "77",
			EmployeeID: w.people[0].ID}, ledger.Actor{}))
		push()
		w.remove(first.ID)
		second := w.accept(func(*iclock.Terminal) {})
		log = append(log, "78\t2026-11-23 08:01:00\t0\t1")
		push()
		require.Equal(t, []string{"unknown_employee"}, w.held(second.ID), "the new line only")
		require.EqualValues(t, 2, w.count("hadir_terminal_lines_total", "result", "known"))
	})
}

// A node shakes hands with what is so now, not with what it read some seconds ago: it may have been another node that
// had the terminal ask.
func TestAHandshakeTellsTheZoneOfNow(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		x := w.accept(func(*iclock.Terminal) {})
		for zone, hours := range map[string]string{"Asia/Makassar": "8", "Asia/Jayapura": "9", "Asia/Pontianak": "7"} {
			_, err := w.store.Terminals.Update(t.Context(), x.ID, ledger.Actor{}, func(x *iclock.Terminal) error {
				x.Zone = zone
				return nil
			})
			require.NoError(t, err)
			_, text := w.say("GET", "/iclock/cdata?SN=CGKK1", "")
			require.Contains(t, text, "\nTimeZone="+hours+"\n", zone)
		}
		asked, _, err := w.store.Commands.Commands(t.Context(), x.ID, 10, "")
		require.NoError(t, err)
		require.Len(t, asked, 4, "with the one at its acceptance")
		require.Equal(t, iclock.CommandCheck, asked[0].Kind)
	})
}

// The hour that clocks repeat in autumn is told by when a terminal pushes: what it punches now is now. What it kept for
// longer is taken as the first. Either way the day says which was taken.
func TestTheHourThatCameTwice(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		w.accept(func(x *iclock.Terminal) { x.Zone = "Europe/Helsinki" })
		at := func(text string) {
			now, err := time.Parse(time.RFC3339, text)
			require.NoError(t, err)
			w.clock.Set(now)
		}
		push := func(lines ...string) {
			status, text := w.push("ATTLOG", lines...)
			require.Equal(t, fmt.Sprintf("200 OK: %d\n", len(lines)), fmt.Sprint(status, " ", text))
		}
		at("2025-10-26T00:31:00Z")
		push("1\t2025-10-26 03:30:00\t0\t1")
		at("2025-10-26T01:41:00Z")
		push("1\t2025-10-26 03:40:00\t0\t1")
		at("2025-10-26T09:00:00Z")
		push("1\t2025-10-26 03:50:00\t0\t1", "1\t2025-10-26 08:00:00\t0\t1")
		ps, err := w.store.Days.Punches(t.Context(), w.people[0].ID, start.AddDate(-2, 0, 0), start)
		require.NoError(t, err)
		var got []string
		for _, p := range ps {
			got = append(got, p.OccurredAt.UTC().Format("15:04 ")+fmt.Sprint(p.Doubts))
		}
		require.Equal(t, []string{"00:30 [repeated_hour]", "00:50 [repeated_hour]", "01:40 [repeated_hour]",
			"06:00 []"}, got)
	})
}

// What else people change later does not make a line a second person's either.
func TestALineIsOnePersonsWhateverChanges(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		known := func() int { return int(w.count("hadir_terminal_lines_total", "result", "known")) }
		log := []string{"77\t2026-11-23 07:00:00\t0\t1", "1\t2026-11-23 08:00:00\t0\t1"}
		means := func(x iclock.Terminal, e int) {
			require.NoError(t, w.store.Quarantine.Map(t.Context(), terminals.PIN{TerminalID: x.ID, PIN: "77",
				EmployeeID: w.people[e].ID}, ledger.Actor{}))
		}
		again := func() {
			before := known()
			status, _ := w.push("ATTLOG", log...)
			require.Equal(t, 200, status)
			require.Equal(t, before+2, known())
			require.Equal(t, []string{"11-23 07:00:00 auto", "11-23 08:00:00 auto"}, w.punches(0))
			require.Empty(t, w.punches(1))
			require.Empty(t, w.punches(2))
		}
		w.people = append(w.people, attendance.Employee{Number: "21", Name: "Orang 21", BranchID: w.branch.ID,
			Status: attendance.EmployeeActive})
		_, err := w.store.Employees.UpsertEmployees(t.Context(), w.people[2:])
		require.NoError(t, err)
		first := w.accept(func(*iclock.Terminal) {})
		means(first, 0)
		status, _ := w.push("ATTLOG", log...)
		require.Equal(t, 200, status)
		again()

		w.remove(first.ID)
		second := w.accept(func(*iclock.Terminal) {})
		means(second, 1)
		again()
		_, err = w.store.Terminals.Update(t.Context(), second.ID, ledger.Actor{}, func(x *iclock.Terminal) error {
			x.PINFormat, x.Zone = "2%s", "Asia/Makassar"
			return nil
		})
		require.NoError(t, err)
		_, text := w.say("GET", "/iclock/cdata?SN=CGKK1", "")
		require.Contains(t, text, "TimeZone=8")
		again()
		log[0], log[1] = log[1], "1\t2026-11-23 08:30:00\t0\t1"
		status, _ = w.push("ATTLOG", log...)
		require.Equal(t, 200, status)
		require.Equal(t, []string{"11-23 07:30:00 auto"}, w.punches(2), "a new line is who it means now")
	})
}

func TestATerminalIsAnsweredAfterTheCommit(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		x := w.accept(func(x *iclock.Terminal) { x.Direction = iclock.ByStatus })
		w.away.Store(true)
		status, _ := w.push("ATTLOG", "1\t2026-11-23 08:00:00\t1\t1", "99\t2026-11-23 08:00:00\t1\t1")
		require.Equal(t, 503, status)
		require.Empty(t, w.punches(0))
		require.Empty(t, w.held(x.ID))
		w.away.Store(false)
		status, _ = w.push("ATTLOG", "1\t2026-11-23 08:00:00\t1\t1", "99\t2026-11-23 08:00:00\t1\t1",
			"1\t2026-11-23 08:03:00\t9\t1")
		require.Equal(t, 200, status)
		require.Equal(t, []string{"11-23 08:00:00 out"}, w.punches(0))
		require.ElementsMatch(t, []string{"bad_direction", "unknown_employee"}, w.held(x.ID))
	})
}

func TestCommandsReachATerminal(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		x := w.accept(func(*iclock.Terminal) {})
		require.NoError(t, w.store.Commands.Ask(t.Context(), x.ID, []terminals.NewCommand{{Kind: iclock.CommandPutUser,
			Text: iclock.PutUser("1", "Orang 1", "")}, {Kind: iclock.CommandInfo, Text: "INFO"}}, ledger.Actor{}))
		var text string
		require.Eventually(t, func() bool {
			_, text = w.say("GET", "/iclock/getrequest?SN=CGKK1", "")
			return text != "OK\n"
		}, testkit.Patience, 50*time.Millisecond, "commands reach the terminal")
		cs, _, err := w.store.Commands.Commands(t.Context(), x.ID, 0, "")
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("C:%d:CHECK\n"+
			"C:%d:DATA UPDATE USERINFO PIN=1\tName=Orang 1\tPri=0\tPasswd=\tCard=\tGrp=1\n"+
			"C:%d:INFO\n", cs[2].ID, cs[1].ID, cs[0].ID), text, "the first since it was accepted")
		status, _ := w.say("POST", "/iclock/devicecmd?SN=CGKK1", fmt.Sprintf("ID=%d&Return=-1&CMD=DATA\n"+
			"ID=%d&Return=0&CMD=INFO\n~DeviceName=X628\nFWVersion=8.0\n", cs[1].ID, cs[0].ID))
		require.Equal(t, 200, status)
		cs, _, err = w.store.Commands.Commands(t.Context(), x.ID, 0, "")
		require.NoError(t, err)
		require.Equal(t, []iclock.CommandState{iclock.CommandDone, iclock.CommandFailed},
			[]iclock.CommandState{cs[0].State, cs[1].State})
	})
}

func TestWhereATerminalMaySpeakFrom(t *testing.T) {
	databases(t, terminal.Options{Token: "rahasia"}, func(t *testing.T, w *world) {
		status, _ := w.say("GET", "/iclock/cdata?SN=CGKK1", "")
		require.Equal(t, 404, status)
		status, _ = w.say("GET", "/T/rahasIa/iclock/cdata?SN=CGKK1", "")
		require.Equal(t, 404, status)
		status, text := w.say("GET", "/t/rahasia/iclock/cdata?SN=CGKK1", "")
		require.Equal(t, 200, status)
		require.Contains(t, text, "GET OPTION FROM: CGKK1")
		all, err := w.store.Terminals.All(t.Context(), nil)
		require.NoError(t, err)
		require.Len(t, all, 1)
		_, err = w.store.Terminals.Update(t.Context(), all[0].ID, ledger.Actor{}, func(x *iclock.Terminal) error {
			x.Networks = []string{"192.0.2.0/24"}
			return nil
		})
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			status, _ := w.say("GET", "/t/rahasia/iclock/cdata?SN=CGKK1", "")
			return status == 503
		}, testkit.Patience, 50*time.Millisecond, "a foreign network is refused")
		require.NotContains(t, strings.ToLower(w.log.String()), "rahasia")
		require.Contains(t, w.log.String(), "path=/t/…/iclock/cdata")
		require.Contains(t, w.log.String(), "path=/T/…/iclock/cdata")
		require.NotContains(t, w.log.String(), "level=ERROR")
	})
}

// head sends only the head of a push that announces a large body, and returns the status that it is answered with.
func (w *world) head() int {
	w.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(w.t.Context(), "tcp", strings.TrimPrefix(w.url, "http://"))
	require.NoError(w.t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /iclock/cdata?SN=CGKK1&table=ATTLOG HTTP/1.1\r\nHost: x\r\nX-Real-IP: %s\r\n"+
		"Content-Length: 1000000\r\n\r\n", w.from)
	require.NoError(w.t, err)
	require.NoError(w.t, conn.(*net.TCPConn).CloseWrite())
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0 // it waited for the body
	}
	defer res.Body.Close()
	return res.StatusCode
}

func TestLargeBodiesAreReadOfWhomTheyAreExpected(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		w.accept(func(x *iclock.Terminal) { x.Networks = []string{"127.0.0.0/8"} })
		require.NotEqual(t, 503, w.head())
		w.from = "192.0.2.7"
		require.Equal(t, 503, w.head(), "of another network")
	})
}

// However many connections a terminal has, one large body of it is held, until it came or its connection broke.
func TestATerminalSendsOneLargeBodyAtATime(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		w.accept(func(*iclock.Terminal) {})
		require.NotEqual(t, 503, w.head())
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(w.url, "http://"))
		require.NoError(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "POST /iclock/cdata?SN=CGKK1&table=ATTLOG HTTP/1.1\r\nHost: x\r\nX-Real-IP: %s\r\n"+
			"Content-Length: 16000000\r\n\r\n1\t2026", w.from)
		require.NoError(t, err)
		require.Eventually(t, func() bool { return w.head() == 503 }, testkit.Patience, 10*time.Millisecond)
		status, answer := w.push("ATTLOG", "1\t2026-11-23 08:00:00\t0\t1")
		require.Equal(t, 200, status, answer)
		require.NoError(t, conn.Close())
		require.Eventually(t, func() bool { return w.head() != 503 }, testkit.Patience, 10*time.Millisecond)
	})
}

func TestATerminalPushesOneAfterTheOther(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		w.accept(func(*iclock.Terminal) {})
		wait := make(chan struct{})
		w.slow.Store(&wait)
		first := make(chan int)
		go func() {
			status, _ := w.push("ATTLOG", "1\t2026-11-23 08:00:00\t0\t1")
			first <- status
		}()
		<-wait
		w.slow.Store(nil)
		status, _ := w.push("ATTLOG", "2\t2026-11-23 08:00:00\t0\t1")
		require.Equal(t, 503, status)
		require.Equal(t, 503, w.head(), "nor is its body read")
		wait <- struct{}{}
		require.Equal(t, 200, <-first)
		status, _ = w.push("ATTLOG", "2\t2026-11-23 08:00:00\t0\t1")
		require.Equal(t, 200, status)
		require.NotContains(t, w.log.String(), "level=ERROR")
	})
}

func TestMadeUpSerialsFindNoPlace(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		w.from = "192.0.2.9"
		for i := range terminals.MaxPendingOf {
			_, err := w.store.Terminals.Meet(t.Context(), fmt.Sprint("N", i), w.from)
			require.NoError(t, err)
		}
		asks := func(serial string) int {
			status, _ := w.say("GET", "/iclock/cdata?SN="+serial, "")
			return status
		}
		require.Equal(t, 503, asks("NEW"))
		all, err := w.store.Terminals.All(t.Context(), nil)
		require.NoError(t, err)
		require.NoError(t, w.store.Terminals.Delete(t.Context(), all[0].ID, ledger.Actor{}))
		require.Equal(t, 503, asks("NEW"), "the node does not ask again at once")
		w.clock.Advance(6 * time.Second)
		require.Equal(t, 200, asks("NEW"))
		require.Equal(t, 1, strings.Count(w.log.String(), "level=WARN"))
		require.NotContains(t, w.log.String(), "level=ERROR")
		w.from = "192.0.2.10"
		require.Equal(t, 200, asks("OTHER"), "others are met")
	})
}

func TestTablesThatNobodyKnows(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		w.accept(func(*iclock.Terminal) {})
		for range 2 {
			status, text := w.push("WEATHER", "sunny")
			require.Equal(t, 200, status)
			require.Equal(t, "OK\n", text, "else it would be sent for ever")
		}
		for i := range 40 {
			w.push(fmt.Sprint("MADEUP", i), "x")
		}
		require.InDelta(t, 2, w.count("hadir_terminal_ignored_total", "table", "weather"), 0)
		require.GreaterOrEqual(t, w.count("hadir_terminal_ignored_total", "table", "other"), 20.)
		require.Equal(t, 1, strings.Count(w.log.String(), "table=weather"))
		require.Less(t, strings.Count(w.log.String(), "pushed what is not kept"), 25)
	})
}

func TestAFullQuarantineLosesNothing(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		x := w.accept(func(*iclock.Terminal) {})
		lines := make([]iclock.Line, terminals.MaxHeld)
		for i := range lines {
			lines[i] = iclock.Line{PIN: "98", Text: fmt.Sprint(i), Reason: iclock.ReasonUnknownPIN}
		}
		_, err := w.store.Quarantine.Hold(t.Context(), x.ID, lines)
		require.NoError(t, err)
		log := []string{"99\t2026-11-23 07:00:00\t0\t1", "1\t2026-11-23 08:00:00\t0\t1"}
		for range 600 {
			log = append(log, "99\t2026-11-23 07:00:00\t0\t1")
		}
		log = append(log, "2\t2026-11-23 08:00:00\t0\t1")
		for range 2 {
			status, _ := w.push("ATTLOG", log...)
			require.Equal(t, 503, status, "the terminal keeps what finds no room")
			require.Len(t, w.punches(0), 1)
			require.Len(t, w.punches(1), 1, "what is in order is not held up")
		}
		require.Positive(t, w.count("hadir_terminal_lines_total", "result", "full"))
		require.Equal(t, 1, strings.Count(w.log.String(), "level=ERROR"))
		held, _, err := w.store.Quarantine.Lines(t.Context(), terminals.LineFilter{TerminalID: x.ID, Limit: 1})
		require.NoError(t, err)
		require.NoError(t, w.store.Quarantine.Release(t.Context(), []int64{held[0].ID}))
		status, _ := w.push("ATTLOG", log...)
		require.Equal(t, 200, status)
	})
}

func TestCompressedRequestsAreRefused(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		for _, path := range []string{"registry", "cdata", "devicecmd"} {
			testkit.RefusesEncodedBodies(t, w.url+"/iclock/"+path+"?SN=CGKK1")
		}
	})
}

// Whoever accepts a terminal alone records their own punches at it, and their days tell.
func TestOwnLinesOfATerminal(t *testing.T) {
	databases(t, terminal.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		admin := func(login string, employee int64) ledger.Actor {
			us, err := w.store.Users.CreateUsers(ctx, ledger.Actor{}, []account.User{{Login: login, Name: login,
				Role: account.RoleAdmin, EmployeeID: employee}}, []string{"-"})
			require.NoError(t, err)
			return ledger.Actor{UserID: us[0].ID, EmployeeID: employee}
		}
		own := admin("pemilik", w.people[0].ID)
		x := w.accept(func(*iclock.Terminal) {})
		decides := func(by ledger.Actor, format string) {
			_, err := w.store.Terminals.Update(ctx, x.ID, by, func(t *iclock.Terminal) error {
				t.PINFormat = format
				return nil
			})
			require.NoError(t, err)
			w.say("GET", "/iclock/cdata?SN=CGKK1", "") // the node reads it anew
		}
		told := func() int {
			day := attendance.NewDate(2026, 11, 23)
			reasons, err := w.store.Audit.OwnChanges(ctx, w.people[0].ID, day)
			require.NoError(t, err)
			return len(reasons)
		}
		decides(own, "%s")
		status, _ := w.push("ATTLOG", "1\t2026-11-23 07:00:00\t0\t1", "2\t2026-11-23 07:00:00\t0\t1")
		require.Equal(t, 200, status)
		require.Len(t, w.punches(0), 1, "nobody else could confirm it")
		require.Equal(t, 1, told())

		other := admin("lain", 0)
		w.push("ATTLOG", "1\t2026-11-23 07:30:00\t1\t1", "2\t2026-11-23 07:30:00\t1\t1")
		require.Len(t, w.punches(0), 1)
		require.Len(t, w.punches(1), 2)
		require.Equal(t, []string{"own_terminal"}, w.held(x.ID))
		w.push("ATTLOG", "1\t2026-11-23 07:00:00\t0\t1")
		require.Equal(t, []string{"own_terminal"}, w.held(x.ID), "what is recorded is not held again")
		require.Equal(t, attendance.CodeOwnDays, attendance.CodeOf(w.store.Terminals.Confirm(ctx, x.ID, own)))
		require.NoError(t, w.store.Terminals.Confirm(ctx, x.ID, other))
		w.push("ATTLOG", "1\t2026-11-23 07:30:00\t1\t1", "1\t2026-11-23 07:45:00\t1\t1")
		require.Len(t, w.punches(0), 3, "also on a node that has not read it since")
		require.Equal(t, 1, told())
	})
}
