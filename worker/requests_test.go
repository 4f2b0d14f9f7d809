package worker_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/queue"
	"hadir/internal/realtime"
	"hadir/internal/store/company/requests"
	"hadir/internal/store/days/lists"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// request stores a request and decides it.
func (s *stage) request(q attendance.Request, state attendance.RequestState) int64 {
	s.t.Helper()
	id, err := s.Requests.AddRequest(s.t.Context(), ledger.Actor{}, q)
	require.NoError(s.t, err)
	s.until("announced", func() bool {
		return len(events[attendance.Request](s, realtime.EmployeeChannel(q.EmployeeID), realtime.EventRequest)) > 0
	})
	err = s.Requests.DecideRequest(
		s.t.Context(),
		ledger.Actor{},
		q.Type,
		id,
		requests.Decision{State: state, Note: "x"},
	)
	require.NoError(s.t, err)
	return id
}

func TestAnApprovedCorrectionBecomesAPunchOnce(t *testing.T) {
	stages(t, 2, func(t *testing.T, s *stage) {
		s.punch(0, attendance.In, -4*time.Hour) // 08:00; 12:00 now
		at, d := s.clock.Now().Add(-time.Minute).UTC(), s.today()
		q := attendance.Request{Type: attendance.RequestCorrection, EmployeeID: s.people[0].ID, WorkDate: &d,
			Direction: attendance.Out, OccurredAt: &at, Reason: "mesin mati"}
		id := s.request(q, attendance.RequestApproved)
		var applied attendance.Request
		s.until("applied", func() bool {
			var err error
			applied, err = s.Requests.Request(t.Context(), attendance.RequestCorrection, id)
			return err == nil && applied.PunchID != 0
		})
		ps, err := s.Days.Punches(t.Context(), s.people[0].ID, at.Add(-time.Hour), at.Add(time.Hour))
		require.NoError(t, err)
		require.Len(t, ps, 1)
		require.Equal(t, applied.PunchID, ps[0].ID)
		require.Equal(t, attendance.SourceCorrection, ps[0].Source)
		require.Equal(t, "mesin mati", ps[0].Note)
		s.until("seen", func() bool {
			all := events[realtime.Recorded](s, realtime.BranchChannel(s.branches[0].ID), realtime.EventRecorded)
			return len(all) > 0 && all[len(all)-1].Days[0].LastOut != nil
		})
		// The task again, as after a worker died at its last step: no second punch.
		s.deliver([]task.Outboxed{
			{ID: 1 << 41, Kind: task.CorrectionApply,
				Payload: payload(t, task.Request{V: 1, Type: attendance.RequestCorrection, ID: id})}})
		require.NoError(t, s.Requests.CorrectionApplied(t.Context(), id, 0))
		s.deliver([]task.Outboxed{
			{ID: 1<<41 + 1, Kind: task.CorrectionApply,
				Payload: payload(t, task.Request{V: 1, Type: attendance.RequestCorrection, ID: id})}})
		s.until("applied again", func() bool {
			q, err := s.Requests.Request(t.Context(), attendance.RequestCorrection, id)
			return err == nil && q.PunchID == applied.PunchID
		})
		s.until("it is told that it is recorded", func() bool {
			told := events[attendance.Request](s, realtime.ChannelCompany, realtime.EventRequest)
			require.Equal(t, attendance.RequestPending, told[0].State)
			return told[len(told)-1].PunchID == applied.PunchID
		})
	})
}

