package worker_test

import (
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/attendance/reminder"
	"hadir/internal/queue"
	"hadir/internal/realtime"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/testkit"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// remind is what the schedulers do, several of them at once. It waits for the tick's end.
func (s *stage) remind(id int64) {
	row := task.Outboxed{ID: id, Kind: task.ReminderTick, Payload: []byte(`{"v":1}`), CreatedAt: time.Now()}
	s.deliver([]task.Outboxed{row, row})
	s.ended(row)
}

func (s *stage) ended(row task.Outboxed) {
	s.until("the task ended", func() bool {
		fate, err := s.queue.Deliver(s.t.Context(), row)
		require.NoError(s.t, err)
		return fate == queue.Done
	})
}

// People are told in the app, and those with an address by e-mail in their language; the server's moods are waited out.
func TestRemindersReachPeople(t *testing.T) {
	t.Parallel()
	for name, url := range migrated.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testkit.SMTP(t, "starttls")
			s := newStageWith(t, url, 2, server)
			var users []account.User
			for i, login := range []string{"satu@contoh.id", "two@contoh.id", "jkt-3", "nobody@contoh.id"} {
				locale := "id"
				if i == 1 {
					locale = "en"
				}
				users = append(users,
					account.User{Login: login, Name: "Orang " + login[:3], Role: account.RoleEmployee,
						EmployeeID: s.people[[]int{0, 1, 3, 4}[i]].ID, Locale: locale})
			}
			_, err := s.Users.CreateUsers(t.Context(), ledger.Actor{}, users, []string{"!", "!", "!", "!"})
			require.NoError(t, err)
			_, err = s.DB.Builder().ExecContext(t.Context(), `UPDATE users SET email = 'tiga@contoh.id',
				email_verified_at = created_at WHERE login = 'jkt-3'`)
			require.NoError(t, err)
			server.SetBusy(true)
			s.clock.Advance(-4*time.Hour + 20*time.Minute) // 08:20
			s.remind(1 << 40)
			for _, i := range []int{0, 1, 3, 4, 5} { // 2 works at night
				channel := realtime.EmployeeChannel(s.people[i].ID)
				s.until("told in the app", func() bool {
					return len(events[reminder.Notification](s, channel, realtime.EventNotification)) == 1
				})
				n := events[reminder.Notification](s, channel, realtime.EventNotification)[0]
				require.Equal(t, reminder.CheckIn, n.Kind)
				require.Positive(t, n.ID)
			}
			server.SetBusy(false)
			s.until("three can be written to", func() bool { return len(server.Letters()) == 3 })
			bodies := map[string]string{}
			for _, l := range server.Letters() {
				require.True(t, l.TLS)
				require.Equal(t, "hadir", l.User)
				body, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(l.Body)))
				require.NoError(t, err)
				bodies[l.To] = l.Message.Header.Get("Subject") + "\n" + string(body)
			}
			require.Contains(t, bodies["satu@contoh.id"], "Anda belum absen masuk")
			require.Contains(t, bodies["satu@contoh.id"], "pukul 08.00 (Asia/Jakarta)")
			require.Contains(t, bodies["two@contoh.id"], "Hello Orang two")
			require.Contains(t, bodies, "tiga@contoh.id", "the address that is known to be the person's")
			require.Contains(t, bodies["two@contoh.id"], "08:00")
			s.until("an address that does not exist is a dead letter", func() bool {
				letters, _, err := s.DeadLetters.DeadLetters(
					t.Context(),
					ledger.DeadLetterFilter{Kind: task.ReminderMail},
				)
				require.NoError(t, err)
				return len(letters) == 1 && letters[0].Attempts < 4
			})
			s.clock.Advance(time.Minute)
			s.remind(1<<40 + 1)
			for _, i := range []int{0, 1, 3, 4, 5} {
				require.Len(t,
					events[reminder.Notification](s, realtime.EmployeeChannel(s.people[i].ID),
						realtime.EventNotification), 1, "once")
			}
			require.Len(t, server.Letters(), 3)
		})
	}
}

// What was done meanwhile is not written about.
func TestNobodyIsWrittenToInVain(t *testing.T) {
	t.Parallel()
	server := testkit.SMTP(t, "starttls")
	s := newStageWith(t, migrated.SQLite(t), 1, server)
	_, err := s.Users.CreateUsers(t.Context(), ledger.Actor{},
		[]account.User{{Login: "satu@contoh.id", Name: "Satu", Role: account.RoleEmployee, EmployeeID: s.people[0].ID,
			Locale: "id"}}, []string{"!"})
	require.NoError(t, err)
	s.clock.Advance(-4*time.Hour + 20*time.Minute)
	s.loses = func(r task.Outboxed) bool { return r.Kind == task.ReminderMail }
	made, err := s.Reminders.Remind(t.Context(), s.clock.Now(), 15*time.Minute, true)
	require.NoError(t, err)
	require.Len(t, made, 5)
	mails := s.handed()
	require.Len(t, mails, 1)
	s.loses = nil
	s.punch(0, attendance.In, 0)
	s.deliver(mails)
	s.ended(mails[0])
	require.Empty(t, server.Letters())
}
