package review_test

import (
	"strings"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/attendance/review"

	"github.com/stretchr/testify/require"
)

// What a branch only records is no reason, and what came by a correction was looked at before.
func TestReasonsGoByTheBranchsPolicies(t *testing.T) {
	t.Parallel()
	flagged := attendance.Branch{Policy: attendance.PolicyFlag, NetworkPolicy: attendance.PolicyFlag}
	recorded := attendance.Branch{Policy: attendance.PolicyRecord, NetworkPolicy: attendance.PolicyRecord}
	everything := attendance.Punch{Source: attendance.SourceWeb, OutsideArea: true, Offline: true,
		Doubts: []attendance.Doubt{attendance.DoubtClock, attendance.DoubtExact, attendance.DoubtForeignNetwork,
			attendance.DoubtInaccurate, attendance.DoubtKioskHurry, attendance.DoubtOwnKiosk,
			attendance.DoubtRepeatedHour, attendance.DoubtSamePlace, attendance.DoubtSharedDevice,
			attendance.DoubtTooFast}}
	require.Equal(t, review.Reasons(), review.Of(&everything, &flagged, true))
	require.Equal(t, []review.Reason{review.SharedDevice, review.Clock, review.Offline, review.RepeatedHour,
		review.KioskHurry, review.OwnKiosk},
		review.Of(&everything, &recorded, false))
	corrected := everything
	corrected.Source = attendance.SourceCorrection
	require.Empty(t, review.Of(&corrected, &flagged, true))
	require.Empty(t, review.Of(&attendance.Punch{Source: attendance.SourceWeb}, &flagged, false))
	require.Equal(t, review.Reasons(), review.OfText(review.Text(review.Reasons())))
}

// Lists look for codes within the text of a row, so none may be a part of another one.
func TestNoReasonIsAPartOfAnother(t *testing.T) {
	t.Parallel()
	for _, a := range review.Reasons() {
		for _, b := range review.Reasons() {
			require.True(t, a == b || !strings.Contains(string(a), string(b)), "%s holds %s", a, b)
		}
	}
}

func TestWhatReasonsWeigh(t *testing.T) {
	t.Parallel()
	for _, r := range review.Reasons() {
		require.Positive(t, review.Weigh(r), r)
		require.LessOrEqual(t, review.Weigh(r), review.MostWeight, r)
	}
	// Whoever changes one of these changes which punches of today's companies are looked at first.
	pinned := map[review.Reason]int{}
	for _, r := range review.Reasons() {
		pinned[r] = review.Weigh(r)
	}
	require.Equal(t, map[review.Reason]int{review.Clock: 70, review.TooFast: 70, review.OutsideArea: 60,
		review.SharedDevice: 60, review.Exact: 50, review.ForeignNetwork: 40, review.SamePlace: 40,
		review.KioskHurry: 40, review.OwnKiosk: 50, review.Inaccurate: 20, review.QuickOut: 20,
		review.Offline: 15, review.RepeatedHour: 10}, pinned)
	w := review.Weights{review.Offline: 0, review.Clock: 100}
	require.Equal(t, 100+review.Weigh(review.Exact),
		w.Score([]review.Reason{review.Clock, review.Offline, review.Exact}))
	listed, all := w.Listed()
	require.False(t, all)
	require.NotContains(t, listed, review.Offline)
	require.Len(t, w.Whole(), len(review.Reasons()))
	for _, wrong := range []review.Weights{{"other": 1}, {review.Clock: -1}, {review.Clock: 101}} {
		require.Equal(t, attendance.CodeInvalid, attendance.CodeOf(wrong.Validate()))
	}
	require.NoError(t, w.Validate())
}
