package store_test

import (
	"sync"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

func leaveOf(e attendance.Employee, from, to attendance.Date) attendance.Request {
	return attendance.Request{Type: attendance.RequestLeave, EmployeeID: e.ID, Kind: attendance.LeaveAnnual,
		From: &from, To: &to, Reason: "keluarga"}
}

func TestRequestsAndDecisions(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		br, es := b.company(t, 3)
		users, err := b.AddUsers(ctx,
			[]account.User{{Login: "admin", Name: "Ibu Admin", Role: account.RoleAdmin},
				{Login: "cabang", Name: "Pak Cabang", Role: account.RoleBranchAdmin,
					BranchIDs: []int64{br.ID}}}, []string{"!", "!"})
		require.NoError(t, err)
		by := store.Actor{UserID: users[0].ID, Address: "10.0.0.1"}

		id, err := b.AddRequest(ctx, by, leaveOf(es[0], monday, monday+2))
		require.NoError(t, err)
		rows := b.left()
		require.Len(t, rows, 1)
		require.Equal(t, task.RequestBroadcast, rows[0].Kind)
		_, err = b.AddRequest(ctx, by, leaveOf(es[0], monday+2, monday+4))
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(err), "overlaps by a day")
		_, err = b.AddRequest(ctx, by, leaveOf(es[0], monday+3, monday+4))
		require.NoError(t, err)
		ghost := leaveOf(es[0], monday, monday)
		ghost.EmployeeID = 9999
		_, err = b.AddRequest(ctx, by, ghost)
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err))

		q, err := b.Request(ctx, attendance.RequestLeave, id)
		require.NoError(t, err)
		require.Equal(t, attendance.RequestPending, q.State)
		require.Equal(t, "Ibu Admin", q.RequestedName)
		require.Equal(t, br.Name, q.BranchName)
		require.Equal(t, monday, *q.From)

		b.left()
		err = b.DecideRequest(ctx, by, attendance.RequestLeave, id,
			store.Decision{State: attendance.RequestApproved, Note: "baik"})
		require.NoError(t, err)
		rows = b.left()
		require.Len(t, rows, 2)
		require.Equal(t, task.AttendanceRecompute, rows[1].Kind)
		_, r, err := b.Roster(ctx, es[0].ID, monday, monday)
		require.NoError(t, err)
		require.Equal(t, attendance.StatusOnLeave, r.Plan(monday, start), "plans that were kept know of it")
		err = b.DecideRequest(ctx, by, attendance.RequestLeave, id, store.Decision{State: attendance.RequestRefused})
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(err))
		err = b.DecideRequest(ctx, by, attendance.RequestLeave, 9999, store.Decision{State: attendance.RequestRefused})
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err))

		// A refused leave makes room for another.
		second := leaveOf(es[1], monday, monday)
		id, err = b.AddRequest(ctx, by, second)
		require.NoError(t, err)
		b.left()
		err = b.DecideRequest(ctx, by, attendance.RequestLeave, id,
			store.Decision{State: attendance.RequestRefused, Note: "ramai"})
		require.NoError(t, err)
		require.Len(t, b.left(), 1)
		_, err = b.AddRequest(ctx, by, second)
		require.NoError(t, err)

		at, d := start.Add(-time.Hour), monday
		id, err = b.AddRequest(ctx, by,
			attendance.Request{Type: attendance.RequestCorrection, EmployeeID: es[2].ID, WorkDate: &d,
				Direction: attendance.In, OccurredAt: &at, Reason: "lupa"})
		require.NoError(t, err)
		b.left()
		err = b.DecideRequest(ctx, by, attendance.RequestCorrection, id,
			store.Decision{State: attendance.RequestApproved})
		require.NoError(t, err)
		require.Equal(t, task.CorrectionApply, b.left()[1].Kind)
		require.NoError(t, b.CorrectionApplied(ctx, id, 77))
		q, err = b.Request(ctx, attendance.RequestCorrection, id)
		require.NoError(t, err)
		require.EqualValues(t, 77, q.PunchID)
		require.Equal(t, at.UTC(), *q.OccurredAt)

		// Lists go page by page, newest first, and keep to their filters.
		var seen []int64
		for cursor := ""; ; {
			page, next, err := b.Requests(ctx, attendance.RequestLeave, store.RequestFilter{Limit: 1, Cursor: cursor})
			require.NoError(t, err)
			for _, q := range page {
				seen = append(seen, q.ID)
			}
			if cursor = next; next == "" {
				break
			}
		}
		require.Len(t, seen, 4)
		require.Greater(t, seen[0], seen[3])
		for want, f := range map[int]store.RequestFilter{
			2: {States: []attendance.RequestState{attendance.RequestPending}}, 4: {BranchIDs: []int64{br.ID}},
			0: {BranchIDs: []int64{}},
			1: {EmployeeIDs: []int64{es[1].ID}, States: []attendance.RequestState{attendance.RequestRefused}}} {
			page, _, err := b.Requests(ctx, attendance.RequestLeave, f)
			require.NoError(t, err)
			require.Len(t, page, want)
		}

		others, err := b.OtherDeciders(ctx, users[0].ID, users[0].EmployeeID, br.ID)
		require.NoError(t, err)
		require.True(t, others)
		others, err = b.OtherDeciders(ctx, users[0].ID, users[0].EmployeeID, br.ID+1)
		require.NoError(t, err)
		require.False(t, others, "the branch admin has no say there")
	})
}

// Of many decisions at once one counts.
func TestDecisionsAtOnce(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		_, es := b.company(t, 1)
		id, err := b.AddRequest(ctx, store.Actor{}, leaveOf(es[0], monday, monday))
		require.NoError(t, err)
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for i := range 8 {
			s := b.rooms
			if i%2 == 0 {
				s = b.another(t)
			}
			wg.Go(func() {
				state := attendance.RequestApproved
				if i%3 == 0 {
					state = attendance.RequestRefused
				}
				err := s.DecideRequest(ctx, store.Actor{}, attendance.RequestLeave, id,
					store.Decision{State: state, Note: "x"})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				} else if attendance.CodeOf(err) != attendance.CodeConflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1, won)
	})
}
