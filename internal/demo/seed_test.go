package demo_test

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/demo"
	"hadir/internal/kiosk"
	"hadir/internal/store"
	"hadir/internal/store/company"
	"hadir/internal/store/days/lists"
	"hadir/internal/store/ledger"

	"github.com/alexedwards/argon2id"
	"github.com/stretchr/testify/require"
)

var monday = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC) // 12:00 in Jakarta

func openStore(t *testing.T, c clock.Clock) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(),
		store.Options{URL: "sqlite://" + filepath.Join(t.TempDir(), "hadir.db"), Clock: c,
			Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.DB.Close()) })
	_, err = s.DB.MigrateUp(t.Context())
	require.NoError(t, err)
	return s
}

func employees(t *testing.T, s *store.Store) []attendance.Employee {
	t.Helper()
	rows, next, err := s.Employees.Employees(t.Context(), company.EmployeeFilter{Limit: 500})
	require.NoError(t, err)
	require.Empty(t, next)
	return rows
}

// days returns everything stored.
func entriesOf(t *testing.T, s *store.Store) []attendance.Entry {
	t.Helper()
	var all []attendance.Entry
	cursor := ""
	for {
		rows, next, err := s.Lists.History(t.Context(),
			lists.DayFilter{From: attendance.NewDate(2020, 1, 1), To: attendance.NewDate(2030, 1, 1), Limit: 500,
				Cursor: cursor})
		require.NoError(t, err)
		all = append(all, rows...)
		if cursor = next; cursor == "" {
			return all
		}
	}
}

func TestSeedMakesACompany(t *testing.T) {
	t.Parallel()
	s := openStore(t, clock.NewManual(monday))
	c, err := demo.Seed(t.Context(), s, demo.Options{Clock: clock.NewManual(monday)})
	require.NoError(t, err)
	require.True(t, c.Seeded)
	require.Equal(t, demo.Password, c.Password)

	branches, err := s.Branches.Branches(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, branches, 3)
	zones := map[string]string{}
	codes := map[int64]string{}
	for _, b := range branches {
		zones[b.Code], codes[b.ID] = b.Zone, b.Code
		require.NotEmpty(t, b.Sites)
	}
	require.Equal(t, map[string]string{"JKT": "Asia/Jakarta", "MKS": "Asia/Makassar", "JYP": "Asia/Jayapura"}, zones)

	es := employees(t, s)
	require.Len(t, es, 120)
	names, perBranch, departments := map[string]bool{}, map[string]int{}, map[string]bool{}
	for _, e := range es {
		names[e.Name], departments[e.Department] = true, true
		perBranch[codes[e.BranchID]]++
		require.True(t, strings.HasPrefix(e.Number, codes[e.BranchID]+"-"), e.Number)
		require.NotEmpty(t, e.Position)
	}
	require.Len(t, names, 120, "nobody shares a name")
	require.Len(t, departments, 8)
	require.Equal(t, map[string]int{"JKT": 60, "MKS": 35, "JYP": 25}, perBranch)

	kiosks, err := s.Kiosks.All(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, kiosks, 1)
	require.Equal(t, "JKT", codes[kiosks[0].BranchID])
	vouched, err := s.Kiosks.Vouchers(t.Context(), kiosks[0].ID)
	require.NoError(t, err)
	require.Empty(t, vouched, "its people punch without anybody's confirmation")
	holder, err := s.Credentials.ByNumber(t.Context(), "JKT-0001")
	require.NoError(t, err)
	fits, err := argon2id.ComparePasswordAndHash(demo.PIN, holder.PINHash)
	require.NoError(t, err)
	require.True(t, fits)
	require.NoError(t, kiosk.CheckPIN(c.PIN, "JKT-0001"))

	users, err := s.Users.UserCount(t.Context())
	require.NoError(t, err)
	require.Equal(t, 123, users)
	roles := []account.Role{}
	for _, l := range c.Logins {
		u, hash, err := s.Users.UserByLogin(t.Context(), l.Login)
		require.NoError(t, err)
		require.Equal(t, l.Role, u.Role)
		ok, err := argon2id.ComparePasswordAndHash(demo.Password, hash)
		require.NoError(t, err)
		require.True(t, ok)
		roles = append(roles, u.Role)
		if u.Role == account.RoleBranchAdmin {
			require.Len(t, u.BranchIDs, 1)
			require.Equal(t, "JKT", codes[u.BranchIDs[0]])
		}
		if u.Role == account.RoleEmployee {
			require.Equal(t, "JKT-0001", l.Login)
			require.NotZero(t, u.EmployeeID)
		}
	}
	require.ElementsMatch(t, account.Roles(), roles)
	plausible(t, s)
}

