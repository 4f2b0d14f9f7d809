package rest

import (
	"context"
	"log/slog"
	"time"

	"hadir/internal/account"
	"hadir/internal/clock"
	"hadir/internal/store/ledger"
)

// FailureOptions configures NewFailures.
type FailureOptions struct {
	Audit interface {
		Audit(ctx context.Context, entries ...ledger.AuditEntry) error
	}
	// Entry is what the audit log says of a failure and its number.
	Entry func(account.FailureCount) ledger.AuditEntry
	Clock clock.Clock
	Log   *slog.Logger
}

// Failures tells the audit log of attempts that came to nothing, so gathered that whoever guesses does not fill it.
type Failures struct {
	o   FailureOptions
	log *account.FailureLog
}

// NewFailures returns failures of which none was told yet. Run tells of those that are gathered.
func NewFailures(o FailureOptions) *Failures { return &Failures{o, account.NewFailureLog()} }

// Note tells of a failure, or counts it with others. What was typed is not told: people type passwords into the wrong
// field. A log that cannot be written keeps nobody from trying again.
func (f *Failures) Note(ctx context.Context, x account.Failure) {
	f.tell(context.WithoutCancel(ctx), f.log.Note(x, ClientOf(ctx).Address, f.o.Clock.Now()))
}

func (f *Failures) tell(ctx context.Context, cs []account.FailureCount) {
	if len(cs) == 0 {
		return
	}
	entries := make([]ledger.AuditEntry, len(cs))
	for i, c := range cs {
		entries[i] = f.o.Entry(c)
		entries[i].Address = c.Address
	}
	ctx, cancel := context.WithTimeout(ctx, RequestTimeout)
	defer cancel()
	if err := f.o.Audit.Audit(ctx, entries...); err != nil {
		f.o.Log.WarnContext(ctx, "failed attempts are not in the audit log", "entries", len(entries), "error", err)
	}
}

// Run writes gathered failures to the audit log until ctx ends, and what is left then.
func (f *Failures) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			f.tell(context.WithoutCancel(ctx), f.log.Over(time.Time{}))
			return nil
		case <-f.log.Noted():
		}
		select {
		case <-ctx.Done():
		case <-time.After(account.FailureWindow):
			f.tell(ctx, f.log.Over(f.o.Clock.Now()))
		}
	}
}
