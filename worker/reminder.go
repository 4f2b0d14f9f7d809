package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"hadir/internal/mail"
	"hadir/internal/queue"
	"hadir/internal/realtime"
	"hadir/internal/store/days/reminders"
	"hadir/internal/task"
	"hadir/internal/words"
)

// Mailer sends one e-mail: *mail.Sender.
type Mailer interface {
	Send(ctx context.Context, m mail.Message, now time.Time) error
}

// reminderTick reminds whoever is due. A tick may be late, repeated or missed: the database remembers who was told.
func (w *Worker) reminderTick(ctx context.Context, _ task.Tick) error {
	if w.o.RemindAfter <= 0 {
		return nil
	}
	made, err := w.o.Store.Reminders.Remind(ctx, w.o.Clock.Now(), w.o.RemindAfter, w.o.Mailer != nil)
	// What was written before a failure is announced, too: nobody would come to it again.
	messages := make([]realtime.Message, 0, len(made))
	for i := range made {
		data, failure := json.Marshal(made[i])
		if failure != nil {
			return queue.Permanent(fmt.Errorf("worker: encoding a notification: %w", failure))
		}
		messages = append(messages,
			realtime.Message{Channel: realtime.EmployeeChannel(made[i].EmployeeID), Event: realtime.EventNotification,
				Data: data})
	}
	if err := errors.Join(err, w.publish(ctx, messages)); err != nil {
		return fmt.Errorf("worker: reminders: %w", err)
	}
	return nil
}

// reminderMail sends one reminder by e-mail, unless what it reminds of was done meanwhile. A worker that dies between
// the two sends it a second time, under the same Message-ID.
func (w *Worker) reminderMail(ctx context.Context, p task.Mail) error {
	if w.o.Mailer == nil {
		return nil
	}
	l, ok, err := w.o.Store.Reminders.ReminderLetter(ctx, p.Notification)
	if err != nil {
		return fmt.Errorf("worker: reminder: %w", err)
	}
	if !ok {
		return nil
	}
	m, err := reminder(l)
	if err != nil {
		return queue.Permanent(err)
	}
	if err := w.o.Mailer.Send(ctx, m, w.o.Clock.Now()); err != nil {
		if errors.Is(err, mail.ErrRefused) {
			err = queue.Permanent(err)
		}
		return fmt.Errorf("worker: reminder: %w", err)
	}
	if err := w.o.Store.Reminders.ReminderMailed(ctx, p.Notification); err != nil {
		return fmt.Errorf("worker: reminder: %w", err)
	}
	return nil
}

// reminder is the letter that reminds somebody in their language.
func reminder(l reminders.Letter) (mail.Message, error) {
	zone, err := time.LoadLocation(l.Zone)
	if err != nil {
		return mail.Message{}, fmt.Errorf("worker: reminder %d: %w", l.ID, err)
	}
	language, clock := words.In(l.Locale), "15.04"
	if language == words.English {
		clock = "15:04"
	}
	key := "letters." + string(l.Kind)
	body := language.Say(key+".body", "name", l.Name, "time", l.DueAt.In(zone).Format(clock), "zone", l.Zone)
	return mail.Message{ID: "hadir-reminder-" + strconv.FormatInt(l.ID, 10), To: l.To, Name: l.Name,
		Subject: language.Say(key + ".subject"), Body: body}, nil
}
