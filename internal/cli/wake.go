package cli

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hadir/internal/config"
	"hadir/internal/queue"
	"hadir/internal/store"
	"hadir/internal/task"
)

// handOverWithin bounds how long a command tries to bring what it left. Its work is done by then, and there is the
// relay.
const handOverWithin = 3 * time.Second

// leftovers are the outbox rows that a command's commits left. A process that runs hands its own to the queue at once.
// Those of a command would wait for the relay, which takes rows of five seconds for forgotten: too long for a password
// that was changed because somebody else has it.
type leftovers struct {
	mu   sync.Mutex
	rows []task.Outboxed
}

func (l *leftovers) add(rows []task.Outboxed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows = append(l.rows, rows...)
}

// handOver brings the rows into the queue, or, where that is within another process, wakes its relay. What it cannot
// reach is left to the relay's own rounds.
func (l *leftovers) handOver(ctx context.Context, c config.Config, s *store.Store, log *slog.Logger) {
	l.mu.Lock()
	rows := l.rows
	l.mu.Unlock()
	if len(rows) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, handOverWithin)
	defer cancel()
	var err error
	if c.RedisURL == config.Embedded {
		err = wake(ctx, c)
	} else {
		err = enqueue(ctx, c, s, rows)
	}
	if err != nil {
		log.DebugContext(ctx, "what the command left is brought within seconds", "rows", len(rows), "error", err)
	}
}

// enqueue brings rows into a Redis that other processes share. What there is to be said about that they say.
func enqueue(ctx context.Context, c config.Config, s *store.Store, rows []task.Outboxed) error {
	b, err := queue.Open(ctx, queue.Options{URL: c.RedisURL, Poll: !c.QueueWake,
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	done, err := queue.NewClient(b).DeliverAll(ctx, rows)
	if err == nil && len(done) > 0 {
		err = s.Outbox.DeleteOutbox(ctx, done)
	}
	return errors.Join(err, b.Close())
}

// wakeSocket is where a process with a Redis of its own hears from commands on the same data folder. It is as private
// as the folder, and says nothing: whoever connects has the relay look for rows.
func wakeSocket(c config.Config) string { return filepath.Join(c.DataDir, "hadir.wake") }

// wake wakes the process that runs on the data folder, if there is one.
func wake(ctx context.Context, c config.Config) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", wakeSocket(c))
	if err != nil {
		return err
	}
	return conn.Close()
}

// wakes returns what commands wake the relay by. Nothing is looked at meanwhile: the process sleeps in accept. It is
// nil where others share the Redis, and where the system has no such sockets, or not for a path of that length.
func (p *process) wakes(ctx context.Context) <-chan struct{} {
	if p.config.RedisURL != config.Embedded {
		return nil
	}
	path := wakeSocket(p.config)
	// One that was killed left its own. The folder is this process's alone.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.log.DebugContext(ctx, "commands wake nobody", "error", err)
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		p.log.DebugContext(ctx, "commands wake nobody", "error", err)
		return nil
	}
	p.closers = append(p.closers, func() error { return closed(l.Close()) })
	woken := make(chan struct{}, 1)
	p.add("commands", stageFront, func(ctx context.Context) error {
		defer context.AfterFunc(ctx, func() { _ = l.Close() })()
		for {
			conn, err := l.Accept()
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil: // as out of files: the relay has its rounds
				p.log.WarnContext(ctx, "hearing commands; trying again", "error", err)
				select {
				case <-ctx.Done():
				case <-time.After(time.Second):
				}
				continue
			}
			_ = conn.Close()
			select {
			case woken <- struct{}{}:
			default: // it is about to look
			}
		}
	})
	return woken
}

// closed is no error of what was closed before.
func closed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
