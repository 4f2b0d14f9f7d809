package session

import (
	"testing"
	"testing/synctest"
	"time"

	"hadir/internal/account"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// Callers are remembered for the time that was said, however often they are asked for, and afterwards nothing of them
// is left and nothing wakes up any more.
func TestCallersAreRememberedForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(3, 5*time.Second)
		caller := func(id int64) Caller {
			return Caller{User: account.User{ID: id}, TokenHash: [32]byte{byte(id)}}
		}
		knows := func(ids ...int64) {
			t.Helper()
			var known []int64
			for id := range int64(10) {
				if who, ok := m.get([32]byte{byte(id)}); ok {
					require.Equal(t, id, who.User.ID)
					known = append(known, id)
				}
			}
			require.Equal(t, ids, known)
		}
		m.add(caller(1))
		testkit.Elapse(3 * time.Second)
		m.add(caller(2))
		knows(1, 2)
		testkit.Elapse(2*time.Second - time.Millisecond)
		knows(1, 2)
		testkit.Elapse(time.Millisecond)
		knows(2)
		m.add(caller(2)) // looked up anew
		testkit.Elapse(5*time.Second - time.Millisecond)
		knows(2)
		testkit.Elapse(20 * time.Second)
		knows()
		require.Zero(t, m.callers.Len())
		require.False(t, m.sweeping)

		for id := range int64(5) {
			m.add(caller(id))
		}
		knows(2, 3, 4)
		m.remove([32]byte{3})
		knows(2, 4)
		m.removeUser("4")
		knows(2)
		m.removeUser("")
		knows()
	})
}
