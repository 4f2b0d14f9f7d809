package realtime

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// keepRevoked is how long Redis keeps whose rights changed: as long as anything is of use that was signed before.
	keepRevoked = PermitLasts + PermitSpread + clocksApart
	// clocksApart is by how much the clocks of two nodes may differ, with the time until a lost connection is noticed.
	clocksApart = time.Minute
)

func (b *Bus) revokedKey() string { return b.o.Prefix + "revoked" }

// Revoke tells every node that the rights of a user changed or that sessions of theirs ended. A node without a
// connection to Redis hears of it as soon as it has one.
func (b *Bus) Revoke(ctx context.Context, userID string) error {
	now := b.o.Clock.Now()
	pipe := b.rdb.Pipeline()
	// First what is kept: a node that connects between the two hears of it twice rather than never.
	pipe.ZAdd(ctx, b.revokedKey(), redis.Z{Score: float64(now.UnixMilli()), Member: userID})
	pipe.ZRemRangeByScore(ctx, b.revokedKey(), "-inf", score(now.Add(-keepRevoked)))
	pipe.Publish(ctx, b.controlTopic(), controlRevoke+"\n"+userID)
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("revoking the rights of a user: %w", err)
	}
	return nil
}

func score(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }

// missed passes on whose rights changed since a connection was lost, or in all the time that counts.
func (b *Bus) missed(ctx context.Context, since time.Time) error {
	from := "-inf"
	if !since.IsZero() {
		from = score(since.Add(-clocksApart))
	}
	all := redis.ZRangeArgs{Key: b.revokedKey(), Start: from, Stop: "+inf", ByScore: true}
	users, err := b.rdb.ZRangeArgs(ctx, all).Result()
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
