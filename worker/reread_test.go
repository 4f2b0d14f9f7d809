package worker_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/importer"
	"hadir/internal/store/days/lists"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// punchFile imports a file of punches by its task.
func (s *stage) punchFile(user int64, file string, mode importer.DirectionMode) task.FileImport {
	s.t.Helper()
	options, err := json.Marshal(importer.PunchOptions{Direction: mode})
	require.NoError(s.t, err)
	im, err := s.Imports.AddFileImport(s.t.Context(),
		task.FileImport{UserID: user, Kind: task.ImportOfPunches, Options: options, FileName: "1_attlog.dat",
			File: []byte(file)})
	require.NoError(s.t, err)
	im, err = s.Imports.StartFileImport(s.t.Context(), im.ID, ledger.Actor{UserID: user})
	require.NoError(s.t, err)
	require.NoError(s.t, s.direct(s.t.Context(), s, im.ID))
	im = s.imported(im.ID)
	require.Equal(s.t, task.ImportDone, im.State)
	return im
}

// Case 21: a terminal without function keys fills the state with a constant. What was read wrongly is read anew: the
// punches stay, struck out, and count for nothing.
func TestAFileThatWasReadWronglyIsReadAnew(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		admin := s.user(account.User{Role: account.RoleAdmin})
		date := s.today().AddDays(-5)
		who := s.people[0]
		day := func() attendance.Day {
			days, _, err := s.Lists.History(
				t.Context(),
				lists.DayFilter{From: date, To: date, EmployeeIDs: []int64{who.ID}},
			)
			require.NoError(t, err)
			require.Len(t, days, 1)
			return days[0].Day
		}
		file := func(status string) (out string) {
			for _, at := range []string{"07:55:00", "12:02:00", "17:10:00"} {
				out += fmt.Sprintf("%s\t%s %s\t1\t%s\t1\t0\n", who.Number, date, at, status)
			}
			return out
		}
		for _, status := range []string{"0", "1"} {
			im := s.punchFile(admin.ID, file(status), importer.AsSaid)
			if status == "0" {
				require.Equal(t, []int64{3, 0, 0}, []int64{im.Created, im.Unchanged, im.Replaced})
			}
			s.punchFile(admin.ID, file(status), importer.BelieveIt)
			require.Equal(t, attendance.StatusIncomplete, day().Status, status)
			require.Zero(t, day().WorkedMinutes)

			im = s.punchFile(admin.ID, file(status), importer.OrderOfDay)
			require.Equal(t, []int64{3, 0, 3}, []int64{im.Created, im.Unchanged, im.Replaced}, "state %s", status)
			d := day()
			require.Equal(t, []any{attendance.StatusPresent, 490, 3}, []any{d.Status, d.WorkedMinutes, d.PunchCount})
			im = s.punchFile(admin.ID, file(status), importer.OrderOfDay)
			require.Equal(t, []int64{0, 3, 0}, []int64{im.Created, im.Unchanged, im.Replaced}, "again changes nothing")
			im = s.punchFile(admin.ID, file(status), importer.AsSaid)
			require.Zero(t, im.Replaced, "nobody said that it is to be read anew")
			require.Equal(t, 490, day().WorkedMinutes)
		}
		zone, err := attendance.LoadZone("Asia/Jakarta")
		require.NoError(t, err)
		ps, err := s.Days.Punches(t.Context(), who.ID, date.At(0, zone), date.AddDays(1).At(0, zone))
		require.NoError(t, err)
		counts := 0
		for _, p := range ps {
			if p.Voided == nil {
				counts++
				require.Equal(t, attendance.Undetermined, p.Direction)
				continue
			}
			require.Equal(t, admin.ID, p.Voided.UserID)
			require.Equal(t, attendance.VoidByImport, p.Voided.Origin)
			require.NotZero(t, p.Voided.Ref)
		}
		require.Equal(t, 3, counts)
		require.Greater(t, len(ps), 6, "all of them stay")
		changed, err := s.Days.RecomputeDays(t.Context(), []int64{who.ID}, date, date)
		require.NoError(t, err)
		require.Zero(t, changed, "a recompute sees the same")
		log, _, err := s.Audit.AuditLog(t.Context(), ledger.AuditFilter{Action: "punch.voided", Limit: 500})
		require.NoError(t, err)
		require.Len(t, log, len(ps)-3)
		_, err = s.Audit.VerifyAudit(t.Context())
		require.NoError(t, err)
	})
}

