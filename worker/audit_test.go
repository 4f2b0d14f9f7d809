package worker_test

import (
	"encoding/json"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"

	"hadir/internal/queue"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/testkit"
	"hadir/internal/testkit/migrated"
	"hadir/internal/webhook"
	"hadir/worker"

	"github.com/stretchr/testify/require"
)

// Once a day the head of the audit log goes to where the database cannot reach, with what a look at all of it found.
func TestTheHeadOfTheAuditLogIsSentAway(t *testing.T) {
	t.Parallel()
	for name, url := range migrated.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testkit.SMTP(t, "starttls")
			s := newStageWith(t, url, 1, server)
			r := newReceiver(t, always(204))
			s.endpoint(r, webhook.KindHead)
			require.NoError(t, s.Audit.Audit(t.Context(), ledger.AuditEntry{Action: "employee.updated"}))
			head, err := s.Audit.AuditHead(t.Context())
			require.NoError(t, err)
			tick := func(id string) {
				require.NoError(t, s.queue.Enqueue(t.Context(), task.AuditHead, id, task.Tick{V: 1},
					queue.EnqueueOptions{}))
			}
			tick("one")
			s.until("the receiver is told", func() bool { return len(r.messages()) == 1 })
			var said struct {
				Head  string
				Whole bool
			}
			require.Equal(t, string(webhook.KindHead), r.messages()[0].Type)
			require.NoError(t, json.Unmarshal(r.messages()[0].Data, &said))
			require.Equal(t, head.Text(), said.Head)
			require.True(t, said.Whole)
			s.until("and an auditor", func() bool { return len(server.Letters()) == 1 })
			letter := server.Letters()[0]
			require.Equal(t, "pengawas@contoh.id", letter.To)
			body, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(letter.Body)))
			require.NoError(t, err)
			require.Contains(t, string(body), "hadir audit verify --head "+head.Text())

			tick("again") // on the same day
			s.until("it was looked at again", func() bool {
				now, err := s.Audit.AuditHead(t.Context())
				return err == nil && now.VerifiedAt != nil
			})
			require.NoError(t, s.Audit.Audit(t.Context(), ledger.AuditEntry{Action: "employee.updated"}))
			tick("later")
			s.until("a later head is another message", func() bool { return len(r.messages()) == 2 })
			require.Len(t, server.Letters(), 1, "one letter a day")
		})
	}
}

// A node with the key may look before the scheduler has begun it, which waits for nodes of another release. That is no
// alarm.
func TestALogWhoseKeyHasNotBegunWaits(t *testing.T) {
	t.Parallel()
	for name, url := range migrated.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := openKeeper(t, url)
			require.NoError(t, k.Audit.Audit(t.Context(), ledger.AuditEntry{Action: "employee.updated"}))
			require.ErrorContains(t, k.tick(task.AuditHead, worker.Keep{}), "not kept with the key yet")
			require.NotContains(t, k.log.String(), "level=ERROR")
			k.beginKey()
			require.NoError(t, k.tick(task.AuditHead, worker.Keep{}))
			require.Contains(t, k.log.String(), "the audit log is whole")
		})
	}
}
