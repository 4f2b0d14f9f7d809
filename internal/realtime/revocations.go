package realtime

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// keepRevoked is how long Redis keeps whose rights changed: as long as anything is of use that was signed before, and
// by how much clocks may differ.
const keepRevoked = PermitLasts + PermitSpread + time.Minute

func (b *Bus) revokedKey() string { return b.o.Prefix + "revoked" }

// Revoke tells every node that the rights of a user changed or that sessions of theirs ended. A node without a
// connection to Redis hears of it as soon as it has one.
func (b *Bus) Revoke(ctx context.Context, userID string) error {
	now := b.o.Clock.Now()
	kept := b.rdb.Pipeline()
	kept.ZAdd(ctx, b.revokedKey(), redis.Z{Score: float64(now.UnixMilli()), Member: userID})
	kept.ZRemRangeByScore(ctx, b.revokedKey(), "-inf", strconv.FormatInt(now.Add(-keepRevoked).UnixMilli(), 10))
	_, err := kept.Exec(ctx)
	if err == nil { // after it: a node that connects between the two hears of it twice rather than never
		err = b.rdb.Publish(ctx, b.controlTopic(), controlRevoke+"\n"+userID).Err()
	}
	if err != nil {
		return fmt.Errorf("revoking the rights of a user: %w", err)
	}
	return nil
}

// missed passes on whose rights changed in all the time that counts. How long a connection was of no use nobody knows:
// the process may have stood still. Who was told before is told again, which costs them one more signature.
func (b *Bus) missed(ctx context.Context) error {
	users, err := b.rdb.ZRange(ctx, b.revokedKey(), 0, -1).Result()
	if err != nil {
		return fmt.Errorf("reading whose rights changed: %w", err)
	}
	for _, id := range users {
		b.inbox.put(Delivery{Frame: id, order: orderRevoke})
	}
	return nil
}

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
