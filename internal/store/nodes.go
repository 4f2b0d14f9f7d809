package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Node is a running process, or one that ended without saying so. Nodes are kept here and not in Redis, since operators
// look for them above all when Redis is away.
type Node struct {
	ID        string    `json:"id"`
	Role      string    `json:"role"`
	Host      string    `json:"host"`
	PID       int       `json:"pid"`
	Version   string    `json:"version"`
	StartedAt time.Time `json:"started_at"`
	LastSeen  time.Time `json:"last_seen"`
}

type nodeRow struct {
	bun.BaseModel `bun:"table:nodes,alias:n"`

	ID        string    `bun:"id,pk"`
	Role      string    `bun:"role"`
	Host      string    `bun:"host"`
	PID       int       `bun:"pid"`
	Version   string    `bun:"version"`
	StartedAt time.Time `bun:"started_at"`
	LastSeen  time.Time `bun:"last_seen"`
}

// Beat writes a sign of a node's life.
func (s *Store) Beat(ctx context.Context, n Node) error {
	row := nodeRow{ID: clip(n.ID, 36), Role: clip(n.Role, 32), Host: clip(n.Host, 255), PID: n.PID,
		Version:   clip(n.Version, 100),
		StartedAt: n.StartedAt.UTC(), LastSeen: s.clock.Now()}
	return failed("heartbeat", s.writeOne(ctx, func(ctx context.Context, db bun.IDB) error {
		_, err := s.upsert(db.NewInsert().Model(&row), "id", "last_seen = "+s.inserted("last_seen")).Exec(ctx)
		return err
	}))
}

// LeaveNode forgets a node that ends in order; one that is unknown is no error.
func (s *Store) LeaveNode(ctx context.Context, id string) error {
	return failed("leave node", s.writeOne(ctx, func(ctx context.Context, db bun.IDB) error {
		_, err := db.NewDelete().Model((*nodeRow)(nil)).Where("id = ?", id).Exec(ctx)
		return err
	}))
}

// Nodes lists the nodes by role, host and start, at most 500.
func (s *Store) Nodes(ctx context.Context) ([]Node, error) {
	var rows []nodeRow
	if err := s.read().NewSelect().Model(&rows).Order("role", "host", "started_at",
		"id").Limit(maxLimit).Scan(ctx); err != nil {
		return nil, failed("list nodes", err)
	}
	out := make([]Node, len(rows))
	for i, r := range rows {
		out[i] = Node{ID: r.ID, Role: r.Role, Host: r.Host, PID: r.PID, Version: r.Version,
			StartedAt: r.StartedAt.UTC(), LastSeen: r.LastSeen.UTC()}
	}
	return out, nil
}

// ForgetNodes removes nodes that were last seen before an instant and returns how many.
func (s *Store) ForgetNodes(ctx context.Context, before time.Time) (int, error) {
	var n int64
	err := s.writeOne(ctx, func(ctx context.Context, db bun.IDB) error {
		res, err := db.NewDelete().Model((*nodeRow)(nil)).Where("last_seen < ?", before.UTC()).Exec(ctx)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return int(n), failed("forget nodes", err)
}
