package store_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

func (b *bench) users(t *testing.T, logins ...string) []account.User {
	t.Helper()
	us, hashes := make([]account.User, len(logins)), make([]string, len(logins))
	for i, l := range logins {
		us[i] = account.User{Login: l, Name: "Nama", Role: account.RoleEmployee}
		hashes[i] = "hash of " + l
	}
	made, err := b.AddUsers(t.Context(), us, hashes)
	require.NoError(t, err)
	return made
}

func TestUsers(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		e := b.hire(t, b.branch(t, jakarta), 1)[0]
		in := []account.User{
			{Login: " Zaenal@Contoh.ID ", Name: "Zaenal", Role: account.RoleBranchAdmin, BranchIDs: []int64{3, 1}, Locale: "en"},
			{Login: "JKT-0001", Name: "Ani", Role: account.RoleEmployee, EmployeeID: e.ID, DisabledAt: ptr(start)},
		}
		made, err := b.AddUsers(ctx, in, []string{"h1", "h2"})
		require.NoError(t, err)
		require.Equal(t, account.User{ID: made[0].ID, Login: "zaenal@contoh.id", Name: "Zaenal", Role: account.RoleBranchAdmin,
			BranchIDs: []int64{3, 1}, Locale: "en", CreatedAt: start}, made[0])
		require.Equal(t, "jkt-0001", made[1].Login)
		require.Equal(t, "id", made[1].Locale)

		for _, login := range []string{"jkt-0001", "JKT-0001", " Jkt-0001 "} {
			u, hash, err := b.UserByLogin(ctx, login)
			require.NoError(t, err)
			require.Equal(t, made[1], u)
			require.Equal(t, "h2", hash)
		}
		u, err := b.User(ctx, made[0].ID)
		require.NoError(t, err)
		require.Equal(t, made[0], u)
		for _, login := range []string{"", "nobody", "' OR 1=1 -- ", "zaenal@contoh.i%"} {
			_, _, err = b.UserByLogin(ctx, login)
			require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err), login)
		}
		_, err = b.User(ctx, 99)
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err))

		_, err = b.AddUsers(ctx, []account.User{{Login: "new", Role: account.RoleOps}, {Login: "ZAENAL@contoh.id", Role: account.RoleOps}}, []string{"", ""})
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(err))
		_, err = b.AddUsers(ctx, []account.User{{Login: "new", Role: account.RoleOps, EmployeeID: 99}}, []string{""})
		require.Equal(t, attendance.CodeInvalid, attendance.CodeOf(err))
		_, err = b.AddUsers(ctx, []account.User{{Login: " ", Role: account.RoleOps}}, []string{""})
		require.Equal(t, attendance.CodeInvalid, attendance.CodeOf(err))
		n, err := b.UserCount(ctx)
		require.NoError(t, err)
		require.Equal(t, 2, n, "refused batches wrote nothing")
	})
}

func TestOnlyOneFirstUser(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		other := b.another(t)
		done := make(chan error, 12)
		for i := range cap(done) {
			s := b.Store
			if i%2 == 0 {
				s = other
			}
			go func() {
				u, err := s.AddFirstUser(t.Context(), account.User{Login: fmt.Sprint("admin", i), Role: account.RoleAdmin}, "h")
				if err == nil && u.ID == 0 {
					err = fmt.Errorf("no id")
				}
				done <- err
			}()
		}
		won := 0
		for range cap(done) {
			switch err := <-done; attendance.CodeOf(err) {
			case "":
				won++
			case attendance.CodeSetupDone:
			default:
				t.Error(err)
			}
		}
		require.Equal(t, 1, won)
		n, err := b.UserCount(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n)
	})
}

func TestSessions(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		us := b.users(t, "a", "b")
		session := func(token string, u account.User, life time.Duration) account.Session {
			se := account.Session{TokenHash: sha256.Sum256([]byte(token)), UserID: u.ID, CreatedAt: start, ExpiresAt: start.Add(life),
				Address: "2001:db8::1", UserAgent: "Mozilla/5.0 " + token}
			require.NoError(t, b.AddSession(ctx, se))
			return se
		}
		long, short, others := session("long", us[0], time.Hour), session("short", us[0], time.Minute), session("others", us[1], time.Hour)
		gone := func(se account.Session) {
			t.Helper()
			_, _, err := b.SessionUser(ctx, se.TokenHash)
			require.Equal(t, attendance.CodeUnauthenticated, attendance.CodeOf(err), "%v", err)
		}
		there := func(se account.Session, u account.User) {
			t.Helper()
			gotSession, gotUser, err := b.SessionUser(ctx, se.TokenHash)
			require.NoError(t, err)
			require.Equal(t, se, gotSession)
			require.Equal(t, u.Login, gotUser.Login)
			require.Equal(t, u, gotUser)
		}
		us[0].BranchIDs, us[1].BranchIDs = []int64{}, []int64{}
		there(long, us[0])
		there(short, us[0])
		gone(account.Session{TokenHash: sha256.Sum256([]byte("guess"))})

		b.clock.Advance(time.Minute)
		gone(short)
		there(long, us[0])
		n, err := b.DeleteExpiredSessions(ctx, 10)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		n, err = b.DeleteExpiredSessions(ctx, 10)
		require.NoError(t, err)
		require.Zero(t, n)

		require.NoError(t, b.SetPassword(ctx, us[0].ID, "new"))
		gone(long)
		there(others, us[1])
		_, hash, err := b.UserByLogin(ctx, "a")
		require.NoError(t, err)
		require.Equal(t, "new", hash)
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(b.SetPassword(ctx, 99, "x")))

		require.NoError(t, b.DeleteSession(ctx, others.TokenHash))
		require.NoError(t, b.DeleteSession(ctx, others.TokenHash), "twice is fine")
		gone(others)

		third := session("third", us[1], time.Hour)
		require.NoError(t, b.Exec(ctx, "UPDATE users SET disabled_at = ? WHERE id = ?", start, us[1].ID))
		gone(third)

		odd := session("odd \xff\x00"+strings.Repeat("é", 400), us[0], time.Hour)
		got, _, err := b.SessionUser(ctx, odd.TokenHash)
		require.NoError(t, err)
		require.Len(t, []rune(got.UserAgent), 255, "what does not fit is cut")
	})
}

