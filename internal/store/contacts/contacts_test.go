package contacts_test

import (
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/attendance/contact"
	"hadir/internal/clock"
	"hadir/internal/store"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// Two nodes note whom they meet: what is kept is what the rule says, and no row changes twice within five minutes.
func TestMeetingsAreNotedOnceInFiveMinutes(t *testing.T) {
	t.Parallel()
	for name, url := range migrated.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			var nodes []*store.Store
			for range 2 {
				s, err := store.Open(ctx, store.Options{URL: url, Clock: clock.System()})
				require.NoError(t, err)
				t.Cleanup(func() { _ = s.Close() })
				nodes = append(nodes, s)
			}
			b, err := nodes[0].Branches.AddBranch(ctx, attendance.Branch{Code: "J", Name: "Jakarta",
				Zone: "Asia/Jakarta", Policy: attendance.PolicyRecord, Active: true}, ledger.Actor{})
			require.NoError(t, err)
			people := []attendance.Employee{
				{Number: "1", Name: "Ana", BranchID: b.ID, Status: attendance.EmployeeActive},
				{Number: "2", Name: "Budi", BranchID: b.ID, Status: attendance.EmployeeActive},
				{Number: "3", Name: "Citra", BranchID: b.ID, Status: attendance.EmployeeActive}}
			_, err = nodes[0].Employees.UpsertEmployees(ctx, people)
			require.NoError(t, err)
			ana, budi, citra := people[0].ID, people[1].ID, people[2].ID
			began := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
			after := func(minutes int) time.Time { return began.Add(time.Duration(minutes) * time.Minute) }
			want := map[int64]contact.Met{}
			for i, meeting := range []struct {
				minute int
				who    []int64
			}{
				{0, []int64{ana}}, {1, []int64{budi, ana}}, {4, []int64{ana}}, {5, []int64{citra, ana}},
				{6, []int64{ana, budi, citra}}, {9, []int64{ana}}, {60, []int64{budi, ana}}, {61, []int64{budi, ana}},
			} {
				for _, id := range meeting.who {
					want[id] = want[id].Then(after(meeting.minute))
				}
				known, err := nodes[i%2].Contacts.Meet(ctx, meeting.who, after(meeting.minute))
				require.NoError(t, err)
				for _, id := range meeting.who {
					require.Equal(t, want[id], known[id], "%d at %d", id, meeting.minute)
				}
				for id, m := range want {
					met, err := nodes[1-i%2].Contacts.Met(ctx, id)
					require.NoError(t, err)
					require.Equal(t, m, met, "%d at %d", id, meeting.minute)
				}
			}
			require.Equal(t, contact.Met{At: after(60), Before: after(5)}, want[ana])
			nobody, err := nodes[0].Contacts.Met(ctx, 1<<40)
			require.NoError(t, err)
			require.Zero(t, nobody)
		})
	}
}
