package store_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/store/accounts"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"
)

func (b *bench) users(t *testing.T, logins ...string) []account.User {
	t.Helper()
	us, hashes := make([]account.User, len(logins)), make([]string, len(logins))
	for i, l := range logins {
		us[i] = account.User{Login: l, Name: "Nama", Role: account.RoleOps}
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
		jyp, hnl := b.branch(t, jayapura), b.branch(t, honolulu)
		in := []account.User{
			{
				Login:     " Zaenal@Contoh.ID ",
				Name:      "Zaenal",
				Role:      account.RoleBranchAdmin,
				BranchIDs: []int64{hnl.ID, jyp.ID},
				Locale:    "en",
			},
			{Login: "JKT-0001", Name: "Ani", Role: account.RoleEmployee, EmployeeID: e.ID, DisabledAt: ptr(start)},
		}
		made, err := b.AddUsers(ctx, in, []string{"h1", "h2"})
		require.NoError(t, err)
		require.Equal(t, account.User{ID: made[0].ID, Login: "zaenal@contoh.id", Name: "Zaenal",
			Role:      account.RoleBranchAdmin,
			BranchIDs: []int64{hnl.ID, jyp.ID}, Locale: "en", CreatedAt: start, Keys: made[0].Keys}, made[0])
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

		_, err = b.AddUsers(
			ctx,
			[]account.User{
				{Login: "new", Name: "Baru", Role: account.RoleOps},
				{Login: "ZAENAL@contoh.id", Name: "Zaenal", Role: account.RoleOps},
			},
			[]string{"", ""},
		)
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(err))
		_, err = b.AddUsers(
			ctx,
			[]account.User{{Login: "new", Name: "Baru", Role: account.RoleOps, EmployeeID: 99}},
			[]string{""},
		)
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
			s := b.rooms
			if i%2 == 0 {
				s = other
			}
			go func() {
				u, err := s.AddFirstUser(t.Context(), "10.0.0.1",
					account.User{Login: fmt.Sprint("admin", i), Role: account.RoleAdmin}, "h")
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
			case account.CodeSetupDone:
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
			se := account.Session{TokenHash: sha256.Sum256([]byte(token)), UserID: u.ID, CreatedAt: start,
				ExpiresAt: start.Add(life),
				Address:   "2001:db8::1", UserAgent: "Mozilla/5.0 " + token}
			require.NoError(t, b.AddSession(ctx, se))
			return se
		}
		long, short, others := session("long", us[0], time.Hour), session("short", us[0], time.Minute),
			session("others", us[1], time.Hour)
		gone := func(se account.Session) {
			t.Helper()
			_, _, err := b.SessionUser(ctx, se.TokenHash)
			require.Equal(t, account.CodeUnauthenticated, attendance.CodeOf(err), "%v", err)
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

		require.NoError(t, b.ChangePassword(ctx, store.Actor{}, store.NewPassword{UserID: us[0].ID, Hash: "new"}))
		gone(long)
		there(others, us[1])
		_, hash, err := b.UserByLogin(ctx, "a")
		require.NoError(t, err)
		require.Equal(t, "new", hash)
		require.Equal(t, attendance.CodeNotFound,
			attendance.CodeOf(b.ChangePassword(ctx, store.Actor{}, store.NewPassword{UserID: 99, Hash: "x"})))

		require.NoError(t, b.DeleteSession(ctx, store.Actor{UserID: others.UserID}, others.TokenHash))
		require.NoError(t, b.DeleteSession(ctx, store.Actor{UserID: others.UserID}, others.TokenHash), "twice is fine")
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

// A sign-in reads what opens the account, and takes its time to look at the proof. What came meanwhile counts.
func TestASignInOverlappingAChangeOpensNothing(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		factors := b.all.SecondFactors
		n := byte(0)
		enter := func(u account.User) (session, waits error) {
			t.Helper()
			n++
			hash := [32]byte{n}
			waits = factors.AddPending(ctx, accounts.Pending{Session: accounts.Session{UserID: u.ID, TokenHash: hash},
				ExpiresAt: b.clock.Now().Add(time.Minute), Keys: u.Keys})
			session = b.AddSession(ctx, account.Session{TokenHash: hash, UserID: u.ID, CreatedAt: b.clock.Now(),
				ExpiresAt: b.clock.Now().Add(time.Hour), Keys: u.Keys})
			if _, _, err := b.SessionUser(ctx, hash); (err == nil) != (session == nil) {
				t.Errorf("the session is there, and should not be, or the other way round: %v, %v", err, session)
			}
			return session, waits
		}
		for name, change := range map[string]func(u account.User){
			"password": func(u account.User) {
				require.NoError(t, b.ChangePassword(ctx, store.Actor{}, store.NewPassword{UserID: u.ID, Hash: "new"}))
			},
			"second-factor": func(u account.User) {
				key, err := account.NewFactorKey(u.Login)
				require.NoError(t, err)
				require.NoError(t, factors.Begin(ctx, u.ID, key.Secret))
				code, err := totp.GenerateCode(key.Secret, b.clock.Now())
				require.NoError(t, err)
				_, ok, err := factors.Confirm(ctx, store.Actor{}, accounts.Session{UserID: u.ID}, code)
				require.NoError(t, err)
				require.True(t, ok)
			},
			"closed": func(u account.User) {
				_, err := b.UpdateUser(ctx, store.Actor{}, u.ID, func(u *account.User) error {
					u.DisabledAt = ptr(b.clock.Now())
					return nil
				})
				require.NoError(t, err)
			},
		} {
			b.users(t, name)
			u, _, err := b.UserByLogin(ctx, name)
			require.NoError(t, err)
			session, waits := enter(u)
			require.NoError(t, errors.Join(session, waits), name)
			change(u)
			session, waits = enter(u)
			require.Equal(t, account.CodeBadCredentials, attendance.CodeOf(session), "%s: %v", name, session)
			require.Equal(t, account.CodeBadCredentials, attendance.CodeOf(waits), "%s: %v", name, waits)
			now, _, err := b.UserByLogin(ctx, name)
			require.NoError(t, err)
			if now.DisabledAt == nil {
				session, waits = enter(now)
				require.NoError(t, errors.Join(session, waits), name)
			}
		}
	})
}

