// Package gather makes one piece of work of many that are asked for at the same moment: one query for what many
// requests want to know, one round trip for what many tasks have to say.
package gather

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Options configures New.
type Options struct {
	Leaders int           // batches under way at a time: while one waits for the database, another does its part
	Most    int           // items in a batch
	Timeout time.Duration // of a batch, which does not end with the caller that leads it
}

// Group does the items that are handed to it in batches. While a batch is under way, those that arrive form the next;
// one that is alone waits for nobody. Whoever waits longest leads the next batch, so nobody works for others twice, and
// no goroutine is kept for the work.
type Group[T any] struct {
	run func(ctx context.Context, batch []*T) error
	o   Options

	mu      sync.Mutex
	waiting []*waiter[T]
	leaders int
}

// waiter is one item on its way.
type waiter[T any] struct {
	item *T
	err  error
	done chan struct{}
	lead chan struct{} // holds the right to lead when it is given
}

// New returns a group that does its items with run. What comes of an item run writes into the item; its error is that
// of all of the batch.
func New[T any](o Options, run func(ctx context.Context, batch []*T) error) *Group[T] {
	return &Group[T]{run: run, o: o}
}

// Do returns when the item was done together with others, or when ctx ends. Then the item may still be written to, and
// is not to be read.
func (g *Group[T]) Do(ctx context.Context, item *T) error {
	w := &waiter[T]{item: item, done: make(chan struct{}), lead: make(chan struct{}, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, w)
	if g.leaders < g.o.Leaders {
		g.leaders++
		w.lead <- struct{}{}
	}
	g.mu.Unlock()
	for {
		select {
		case <-w.done:
			g.leave(w)
			return w.err
		case <-w.lead:
			g.next(ctx)
		case <-ctx.Done():
			g.leave(w)
			return ctx.Err()
		}
	}
}

// next runs a batch of those who wait and gives the lead away, also when that panics.
func (g *Group[T]) next(ctx context.Context) {
	defer g.handOn()
	g.mu.Lock()
	n := min(len(g.waiting), g.o.Most)
	batch := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	g.mu.Unlock()
	if n == 0 {
		return
	}
	items := make([]*T, n)
	for i, w := range batch {
		items[i] = w.item
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.o.Timeout)
	defer cancel()
	err := errors.New("gather: the batch was broken off") // stands if run panics
	defer func() {
		for _, w := range batch {
			w.err = err
			close(w.done)
		}
	}()
	err = g.run(ctx, items)
}

// handOn lets whoever waits longest lead.
func (g *Group[T]) handOn() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, w := range g.waiting {
		if len(w.lead) == 0 {
			w.lead <- struct{}{}
			return
		}
	}
	g.leaders--
}

// leave ends the wait for an item that was done or whose time is over, and gives away the lead that it may have got
// meanwhile.
func (g *Group[T]) leave(w *waiter[T]) {
	g.mu.Lock()
	g.waiting = slices.DeleteFunc(g.waiting, func(other *waiter[T]) bool { return other == w })
	g.mu.Unlock()
	select {
	case <-w.lead:
		g.handOn()
	default:
	}
}