// What was known about a claim when it arrived is that of its punch, and is not judged again: the fence of the branch
// refuses nothing that somebody has approved.
func TestAnApprovedClaimKeepsItsEvidence(t *testing.T) {
	stages(t, 1, func(t *testing.T, s *stage) {
		_, err := s.Branches.ChangeBranch(t.Context(), s.branches[0].ID, ledger.Actor{},
			func(b *attendance.Branch) error {
				b.Policy = attendance.PolicyBlock
				b.Sites = []attendance.Site{{Name: "Monas", Latitude: -6.1754, Longitude: 106.8272, Radius: 100}}
				return nil
			})
		require.NoError(t, err)
		id, other, metres := s.people[0].ID, s.people[1].ID, 4_711.0
		at, device := s.clock.Now().Add(-time.Minute).UTC(), [16]byte{7}
		judged := attendance.Punch{Source: attendance.SourceMobile, Device: "Ponsel Ana",
			Fix: &attendance.Fix{Latitude: -6.3, Longitude: 106.8, Accuracy: 12}, Distance: &metres, OutsideArea: true,
			Doubts:     []attendance.Doubt{attendance.DoubtSharedDevice, attendance.DoubtTooFast},
			SharedWith: other, Moved: &attendance.Moved{Metres: 9_000, Seconds: 60}}
		q, _, err := s.Requests.AddClaim(t.Context(), ledger.Actor{}, requests.Claimed{EmployeeID: id,
			WorkDate: s.today(), Direction: attendance.In, OccurredAt: at, Why: attendance.WaitPolicy, Key: "k",
			Judged: judged, DeviceHash: device})
		require.NoError(t, err)
		require.NoError(t, s.Requests.DecideRequest(t.Context(), ledger.Actor{}, attendance.RequestCorrection, q,
			requests.Decision{State: attendance.RequestApproved}))
		var ps []attendance.Punch
		s.until("recorded", func() bool {
			ps, err = s.Days.Punches(t.Context(), id, at.Add(-time.Hour), at.Add(time.Hour))
			return err == nil && len(ps) > 0
		})
		p := ps[0]
		require.Equal(t, attendance.SourceCorrection, p.Source)
		judged.Source = p.Source
		judged.ID, judged.EmployeeID, judged.BranchID, judged.Zone = p.ID, p.EmployeeID, p.BranchID, p.Zone
		judged.Direction, judged.OccurredAt, judged.ReceivedAt = attendance.In, at, p.ReceivedAt
		require.Equal(t, judged, p)
		days, _, err := s.Lists.History(t.Context(),
			lists.DayFilter{From: s.today(), To: s.today(), EmployeeIDs: []int64{id}, Limit: 1})
		require.NoError(t, err)
		require.Equal(t, []attendance.Flag{attendance.FlagCorrected, attendance.FlagImplausible,
			attendance.FlagOutsideArea}, days[0].Flags)

		// A later punch is held against the place, but the device was not used when somebody approved.
		now := s.clock.Now()
		rs, err := s.Days.RecordBatch(t.Context(), []attendance.NewPunch{
			{EmployeeID: id, Direction: attendance.Out, OccurredAt: now, Source: attendance.SourceMobile,
				Fix:            &attendance.Fix{Latitude: -6.1754, Longitude: 106.8272, Accuracy: 12},
				IdempotencyKey: "out"},
			{EmployeeID: other, Direction: attendance.In, OccurredAt: now, Source: attendance.SourceMobile,
				Fix:            &attendance.Fix{Latitude: -6.1754, Longitude: 106.8272, Accuracy: 12},
				IdempotencyKey: "in", DeviceHash: device}})
		require.NoError(t, err)
		require.NoError(t, rs[0].Err)
		require.NoError(t, rs[1].Err)
		require.Equal(t, []attendance.Doubt{attendance.DoubtTooFast}, rs[0].Punch.Doubts)
		require.Empty(t, rs[1].Punch.Doubts)
	})
}

// Case 17: in 08:00, out 20:00 by somebody else's finger; 16:30 takes its place, and the day and its overtime follow.
func TestAnApprovedCorrectionTakesThePlaceOfAWrongPunch(t *testing.T) {
	stages(t, 1, func(t *testing.T, s *stage) {
		s.clock.Advance(8*time.Hour + time.Minute) // 20:01
		s.punch(0, attendance.In, -12*time.Hour)
		s.punch(0, attendance.Out, -time.Minute)
		d, now, id := s.today(), s.clock.Now().UTC(), s.people[0].ID
		punches := func() []attendance.Punch {
			ps, err := s.Days.Punches(t.Context(), id, now.Add(-24*time.Hour), now)
			require.NoError(t, err)
			return ps
		}
		wrong, right := punches()[1], now.Add(-3*time.Hour-31*time.Minute)
		q := s.request(attendance.Request{Type: attendance.RequestCorrection, EmployeeID: id, WorkDate: &d,
			Direction: attendance.Out, OccurredAt: &right, VoidPunchID: wrong.ID, Reason: "jari orang lain"},
			attendance.RequestApproved)
		s.until("the day follows", func() bool {
			days, _, err := s.Lists.History(t.Context(), lists.DayFilter{EmployeeIDs: []int64{id}, From: d, To: d})
			return err == nil && len(days) == 1 && days[0].LastOut != nil && days[0].LastOut.Equal(right) &&
				days[0].OvertimeMinutes == 0
		})
		all := punches()
		require.Len(t, all, 3)
		require.Equal(t, []any{wrong.ID, attendance.VoidByCorrection, q},
			[]any{all[2].ID, all[2].Voided.Origin, all[2].Voided.Ref})
		s.until("screens forget the wrong one", func() bool {
			seen := events[realtime.Recorded](s, realtime.BranchChannel(s.branches[0].ID), realtime.EventRecorded)
			return slices.ContainsFunc(seen, func(e realtime.Recorded) bool {
				return e.Days[0].LastPunch != nil && e.Days[0].LastPunch.ID == all[1].ID
			})
		})
	})
}