// plausible looks at the whole history of a company that was made on monday.
func plausible(t *testing.T, s *store.Store) {
	count := map[attendance.Status]int{}
	dates := map[attendance.Date]bool{}
	overtime, worked := 0, 0
	for _, d := range entriesOf(t, s) {
		dates[d.WorkDate] = true
		require.EqualValues(t, 1, d.Version)
		require.LessOrEqual(t, d.WorkDate, attendance.NewDate(2026, 11, 23))
		if d.FirstIn != nil {
			require.False(t, d.FirstIn.After(monday), "nothing from the future")
		}
		if d.WorkDate < attendance.NewDate(2026, 11, 22) { // finished everywhere
			count[d.Status]++
		}
		require.NotContains(t, d.Flags, attendance.FlagOffShift)
		require.NotContains(t, d.Flags, attendance.FlagNoCheckIn)
		if d.OvertimeMinutes >= 45 {
			overtime++
		}
		if d.WorkedMinutes > 0 {
			worked++
		}
	}
	require.GreaterOrEqual(t, len(dates), 60)
	expected := count[attendance.StatusPresent] + count[attendance.StatusLate] + count[attendance.StatusHalfDay] +
		count[attendance.StatusIncomplete] + count[attendance.StatusAbsent]
	percent := func(st attendance.Status) float64 { return 100 * float64(count[st]) / float64(expected) }
	require.Greater(t, expected, 4000)
	require.InDelta(t, 84, percent(attendance.StatusPresent), 6)
	require.InDelta(t, 9, percent(attendance.StatusLate), 4)
	require.InDelta(t, 3, percent(attendance.StatusHalfDay), 2)
	require.InDelta(t, 2, percent(attendance.StatusIncomplete), 1.5)
	require.InDelta(t, 2, percent(attendance.StatusAbsent), 1.5)
	require.Positive(t, count[attendance.StatusOnLeave])
	require.Positive(t, count[attendance.StatusHoliday], "Makassar's anniversary is in these weeks")
	require.Zero(t, count[attendance.StatusPending])
	require.InDelta(t, 7, 100*float64(overtime)/float64(worked), 4)
}

