package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hadir/internal/mail"
	"hadir/internal/queue"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/webhook"
	"hadir/internal/words"
)

// headMessage is the data of webhooks of the kind audit.head.
type headMessage struct {
	Day   string            `json:"day"` // of the message, in UTC
	ID    int64             `json:"id"`
	Hash  string            `json:"hash"`
	Head  string            `json:"head"` // ID:HASH, as 'hadir audit verify --head' takes it
	At    time.Time         `json:"at"`
	Key   string            `json:"key"`
	Whole bool              `json:"whole"`
	Fault ledger.AuditFault `json:"fault,omitempty"`
	Entry int64             `json:"entry,omitempty"` // the first that does not fit
}

const (
	// keyWait is how long a look at the audit log waits for its key. The scheduler looks every minute.
	keyWait = time.Minute
	// keyPatience is how long after its start a worker waits so. Then the missing key is a fault like others.
	keyPatience = time.Hour
)

// auditHead verifies the whole audit log and sends its head away. Receivers get one message a day, however often the
// task runs.
func (w *Worker) auditHead(ctx context.Context, _ task.Tick) error {
	head, err := w.o.Store.Audit.AuditHead(ctx)
	if err != nil {
		return fmt.Errorf("worker: audit log: %w", err)
	}
	if w.o.Store.Audit.AwaitsKey(head) && w.o.Clock.Now().Sub(w.begun) < keyPatience {
		w.o.Log.WarnContext(ctx, "the audit log is not kept with the key yet; the scheduler begins it as soon as no "+
			"node of another release runs, if it has HADIR_AUDIT_KEY")
		return queue.Later(keyWait, "the audit log is not kept with the key yet")
	}
	found, err := w.o.Store.Audit.WalkAudit(ctx, nil)
	if err != nil {
		return fmt.Errorf("worker: audit log: %w", err)
	}
	if head, err = w.o.Store.Audit.AuditHead(ctx); err != nil {
		return fmt.Errorf("worker: audit log: %w", err)
	}
	if found.Broken != 0 {
		w.o.Log.ErrorContext(ctx, "the audit log was changed past the program; look with 'hadir audit verify'", "fault",
			found.Fault, "entry", found.Broken, "head", head.Text())
	} else {
		w.o.Log.InfoContext(ctx, "the audit log is whole", "entries", found.Last, "head", head.Text(), "at", head.At)
	}
	day := w.o.Clock.Now().UTC().Format(time.DateOnly)
	data, err := json.Marshal(headMessage{Day: day, ID: head.ID, Hash: head.Hash, Head: head.Text(), At: head.At,
		Key: head.Key, Whole: found.Broken == 0, Fault: found.Fault, Entry: found.Broken})
	if err != nil {
		return queue.Permanent(fmt.Errorf("worker: audit log: %w", err))
	}
	if err := w.Hook(ctx, webhook.KindHead, data); err != nil {
		return err
	}
	if w.o.AuditMail == "" || w.o.Mailer == nil {
		return nil
	}
	err = w.o.Queue.Enqueue(ctx, task.AuditMail, "audit-mail:"+day, task.Head{V: 1, Day: day, Head: head.Text(),
		At: head.At, Fault: string(found.Fault), Entry: found.Broken}, queue.EnqueueOptions{})
	if err != nil && !errors.Is(err, queue.ErrDuplicate) {
		return fmt.Errorf("worker: audit log: %w", err)
	}
	return nil
}

// auditMail sends a head by e-mail, in both languages, since nobody knows which its readers speak.
func (w *Worker) auditMail(ctx context.Context, p task.Head) error {
	if w.o.AuditMail == "" || w.o.Mailer == nil {
		return nil
	}
	title, found := "letters.audit.whole.subject", "letters.audit.whole.body"
	if p.Fault != "" {
		title, found = "letters.audit.damaged.subject", "letters.audit.damaged.body"
	}
	var subjects, parts []string
	for _, l := range words.Languages() {
		subjects = append(subjects, l.Say(title, "day", p.Day))
		parts = append(parts, l.Say(found, "entry", strconv.FormatInt(p.Entry, 10), "fault", p.Fault)+
			l.Say("letters.audit.body", "head", p.Head, "at", p.At.UTC().Format(time.RFC3339)))
	}
	subject, body := strings.Join(subjects, " / "), strings.Join(parts, "\n")
	letter := mail.Message{ID: "hadir-audit-" + p.Day, To: w.o.AuditMail, Subject: subject, Body: body}
	err := w.o.Mailer.Send(ctx, letter, w.o.Clock.Now())
	if errors.Is(err, mail.ErrRefused) {
		err = queue.Permanent(err)
	}
	if err != nil {
		return fmt.Errorf("worker: audit log: %w", err)
	}
	return nil
}
