package cli

import (
	"context"
	"fmt"
	"os"
	"time"

	"hadir/internal/build"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/google/uuid"
)

const (
	beatEvery = 5 * time.Second
	// beatTimeout keeps a slow database or Redis from putting off the next beat, and the end of the process.
	beatTimeout = 3 * time.Second
)

// awaited are the roles without which nothing that changes gets to a socket, as pushers know them.
func awaited() []string { return []string{string(roleAPI), string(roleWorker)} }

// addHeartbeat lets operators see this process, and pushers hear it. It beats until everything else has stopped; a
// missed beat is no reason to stop, since operators see that, too.
func (p *process) addHeartbeat(context.Context) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	n := ledger.Node{ID: id.String(), Role: p.name(), Host: host, PID: os.Getpid(), Version: build.Version(),
		StartedAt: p.clock.Now()}
	p.add("heartbeat", stageProbes, func(ctx context.Context) error { return p.beat(ctx, n) })
	return nil
}

func (p *process) beat(ctx context.Context, n ledger.Node) error {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		bounded, cancel := context.WithTimeout(ctx, beatTimeout)
		err := p.signOfLife(bounded, n)
		cancel()
		if err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "a heartbeat was missed", "error", err)
		}
		select {
		case <-ctx.Done():
			bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), beatTimeout)
			defer cancel()
			if err := p.store.Nodes.LeaveNode(bounded, n.ID); err != nil {
				p.log.WarnContext(bounded, "the end of this node was not written", "error", err)
			}
			return nil
		case <-tick.C:
		}
	}
}

// signOfLife writes the heartbeat and gives the pulse of the awaited roles. A process that cannot write to its
// database, or takes no work at present, gives none: nobody may believe that it tells of what happens. Nor does a
// worker while the queue is paused that everything comes by that screens are told.
func (p *process) signOfLife(ctx context.Context, n ledger.Node) error {
	if err := p.store.Nodes.Beat(ctx, n); err != nil {
		return fmt.Errorf("writing that this node lives: %w", err)
	}
	if !p.health.Wanted() {
		return nil
	}
	var roles []string
	for _, name := range awaited() {
		if !p.has(role(name)) {
			continue
		}
		if role(name) == roleWorker {
			if err := p.lookForPause(ctx); err != nil {
				return err
			}
			if p.paused {
				continue
			}
		}
		roles = append(roles, name)
	}
	if len(roles) == 0 {
		return nil
	}
	return p.bus.Pulse(ctx, roles...)
}

// lookForPause finds out whether the queue is paused that everything comes by that screens are told.
func (p *process) lookForPause(ctx context.Context) error {
	paused, err := p.broker.Paused(ctx, task.QueueCritical)
	if err == nil && paused != p.paused {
		p.log.WarnContext(ctx, "the queue of what screens are told was paused or goes on", "queue",
			task.QueueCritical, "paused", paused)
		p.paused = paused
	}
	return err
}
