package worker

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/mail"
	"hadir/internal/queue"
	"hadir/internal/store/accounts"
	"hadir/internal/task"
	"hadir/internal/words"
)

// accountMail sends an e-mail about an account, if there is somebody to send it to. Nothing about who that is comes
// back to whoever asked.
func (w *Worker) accountMail(ctx context.Context, p task.Account) error {
	if w.o.Mailer == nil {
		return nil
	}
	var err error
	switch p.About {
	case task.AboutReset:
		err = w.mailReset(ctx, p)
	case task.AboutEmail:
		err = w.mailEmail(ctx, p)
	case task.AboutPassword:
		err = w.mailNotice(ctx, p, "letters.password.subject", "letters.password.body")
	case task.AboutMoved:
		err = w.mailNotice(ctx, p, "letters.moved.subject", "letters.moved.body")
	default:
		err = queue.Permanent(fmt.Errorf("nobody knows what %q is", p.About))
	}
	if err != nil {
		return fmt.Errorf("worker: e-mail about an account: %w", err)
	}
	return nil
}

// mailReset mails a link to whoever forgot a password. One that cannot be mailed is none: the next try makes another.
// So it has another ID, too: what repeats is the request, not the e-mail, and a receiver must not take the second link
// for the first.
func (w *Worker) mailReset(ctx context.Context, p task.Account) error {
	if w.o.PublicURL == "" || w.o.Clock.Now().Sub(p.At) > account.ResetTTL {
		return nil
	}
	l, ok, err := w.o.Store.Resets.Issue(ctx, p.Sealed)
	if accounts.Sealed(err) {
		return queue.Permanent(err)
	}
	if err != nil || !ok {
		return err
	}
	minutes := strconv.Itoa(int(account.ResetTTL / time.Minute))
	language := words.In(l.User.Locale)
	body := language.Say("letters.reset.body", "name", l.User.Name, "login", l.User.Login, "link",
		w.o.PublicURL+"/lupa#"+l.Token, "minutes", minutes)
	err = w.mail(ctx, &l.User, mail.Message{ID: linkID(&l), Subject: language.Say("letters.reset.subject"), Body: body})
	if err != nil {
		err = errors.Join(err, w.o.Store.Resets.Withdraw(context.WithoutCancel(ctx), &l))
	}
	return err
}

// mailEmail asks an address whether it is the account's.
func (w *Worker) mailEmail(ctx context.Context, p task.Account) error {
	if w.o.PublicURL == "" {
		return nil
	}
	l, ok, err := w.o.Store.Emails.Issue(ctx, p.UserID)
	if err != nil || !ok {
		return err
	}
	hours := strconv.Itoa(int(account.EmailCheckTTL / time.Hour))
	language := words.In(l.User.Locale)
	body := language.Say("letters.email.body", "name", l.User.Name, "login", l.User.Login, "link",
		w.o.PublicURL+"/profil?email="+l.Token, "hours", hours)
	return w.mail(ctx, &l.User,
		mail.Message{ID: linkID(&l), Subject: language.Say("letters.email.subject"), Body: body})
}

// mailNotice tells the person about a change that somebody else may have made.
func (w *Worker) mailNotice(ctx context.Context, p task.Account, subject, text string) error {
	u, err := w.o.Store.Users.User(ctx, p.UserID)
	if attendance.CodeOf(err) == attendance.CodeNotFound || err == nil && u.Forgotten {
		return nil
	}
	if err != nil {
		return err
	}
	if p.Sealed != "" {
		if u.Email, err = w.o.Store.Emails.Earlier(p.Sealed); err != nil {
			return queue.Permanent(err)
		}
	} else if !u.Reachable(w.o.Clock.Now()) {
		return nil
	}
	language := words.In(u.Locale)
	id := fmt.Sprintf("hadir-account-%d-%s-%d", u.ID, p.About, p.At.UnixMicro())
	return w.mail(ctx, &u, mail.Message{ID: id, Subject: language.Say(subject),
		Body: language.Say(text, "name", u.Name, "login", u.Login)})
}

// linkID names the e-mail of a link without telling the link.
func linkID(l *accounts.Link) string {
	hash := l.Hash()
	return "hadir-link-" + hex.EncodeToString(hash[:8])
}

func (w *Worker) mail(ctx context.Context, to *account.User, m mail.Message) error {
	m.To, m.Name = to.Email, to.Name
	err := w.o.Mailer.Send(ctx, m, w.o.Clock.Now())
	if errors.Is(err, mail.ErrRefused) {
		err = queue.Permanent(err)
	}
	return err
}
