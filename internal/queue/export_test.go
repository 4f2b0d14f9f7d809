package queue

import (
	"context"
	"log/slog"
	"time"

	"hadir/internal/clock"
	"hadir/internal/task"
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

// OnlyWhenWoken makes a server believe for an hour that its queues are empty, unless it is told otherwise.
func (s *Server) OnlyWhenWoken() {
	for _, g := range s.gates {
		g.mu.Lock()
		g.patience = time.Hour
		g.mu.Unlock()
	}
}

// Recognise tells what the gate takes a command for: "dequeue", "forward" or "".
func Recognise(args []any) (q task.Queue, what string) {
	q, _, s := recognise(args)
	return q, map[script]string{scriptDequeue: "dequeue", scriptForward: "forward"}[s]
}
