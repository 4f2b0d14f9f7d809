package ledger

import (
	"context"
	"time"

	"hadir/internal/store/db"

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
func (s *Nodes) Beat(ctx context.Context, n Node) error {
	row := nodeRow{ID: db.Clip(n.ID, 36), Role: db.Clip(n.Role, 32), Host: db.Clip(n.Host, 255), PID: n.PID,
		Version:   db.Clip(n.Version, 100),
		StartedAt: n.StartedAt.UTC(), LastSeen: s.db.Clock.Now()}
	return db.Failed("heartbeat", s.db.WriteOne(ctx, func(ctx context.Context, db bun.IDB) error {
		_, err := s.db.Upsert(db.NewInsert().Model(&row), "id", "last_seen = "+s.db.Inserted("last_seen")).Exec(ctx)
		return err
	}))
}

// LeaveNode forgets a node that ends in order; one that is unknown is no error.
func (s *Nodes) LeaveNode(ctx context.Context, id string) error {
	return db.Failed("leave node", s.db.WriteOne(ctx, func(ctx context.Context, db bun.IDB) error {
		_, err := db.NewDelete().Model((*nodeRow)(nil)).Where("id = ?", id).Exec(ctx)
		return err
	}))
}

// Nodes lists the nodes by role, host and start, at most 500.
func (s *Nodes) Nodes(ctx context.Context) ([]Node, error) {
	var rows []nodeRow
	if err := s.db.Read().NewSelect().Model(&rows).Order("role", "host", "started_at",
		"id").Limit(db.MaxLimit).Scan(ctx); err != nil {
		return nil, db.Failed("list nodes", err)
	}
	out := make([]Node, len(rows))
	for i, r := range rows {
		out[i] = Node{ID: r.ID, Role: r.Role, Host: r.Host, PID: r.PID, Version: r.Version,
			StartedAt: r.StartedAt.UTC(), LastSeen: r.LastSeen.UTC()}
	}
	return out, nil
}

// ForgetNodes removes nodes that were last seen before an instant and returns how many.
func (s *Nodes) ForgetNodes(ctx context.Context, before time.Time) (int, error) {
	var n int64
	err := s.db.WriteOne(ctx, func(ctx context.Context, db bun.IDB) error {
		res, err := db.NewDelete().Model((*nodeRow)(nil)).Where("last_seen < ?", before.UTC()).Exec(ctx)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return int(n), db.Failed("forget nodes", err)
}
