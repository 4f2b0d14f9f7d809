package store_test

import (
	"fmt"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// innodbTablesAge is how far apart readings of INNODB_TRX must be: the server fills it anew only when nobody has read
// it for a tenth of a second, so who reads it more often sees for ever what was at first.
const innodbTablesAge = 250 * time.Millisecond

// A branch that goes out of use while somebody is moved into it gets nobody, and who is added to one has written
// nothing, and so holds no lock that others need, while the branch is somebody else's.
func TestABranchThatGoesOutOfUseMeanwhile(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := newBench(migrated.MariaDB(t)) // SQLite lets one write at a time
	b.rooms = b.another(t)
	_, es := b.company(t, 1)
	to := b.branch(t, attendance.Branch{Code: "TUTUP", Name: "Tutup", Zone: "Asia/Jakarta", Active: true})
	// during runs change while a transaction holds the branch by a statement, and returns its error and how many rows
	// it had written when it came to wait.
	during := func(change func() error, statement string) (written int64, err error) {
		done := make(chan error, 1)
		require.NoError(t, b.Write(ctx, func(exec func(statement string) error) error {
			if err := exec(fmt.Sprintf(statement, to.ID)); err != nil {
				return err
			}
			go func() { done <- change() }()
			require.Eventually(t, func() bool {
				var waiting []int64
				require.NoError(t, b.Query(ctx, &waiting, `
SELECT t.trx_rows_modified FROM information_schema.innodb_trx AS t
JOIN information_schema.processlist AS p ON p.id = t.trx_mysql_thread_id
WHERE t.trx_state = 'LOCK WAIT' AND p.db = DATABASE()`))
				if len(waiting) == 1 {
					written = waiting[0]
				}
				return len(waiting) == 1
			}, testkit.Patience, innodbTablesAge)
			return nil
		}))
		return written, <-done
	}

	written, err := during(func() error {
		_, err := b.AddEmployee(ctx, attendance.Employee{Number: "B-1", Name: "Baru", BranchID: to.ID,
			Status: attendance.EmployeeActive}, ledger.Actor{})
		return err
	}, "SELECT id FROM branches WHERE id = %d FOR UPDATE")
	require.NoError(t, err)
	require.Zero(t, written)

	_, err = during(func() error { return b.tryMove(t, es[0], monday, to) },
		"UPDATE branches SET active = FALSE WHERE id = %d")
	require.Equal(t, attendance.CodeInvalid, attendance.CodeOf(err), "%v", err)
	e, err := b.Employee(ctx, es[0].ID)
	require.NoError(t, err)
	require.Equal(t, es[0].BranchID, e.BranchID)
}