func TestAnApprovedLeaveChangesItsDays(t *testing.T) {
	stages(t, 1, func(t *testing.T, s *stage) {
		today := s.today()
		require.NoError(t, s.Days.SeedHistory(t.Context(), nil,
			[]attendance.Day{{EmployeeID: s.people[1].ID, WorkDate: today - 1, BranchID: s.branches[0].ID,
				Zone: "Asia/Jakarta", Status: attendance.StatusAbsent}}))
		from, to := today-1, today
		id := s.request(attendance.Request{Type: attendance.RequestLeave, EmployeeID: s.people[1].ID,
			Kind: attendance.LeaveSick, From: &from, To: &to, Reason: "demam"}, attendance.RequestApproved)
		yesterday := func(want attendance.Status) func() bool {
			return func() bool {
				rows, _, err := s.Lists.History(t.Context(), lists.DayFilter{EmployeeIDs: []int64{s.people[1].ID}})
				return err == nil && len(rows) == 1 && rows[0].Status == want
			}
		}
		counted := func(want int) func() bool {
			return func() bool {
				all := events[attendance.Summary](s, realtime.ChannelCompany, realtime.EventSummary)
				return len(all) > 0 && all[len(all)-1].Counts[attendance.StatusOnLeave] == want
			}
		}
		s.until("yesterday is leave now", yesterday(attendance.StatusOnLeave))
		s.until("today's counters too", counted(1))

		s.clock.Advance(2 * time.Second) // a summary a second
		err := s.Requests.DecideRequest(t.Context(), ledger.Actor{}, attendance.RequestLeave, id,
			requests.Decision{State: attendance.RequestRevoked, Note: "masuk kembali"})
		require.NoError(t, err)
		s.until("yesterday is absent again", yesterday(attendance.StatusAbsent))
		// The clock stands still, so the summary of the next second has come before the days were computed.
		require.NoError(t, s.queue.Enqueue(t.Context(), task.SummaryRefresh, "summary:later",
			task.Summary{V: 1, BranchID: s.branches[0].ID}, queue.EnqueueOptions{}))
		s.until("today's counters too", counted(0))
		err = s.Requests.DecideRequest(t.Context(), ledger.Actor{}, attendance.RequestLeave, id,
			requests.Decision{State: attendance.RequestRevoked, Note: "lagi"})
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(err), "it is revoked")
	})
}

func TestARefusedCorrectionAddsNothing(t *testing.T) {
	stages(t, 1, func(t *testing.T, s *stage) {
		at, d := s.clock.Now().Add(-time.Minute).UTC(), s.today()
		id := s.request(attendance.Request{Type: attendance.RequestCorrection, EmployeeID: s.people[0].ID, WorkDate: &d,
			Direction: attendance.In, OccurredAt: &at, Reason: "x"}, attendance.RequestRefused)
		s.deliver([]task.Outboxed{
			{ID: 1 << 42, Kind: task.CorrectionApply,
				Payload: payload(t, task.Request{V: 1, Type: attendance.RequestCorrection, ID: id})}})
		s.until("the refusal is seen", func() bool {
			all := events[attendance.Request](s, realtime.EmployeeChannel(s.people[0].ID), realtime.EventRequest)
			return len(all) == 2 && all[1].State == attendance.RequestRefused
		})
		s.until("the task ended", func() bool {
			os, err := s.Outcomes.Outcomes(t.Context(), time.Now().Add(-time.Hour))
			if err != nil {
				return false
			}
			for _, o := range os {
				if o.Kind == task.CorrectionApply && o.Succeeded == 1 {
					return true
				}
			}
			return false
		})
		ps, err := s.Days.Punches(t.Context(), s.people[0].ID, at.Add(-time.Hour), at.Add(time.Hour))
		require.NoError(t, err)
		require.Empty(t, ps)
	})
}

func payload(t *testing.T, v any) []byte {
	t.Helper()
	j, err := json.Marshal(v)
	require.NoError(t, err)
	return j
}
