package api_test

import (
	"context"
	"sync"
	"testing"

	"hadir/internal/store/db"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
)

// asked counts what a node asks its database: on MySQL packets, of which each is a round trip, on SQLite statements.
type asked struct {
	mu  sync.Mutex
	now []string
}

func (a *asked) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = append(a.now, e.Query)
	return ctx
}

func (*asked) AfterQuery(context.Context, *bun.QueryEvent) {}

// during returns what was asked while fn ran.
func (a *asked) during(fn func()) []string {
	a.mu.Lock()
	a.now = nil
	a.mu.Unlock()
	fn()
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now
}

// What a page asks for costs no more round trips to the database than it needs. Whoever adds one sees it here.
func TestReadsTakeFewRoundTrips(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		a := &asked{}
		db.Watch(w.served[0].DB, a)
		w.send(0, "POST", "/api/attendances/check-in", "jkt-1", nil)
		for _, read := range []struct {
			as, path      string
			mysql, sqlite int
		}{
			{"jkt-1", "/", 0, 0},
			{"jkt-1", "/api/me/today", 1, 5},
			{"jkt-2", "/api/me/today", 1, 5}, // who has not come yet
			{"jkt-1", "/api/attendances/1/2026-11-23", 1, 5},
			{"jkt-1", "/api/attendances?limit=31", 1, 1},
			{"admin", "/api/attendances", 1, 1},
			{"admin", "/api/attendances?q=orang", 2, 2},
			{"jkt-1", "/api/notifications?unread=true&limit=5", 1, 1},
			{"admin", "/api/attendances/1/2026-11-23", 1, 5},
			{"admin", "/api/attendances/summary", 3, 3},
			{"admin", "/api/employees", 1, 1},
			{"admin", "/api/branches", 1, 1},
			{"admin", "/api/shifts", 1, 1},
		} {
			// Once for what is kept: who is signed in, their plans, the branches and shifts.
			require.Equal(t, 200, w.send(0, "GET", read.path, read.as, nil).status, read.path)
			got := a.during(func() { w.send(0, "GET", read.path, read.as, nil) })
			most := read.sqlite
			if w.store.DB.Dialect() == "mysql" {
				most = read.mysql
			}
			require.LessOrEqual(t, len(got), most, "%s: %q", read.path, got)
			if most > 0 {
				require.NotEmpty(t, got, "nothing was seen of %s", read.path)
			}
		}
	})
}
