package api_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/api"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/httpd"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// streamTimeout is for a reader that takes nothing; a busy machine may well stand still for a moment.
const streamTimeout = 20 * time.Second

// crowd hires n people with the longest names and gives each the days up to today, 2 to the power of doublings, and
// returns how many days that makes. A line about one is some 900 bytes long.
func (w *world) crowd(n, doublings int) int {
	w.t.Helper()
	es := make([]attendance.Employee, n)
	for i := range es {
		es[i] = attendance.Employee{Number: fmt.Sprintf("MASSA-%05d", i),
			Name:       fmt.Sprintf("Orang ke-%d ", i) + strings.Repeat("界", 180),
			Department: strings.Repeat("部", 90), BranchID: w.branches[0].ID, Status: attendance.EmployeeActive}
	}
	_, err := w.store.Employees.UpsertEmployees(w.t.Context(), es)
	require.NoError(w.t, err)
	list := make([]attendance.Day, n)
	for i, e := range es {
		list[i] = attendance.Day{EmployeeID: e.ID, BranchID: e.BranchID, WorkDate: attendance.DateOf(start, time.UTC),
			Zone:   "Asia/Jakarta",
			Status: attendance.StatusPresent, WorkedMinutes: 480}
	}
	require.NoError(w.t, w.store.Days.SeedHistory(w.t.Context(), nil, list))
	const columns = "branch_id, zone, shift_name, status, late_minutes, early_minutes, worked_minutes, " +
		"overtime_minutes, flags, punch_count, version, updated_at"
	back := "date(work_date, '-%d day')"
	if w.store.DB.Dialect() == "mysql" {
		back = "DATE_SUB(work_date, INTERVAL %d DAY)"
	}
	for half := range doublings {
		w.exec(fmt.Sprintf("INSERT INTO attendances (employee_id, work_date, "+columns+") SELECT employee_id, "+back+
			", "+columns+" FROM attendances", 1<<half))
	}
	return n << doublings
}

// download asks for a file on a connection of its own that takes little at a time, and returns it unread.
func (w *world) download(path string) (*http.Response, *net.TCPConn) {
	w.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.nodes[0], "http://"))
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(w.t, conn.(*net.TCPConn).SetReadBuffer(128<<10))
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", path, w.token["admin"])
	require.NoError(w.t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, resp.StatusCode)
	return resp, conn.(*net.TCPConn)
}

// An export has every row, however many there are and however slowly they are read, or is seen to have broken off.
func TestExportsArriveWholeOrBreak(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		rows := w.crowd(200, 6)
		const path = "/api/attendances.csv?from=2026-01-01&to=2026-11-28"
		r := w.send(0, http.MethodGet, path, "admin", nil)
		require.Equal(t, http.StatusOK, r.status)
		require.Equal(t, rows+1, strings.Count(r.raw, "\n"))
		// More than what the kernel holds of an answer, which is at most 4 MiB on either side.
		require.Greater(t, len(r.raw), 10<<20)

		patient := w.nodes[0]
		w.nodes[0] = w.node(api.Options{}, httpd.Options{WriteTimeout: streamTimeout})
		slow, line := w.download(path)
		first, all := make([]byte, 1<<20), bytes.Buffer{} // the kernel tells the writer of pieces, not of bytes
		for range 3 {                                     // together longer than the time-out
			_, err := io.ReadFull(slow.Body, first)
			require.NoError(t, err)
			all.Write(first)
			pause := time.NewTimer(streamTimeout / 2)
			<-pause.C
		}
		require.NoError(t, line.SetReadBuffer(4<<20)) // and then fast
		rest, err := io.ReadAll(slow.Body)
		require.NoError(t, err, "after %d bytes: %s", all.Len()+len(rest), w.log.String())
		require.Equal(t, rows+1, bytes.Count(append(all.Bytes(), rest...), []byte("\n")))

		w.nodes[0] = patient
		broken, wire := w.download(path)
		w.exec("ALTER TABLE attendances RENAME TO elsewhere")
		require.NoError(t, wire.SetReadBuffer(4<<20))
		part, err := io.ReadAll(broken.Body)
		require.True(t, errors.Is(err, io.ErrUnexpectedEOF), "%v after %d bytes", err, len(part))
		require.Less(t, strings.Count(string(part), "\n"), rows)
		require.Eventually(t, func() bool { return strings.Contains(w.log.String(), "an export broke off") },
			testkit.Patience, time.Millisecond)
	})
}

// More rows than any limit of a list: nothing is cut without a word.
func TestAnExportOfMoreThanAHundredThousandRows(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		rows := w.crowd(400, 8)
		require.Greater(t, rows, 100_000)
		w.exec("UPDATE employees SET name = number, department = ''") // what it is about is their number
		r := w.send(0, http.MethodGet, "/api/attendances.csv?from=2026-01-01&to=2026-11-28", "admin", nil)
		require.Equal(t, http.StatusOK, r.status)
		require.Equal(t, rows+1, strings.Count(r.raw, "\n"))
	})
}