// What is stored is what the rules say, at whatever hour the company is made: nothing changes when a day is computed
// again.
func TestEveryStoredDayIsWhatTheRulesSay(t *testing.T) {
	t.Parallel()
	for _, now := range []time.Time{
		time.Date(2026, 11, 24, 16, 30, 0, 0, time.UTC), // the day shift's windows have just closed
		time.Date(2026, 11, 22, 18, 30, 0, 0, time.UTC), // already Monday everywhere in Indonesia
		time.Date(2027, 1, 1, 16, 59, 59, 0, time.UTC),  // a holiday's last second in Jakarta, over elsewhere
		time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC),
	} {
		t.Run(now.Format(time.RFC3339), func(t *testing.T) {
			t.Parallel()
			s := openStore(t, clock.NewManual(now))
			_, err := demo.Seed(t.Context(), s, demo.Options{Clock: clock.NewManual(now), Days: 21})
			require.NoError(t, err)
			type key struct {
				employee int64
				date     attendance.Date
			}
			stored := map[key]attendance.Day{}
			for _, d := range entriesOf(t, s) {
				stored[key{d.EmployeeID, d.WorkDate}] = d.Day
			}
			punches := 0
			for _, e := range employees(t, s) {
				last := attendance.DateOf(now, time.UTC).AddDays(2)
				first := last.AddDays(-30)
				_, roster, err := s.Plans.Roster(t.Context(), e.ID, first, last)
				require.NoError(t, err)
				ps, err := s.Days.Punches(t.Context(), e.ID, first.UTC(), last.UTC())
				require.NoError(t, err)
				punches += len(ps)
				counted := 0
				today := attendance.DateOf(now, roster.On(first).Zone)
				for d := today.AddDays(-21); d <= today; d++ {
					want := roster.Day(e.ID, d, ps, now)
					got, found := stored[key{e.ID, d}]
					delete(stored, key{e.ID, d})
					if !found { // what the plan says anyway needs no row
						require.Zero(t, want.PunchCount)
						require.Contains(t, []attendance.Status{attendance.StatusPending, attendance.StatusDayOff},
							want.Status)
						continue
					}
					got.Version, got.UpdatedAt = 0, time.Time{}
					require.Equal(t, want, got, "%s on %s", e.Number, d)
					counted += got.PunchCount
				}
				require.Equal(t, len(ps), counted, "every punch of %s belongs to a stored day", e.Number)
			}
			require.Empty(t, stored, "no other days")
			require.Greater(t, punches, 2000)
		})
	}
}

func TestASecondSeedChangesNothing(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(monday)
	s := openStore(t, c)
	first, err := demo.Seed(t.Context(), s, demo.Options{Clock: c, Days: 14})
	require.NoError(t, err)
	before := entriesOf(t, s)
	c.Advance(48 * time.Hour)
	second, err := demo.Seed(t.Context(), s, demo.Options{Clock: c})
	require.NoError(t, err)
	require.False(t, second.Seeded)
	require.ElementsMatch(t, first.Logins, second.Logins)
	require.Equal(t, before, entriesOf(t, s))
}

func TestTheSameNumberMakesTheSameCompany(t *testing.T) {
	t.Parallel()
	var made [2][]attendance.Entry
	for i := range made {
		s := openStore(t, clock.NewManual(monday))
		_, err := demo.Seed(t.Context(), s, demo.Options{Clock: clock.NewManual(monday), Employees: 48, Days: 14})
		require.NoError(t, err)
		made[i] = entriesOf(t, s)
	}
	require.Equal(t, made[0], made[1])
}

func TestOtherDatabasesAreLeftAlone(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(monday)
	s := openStore(t, c)
	_, err := s.Branches.AddBranch(t.Context(),
		attendance.Branch{Code: "HQ", Name: "Pusat", Zone: "Asia/Jakarta", Active: true}, ledger.Actor{})
	require.NoError(t, err)
	_, err = demo.Seed(t.Context(), s, demo.Options{Clock: c})
	require.ErrorIs(t, err, demo.ErrInterrupted, "branches without a user")
	_, err = s.Users.AddFirstUser(t.Context(), "",
		account.User{Login: "boss@example.test", Name: "Boss", Role: account.RoleAdmin}, "!")
	require.NoError(t, err)
	creds, err := demo.Seed(t.Context(), s, demo.Options{Clock: c})
	require.NoError(t, err)
	require.False(t, creds.Seeded)
	require.Empty(t, creds.Logins)
	require.Empty(t, employees(t, s))
}

// The program must answer within a second of its start, of which this may take 700 ms.
func BenchmarkSeed(b *testing.B) {
	c := clock.NewManual(monday)
	for b.Loop() {
		b.StopTimer()
		s, err := store.Open(b.Context(),
			store.Options{URL: "sqlite://" + filepath.Join(b.TempDir(), "hadir.db"), Clock: c})
		require.NoError(b, err)
		_, err = s.DB.MigrateUp(b.Context())
		require.NoError(b, err)
		b.StartTimer()
		_, err = demo.Seed(b.Context(), s, demo.Options{Clock: c})
		require.NoError(b, err)
		b.StopTimer()
		require.NoError(b, s.DB.Close())
		b.StartTimer()
	}
}
