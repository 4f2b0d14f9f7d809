package worker_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"hadir/internal/queue"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// Fifty people who are added late change each of three dates that were closed. Each date is counted once for all.
func TestDatesOfManyAdditionsAreCountedOnce(t *testing.T) {
	stages(t, 2, func(t *testing.T, s *stage) {
		s.clock.Set(time.Now().Add(24 * time.Hour)) // what is for later stays in the queue
		const people, dates = 50, 3
		var rows []task.Outboxed
		for i := range people {
			for d := range dates {
				payload, err := json.Marshal(task.Recap{V: 1, BranchID: s.branches[0].ID, Again: true,
					WorkDate: s.today().AddDays(-1 - d)})
				require.NoError(t, err)
				rows = append(rows, task.Outboxed{ID: int64(1<<40 + dates*i + d), Kind: task.RecapBranch,
					Payload: payload})
			}
		}
		inspector := queue.NewInspector(s.broker)
		of := func() queue.Stat {
			stats, err := inspector.Stats(t.Context())
			require.NoError(t, err)
			return stats[slices.IndexFunc(stats, func(q queue.Stat) bool { return q.Queue == task.QueueDefault })]
		}
		before := of().AttemptsToday
		s.deliver(rows)
		s.until("all were taken", func() bool {
			q := of()
			return q.AttemptsToday >= before+people*dates && q.Pending+q.Active == 0
		})
		require.Equal(t, dates, of().Scheduled)
	})
}
