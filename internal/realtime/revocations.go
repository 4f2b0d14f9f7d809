package realtime

import (
	"context"
	"strings"
	"time"
)

// Revocations calls forget with the id of each user whose rights changed, until ctx ends. It reads nothing else of the
// bus. After each connection to Redis it calls forget with "", which stands for everybody, since what was said before
// was missed.
func (b *Bus) Revocations(ctx context.Context, forget func(userID string)) error {
	pause := newPause()
	again(ctx, pause, func() error {
		return b.revocations(ctx, func(userID string) { pause.Reset(); forget(userID) })
	}, func(err error, wait time.Duration) {
		b.log.Debug("revocations are not heard", "error", err, "retry_in", wait)
	})
	return ctx.Err()
}

func (b *Bus) revocations(ctx context.Context, forget func(userID string)) error {
	ps := b.rdb.Subscribe(ctx, b.controlTopic())
	defer func() { _ = ps.Close() }()
	defer context.AfterFunc(ctx, func() { _ = ps.Close() })() // ends a read that waits
	if _, err := ps.Receive(ctx); err != nil {
		return err
	}
	forget("")
	for {
		m, err := ps.ReceiveMessage(ctx)
		if err != nil {
			return err // not left to the library, which connects again without telling
		}
		if userID, ok := strings.CutPrefix(m.Payload, controlRevoke+"\n"); ok {
			forget(userID)
		}
	}
}