// What a terminal pushed with a constant state is read anew from its log; when it pushes that again nothing changes.
func TestWhatATerminalPushedIsReadAnew(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		admin := s.user(account.User{Role: account.RoleAdmin})
		who, date := s.people[0], s.today().AddDays(-5)
		zone, err := attendance.LoadZone("Asia/Jakarta")
		require.NoError(t, err)
		var log string
		var pushed []attendance.NewPunch
		for i, at := range []time.Duration{475, 722, 1030} {
			occurred := date.At(0, zone).Add(at * time.Minute)
			log += fmt.Sprintf("%s\t%s\t1\t0\t1\t0\n", who.Number, occurred.In(zone).Format(time.DateTime))
			pushed = append(pushed, attendance.NewPunch{EmployeeID: who.ID, Direction: attendance.In,
				OccurredAt: occurred.UTC(), Source: attendance.SourceTerminal,
				IdempotencyKey: fmt.Sprint("terminal:", i), LineKey: [16]byte{byte(i + 1)}})
		}
		push := func(replayed bool) {
			results, err := s.Days.RecordBatch(t.Context(), pushed)
			require.NoError(t, err)
			for _, r := range results {
				require.NoError(t, r.Err)
				require.Equal(t, replayed, r.Replayed)
			}
		}
		push(false)
		im := s.punchFile(admin.ID, log, importer.OrderOfDay)
		require.Equal(t, []int64{3, 0, 3}, []int64{im.Created, im.Unchanged, im.Replaced})
		push(true)
		all, _, err := s.Lists.History(t.Context(), lists.DayFilter{From: date, To: date, EmployeeIDs: []int64{who.ID}})
		require.NoError(t, err)
		require.Equal(t, 490, all[0].WorkedMinutes)
	})
}

// The same times without a direction repair it, too, and neither one's own punches nor a locked period are read anew.
func TestWhatMayNotBeReadAnew(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		admin := s.user(account.User{Role: account.RoleAdmin, EmployeeID: s.people[1].ID})
		date := s.today().AddDays(-5)
		line := func(person int, d attendance.Date, direction string) string {
			return fmt.Sprintf("number,time,direction\n%s,%s 08.00,%s\n", s.people[person].Number, d, direction)
		}
		for _, person := range []int{0, 1, 4} {
			s.punchFile(admin.ID, line(person, date, "out"), importer.AsSaid)
		}
		_, _, err := s.Recaps.Recap(t.Context(), s.branches[1].ID, date, false)
		require.NoError(t, err)
		_, err = s.Branches.ChangeBranch(
			t.Context(),
			s.branches[1].ID,
			ledger.Actor{},
			func(b *attendance.Branch) error {
				b.LockedThrough = &date
				return nil
			},
		)
		require.NoError(t, err)
		im := s.punchFile(admin.ID, line(0, date, ""), importer.AsSaid)
		require.EqualValues(t, 1, im.Noted)
		require.Contains(t, im.Notes, string(importer.NoteOtherDirection))
		im = s.punchFile(admin.ID, line(0, date, ""), importer.OrderOfDay)
		require.EqualValues(t, 1, im.Replaced, "also after it was recorded beside it")
		for person, code := range map[int]importer.Code{1: importer.CodeOwnRequest, 4: importer.CodeLocked} {
			im = s.punchFile(admin.ID, line(person, date, ""), importer.OrderOfDay)
			require.EqualValues(t, 1, im.Rejected, code)
			require.Contains(t, im.Rejections, string(code))
		}
	})
}