func TestDeletingExpiredSessionsInSteps(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		u := b.users(t, "a")[0]
		for i := range 5 {
			require.NoError(t,
				b.AddSession(ctx,
					account.Session{TokenHash: [32]byte{byte(i)}, UserID: u.ID, CreatedAt: start, ExpiresAt: start}))
		}
		for _, want := range []int{2, 2, 1, 0} {
			n, err := b.DeleteExpiredSessions(ctx, 2)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
	})
}

func TestSignInsAreCountedForAllNodes(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		other := b.another(t)
		ana := store.SignIn{Login: "ana", Network: "10.0.0.1"}
		begin := func(s *rooms, a store.SignIn) (store.SignIn, time.Duration) {
			t.Helper()
			a, at, err := s.BeginSignIn(ctx, a)
			require.NoError(t, err)
			if at.IsZero() {
				return a, 0
			}
			return a, at.Sub(b.clock.Now())
		}
		for range 5 {
			_, wait := begin(b.rooms, ana)
			require.Zero(t, wait)
		}
		_, wait := begin(other, ana)
		require.Equal(t, time.Second, wait, "the other node knows")
		b.clock.Advance(time.Second)
		begun, wait := begin(other, ana)
		require.Zero(t, wait)
		_, wait = begin(b.rooms, ana)
		require.Equal(t, 2*time.Second, wait)
		require.NoError(t, other.EndSignIn(ctx, begun))
		_, wait = begin(b.rooms, ana)
		require.Zero(t, wait, "a success takes the count back")

		var readable int
		require.NoError(t, b.Query(ctx, &readable, "SELECT COUNT(*) FROM sign_in_failures WHERE key_hash LIKE '%ana%'"))
		require.Zero(t, readable, "keys are kept as hashes")
		b.clock.Advance(time.Hour + time.Second)
		_, err := b.DeleteExpiredSessions(ctx, 100)
		require.NoError(t, err)
		var left int
		require.NoError(t, b.Query(ctx, &left, "SELECT COUNT(*) FROM sign_in_failures"))
		require.Zero(t, left)
	})
}

// Who signed in with a browser before is slowed down by nobody else; another login does not profit from it.
func TestAKnownBrowserHasAPathOfItsOwn(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		ana := b.users(t, "ana")[0]
		for i := range 25 {
			require.NoError(t, b.KnowBrowser(ctx, ana.ID, [32]byte{byte(i + 1)}))
			b.clock.Advance(time.Second)
		}
		var kept int
		require.NoError(t, b.Query(ctx, &kept, "SELECT COUNT(*) FROM known_browsers"))
		require.Equal(t, 20, kept, "of each user the latest")
		blocked := func(login string, browser byte) bool {
			t.Helper()
			a := store.SignIn{Login: login, Network: "10.0.0.1"}
			if browser != 0 {
				a.Browser = [32]byte{browser}
			}
			_, at, err := b.BeginSignIn(ctx, a)
			require.NoError(t, err)
			return !at.IsZero()
		}
		for range 5 {
			require.False(t, blocked("ana", 0))
		}
		require.True(t, blocked("ana", 0))
		require.True(t, blocked("ana", 99), "a token that nobody gave is none")
		require.True(t, blocked("ana", 1), "nor is one that was forgotten")
		require.False(t, blocked("budi", 25))
		for range 5 {
			require.False(t, blocked("ana", 25))
		}
		require.True(t, blocked("ana", 25), "its own failures count")
		require.NoError(t, b.ChangePassword(ctx, store.Actor{}, store.NewPassword{UserID: ana.ID, Hash: "other"}))
		require.True(t, blocked("ana", 24), "a new password ends what the old one gave")
	})
}

func TestSignInsAtOnceAreAllCounted(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		other := b.another(t)
		type result struct {
			allowed bool
			err     error
		}
		done := make(chan result, 32)
		for i := range cap(done) {
			s := b.rooms
			if i%2 == 0 {
				s = other
			}
			go func() {
				_, at, err := s.BeginSignIn(t.Context(), store.SignIn{Login: "k", Network: "l"})
				done <- result{at.IsZero(), err}
			}()
		}
		allowed := 0
		for range cap(done) {
			r := <-done
			require.NoError(t, r.err)
			if r.allowed {
				allowed++
			}
		}
		require.Equal(t, 5, allowed, "of a burst only the free ones")
	})
}
