package queue

import (
	"context"
	"log/slog"

	"hadir/internal/clock"
)

// Orphans lets tests look for orphans by a clock of their own.
type Orphans struct{ o *orphans }

// NewOrphans returns the search for orphans that each server makes.
func NewOrphans(b *Broker, c clock.Clock) Orphans {
	return Orphans{newOrphans(b, c, slog.New(slog.DiscardHandler))}
}

// Round looks once.
func (o Orphans) Round(ctx context.Context) error {
	held, err := look(ctx, o.o.redis)
	if err != nil {
		return err
	}
	return o.o.round(ctx, held)
}