// Who stops reading an export leaves nothing behind, and it is no error of the server's.
func TestAnExportThatNobodyReadsEnds(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.crowd(200, 6)
		w.nodes[0] = w.node(api.Options{}, httpd.Options{WriteTimeout: 300 * time.Millisecond})
		for range 3 {
			w.download("/api/attendances.csv?from=2026-01-01&to=2026-11-28")
		}
		require.Eventually(t, func() bool { return strings.Count(w.log.String(), "an export's reader has gone") == 3 },
			testkit.Patience, 10*time.Millisecond)
		require.NotContains(t, w.log.String(), "broke off")
	})
}

// Before the session is checked, nobody makes the server read much; after it, an upload arrives.
func TestUploadsAreReadAfterTheSession(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		big := "number,name,branch\n" + strings.Repeat("# "+strings.Repeat("x", 998)+"\n", 5000)
		for as, want := range map[string]int{"": 401, "jkt-1": 413, "ops": 413} {
			r := w.send(0, http.MethodPost, "/api/employees/imports?name=a.csv", as, big, csvType)
			require.Equal(t, want, r.status, "%q %s", as, r.raw)
		}
		r := w.send(0, http.MethodPost, "/api/employees/imports?name=a.csv", "cabang", big, csvType)
		require.NotContains(t, []int{401, 403, 413}, r.status, "it is read and looked at: %s", r.raw)

		// A program's token is looked at as the router does, with its scope.
		w.apiToken("importer", "admin", []account.Scope{account.ScopeEmployeesWrite})
		w.apiToken("reader", "admin", []account.Scope{account.ScopeEmployeesRead})
		w.token["guessed"] = "hdr_GUESSED"
		for as, want := range map[string]string{"importer": "413 too_large", "reader": "403 scope_required",
			"guessed": "401 unauthenticated"} {
			r = w.send(0, http.MethodPost, "/api/employees/imports?name=a.csv", as, big+big, csvType)
			if as != "importer" {
				r = w.send(0, http.MethodPost, "/api/employees/imports?name=a.csv", as, big, csvType)
			}
			require.Equal(t, want, fmt.Sprint(r.status, " ", r.code()), r.raw)
		}
		file := "number,name,branch\n"
		for i := range 3000 {
			file += fmt.Sprintf("TOK-%d,Orang ke-%d dari program,JKT\n", i, i)
		}
		require.Greater(t, len(file), httpd.AnonymousBody)
		r = w.send(0, http.MethodPost, "/api/employees/imports?name=a.csv", "importer", file, csvType)
		require.Equal(t, 201, r.status, r.raw)
		require.Equal(t, 3000, r.count("created"), r.raw)
		for _, path := range []string{"/api/login", "/api/setup", "/broadcasting/auth", "/api/nothing"} {
			for name, body := range map[string]io.Reader{"announced": strings.NewReader(big),
				"in chunks": io.MultiReader(strings.NewReader(big))} {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.nodes[0]+path, body)
				require.NoError(t, err)
				req.Header.Set("Content-Type", "application/json")
				resp, err := http.DefaultClient.Do(req)
				require.NoError(t, err, "%s %s", path, name)
				require.NoError(t, resp.Body.Close())
				require.Contains(t, []int{401, 413}, resp.StatusCode, "%s %s", path, name)
			}
		}
		r = w.send(0, http.MethodPost, "/api/employees", "admin", `{"name":"`+strings.Repeat("x", 200<<10)+`"}`)
		require.Equal(t, 422, r.status, "who is signed in may send more, and is told what is wrong with it")
	})
}

// A user has a few large bodies under way at a time, on however many connections.
func TestLargeBodiesOfOneUserAreFew(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		large := func(as string) reply {
			return w.send(0, http.MethodPost, "/api/employees", as, `{"name":"`+strings.Repeat("x", 200<<10)+`"}`)
		}
		require.Equal(t, 422, large("admin").status)
		begun := make([]net.Conn, 3)
		end := func() {
			for _, conn := range begun {
				if conn != nil {
					_ = conn.Close()
				}
			}
		}
		defer end()
		begin := func() {
			end()
			for i := range begun {
				conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(w.nodes[0], "http://"))
				require.NoError(t, err)
				begun[i] = conn
				_, err = fmt.Fprintf(conn, "POST /api/employees HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"+
					"Content-Length: 1000000\r\n\r\n{", w.token["admin"])
				require.NoError(t, err)
			}
		}
		// Who asks may come before one of those that were begun, and take its place: then they begin once more.
		var r reply
		require.Eventually(t, func() bool {
			begin()
			for range 20 {
				if r = large("admin"); r.status == 503 {
					return true
				}
			}
			return false
		}, testkit.Patience, 10*time.Millisecond)
		require.Equal(t, "unavailable 5", r.code()+" "+r.header.Get("Retry-After"))
		require.Equal(t, 422, large("cabang").status, "another one is not kept waiting")
		require.Equal(t, 200, w.send(0, http.MethodGet, "/api/me", "admin", nil).status)
		require.NoError(t, begun[1].Close())
		require.Eventually(t, func() bool { return large("admin").status == 422 }, testkit.Patience,
			10*time.Millisecond)
	})
}

func TestCompressedRequestsAreRefused(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		for _, path := range []string{"/api/login", "/api/login/code", "/api/login/passkey", "/api/setup",
			"/api/password-resets", "/api/employees/imports?name=a.csv", "/broadcasting/auth", "/nothing"} {
			testkit.RefusesEncodedBodies(t, w.nodes[0]+path)
		}
	})
}
