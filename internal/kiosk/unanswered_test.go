package kiosk_test

import (
	"testing"
	"time"

	"hadir/internal/kiosk"

	"github.com/stretchr/testify/require"
)

func TestAPunchWithoutAnAnswer(t *testing.T) {
	at := time.Date(2026, 11, 2, 1, 0, 0, 0, time.UTC)
	u := kiosk.Unanswered{From: at, To: at.Add(10 * time.Second)}
	soon := at.Add(time.Minute)
	for _, c := range []struct {
		received, now time.Time
		want          bool
	}{
		{at.Add(time.Second), soon, true},
		{at.Add(-time.Minute), soon, true}, // the tablet's clock was ahead, or it was a repeat
		{at.Add(-time.Minute - 1), soon, false},
		{at.Add(39 * time.Second), soon, true}, // it was stored after the tablet gave up
		{at.Add(40 * time.Second), soon, false},
		{at.Add(time.Second), at.Add(10*time.Second + 2*time.Hour - 1), true},
		{at.Add(time.Second), at.Add(10*time.Second + 2*time.Hour), false},
	} {
		require.Equal(t, c.want, u.Covers(c.received, c.now), "%v %v", c.received.Sub(at), c.now.Sub(at))
	}
}