func TestDeletingExpiredSessionsInSteps(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		u := b.users(t, "a")[0]
		for i := range 5 {
			require.NoError(t, b.AddSession(ctx, account.Session{TokenHash: [32]byte{byte(i)}, UserID: u.ID, CreatedAt: start, ExpiresAt: start}))
		}
		for _, want := range []int{2, 2, 1, 0} {
			n, err := b.DeleteExpiredSessions(ctx, 2)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
	})
}

func TestSignInThrottle(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		other := b.another(t)
		blocked := func(keys ...string) time.Duration {
			t.Helper()
			at, err := other.SignInAllowed(ctx, keys...)
			require.NoError(t, err)
			if at.IsZero() {
				return 0
			}
			return at.Sub(b.clock.Now())
		}
		fail := func(free map[string]int) { require.NoError(t, b.SignInFailed(ctx, free)) }
		both := map[string]int{"account:a": 3, "address:1": 5}
		require.Zero(t, blocked("account:a", "address:1"))
		require.Zero(t, blocked())
		for range 3 {
			fail(both)
			require.Zero(t, blocked("account:a", "address:1"))
		}
		fail(both)
		require.Equal(t, time.Second, blocked("account:a"), "the other node knows")
		require.Zero(t, blocked("address:1", "account:b"))
		require.Equal(t, time.Second, blocked("address:1", "account:a"))
		fail(both)
		fail(both)
		require.Equal(t, 4*time.Second, blocked("account:a"))
		require.Equal(t, time.Second, blocked("address:1"))
		require.Equal(t, 4*time.Second, blocked("account:a", "address:1"), "the longer of the two")
		b.clock.Advance(4 * time.Second)
		require.Zero(t, blocked("account:a", "address:1"), "a block ends")
		for range 8 {
			fail(map[string]int{"account:a": 3})
		}
		require.Equal(t, 15*time.Minute, blocked("account:a"), "and never grows beyond this")
		fail(map[string]int{"account:a": 3})
		require.Equal(t, 15*time.Minute, blocked("account:a"))

		require.NoError(t, b.SignInSucceeded(ctx, "account:a"))
		require.Zero(t, blocked("account:a"))
		fail(map[string]int{"account:a": 3})
		require.Zero(t, blocked("account:a"), "counted from the start again")

		fail(map[string]int{"address:1": 5})
		b.clock.Advance(time.Hour - time.Microsecond)
		fail(map[string]int{"address:1": 5})
		require.NotZero(t, blocked("address:1"), "just not forgotten")
		b.clock.Advance(time.Hour)
		fail(map[string]int{"address:1": 5})
		require.Zero(t, blocked("address:1"), "forgotten after an hour")

		var readable int
		require.NoError(t, b.Query(ctx, &readable, "SELECT COUNT(*) FROM sign_in_failures WHERE key_hash LIKE '%address%'"))
		require.Zero(t, readable, "keys are kept as hashes")
		b.clock.Advance(time.Hour + time.Second)
		_, err := b.DeleteExpiredSessions(ctx, 100)
		require.NoError(t, err)
		var left int
		require.NoError(t, b.Query(ctx, &left, "SELECT COUNT(*) FROM sign_in_failures"))
		require.Zero(t, left)
	})
}

func TestFailuresAtOnceAreAllCounted(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		other := b.another(t)
		done := make(chan error, 16)
		for i := range cap(done) {
			s := b.Store
			if i%2 == 0 {
				s = other
			}
			go func() { done <- s.SignInFailed(t.Context(), map[string]int{"k": 15, "l": 99}) }()
		}
		for range cap(done) {
			require.NoError(t, <-done)
		}
		at, err := b.SignInAllowed(t.Context(), "k")
		require.NoError(t, err)
		require.Equal(t, start.Add(time.Second), at, "exactly one over fifteen")
	})
}
