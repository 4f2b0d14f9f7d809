package outside

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/webhook"

	"github.com/uptrace/bun"
)

type endpointRow struct {
	bun.BaseModel `bun:"table:webhook_endpoints,alias:we"`

	ID          int64     `bun:"id,pk,autoincrement"`
	URL         string    `bun:"url"`
	Description string    `bun:"description"`
	Kinds       string    `bun:"kinds"` // comma-separated
	Secret      string    `bun:"secret"`
	Active      bool      `bun:"active"`
	CreatedBy   int64     `bun:"created_by"`
	CreatedAt   time.Time `bun:"created_at"`

	PreviousSecret string     `bun:"previous_secret"`
	PreviousUntil  *time.Time `bun:"previous_until"`
}

// secrets are the keys that sign a message at an instant, the present one first.
func (r *endpointRow) secrets(now time.Time) []string {
	if r.PreviousUntil == nil || !now.Before(*r.PreviousUntil) {
		return []string{r.Secret}
	}
	return []string{r.Secret, r.PreviousSecret}
}

func (r *endpointRow) domain() webhook.Endpoint {
	e := webhook.Endpoint{ID: r.ID, URL: r.URL, Description: r.Description, Kinds: []webhook.Kind{}, Active: r.Active,
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.UTC()}
	for k := range strings.SplitSeq(r.Kinds, ",") {
		if k != "" {
			e.Kinds = append(e.Kinds, webhook.Kind(k))
		}
	}
	return e
}

// set takes over what can be changed.
func (r *endpointRow) set(e webhook.Endpoint) error {
	err := db.CheckTexts(db.Text("url", e.URL, 1, 2000), db.Lines("description", e.Description, 0, 200))
	if err != nil {
		return err
	}
	var kinds []string
	for _, k := range webhook.Kinds() { // in our order, each once
		if slices.Contains(e.Kinds, k) {
			kinds = append(kinds, string(k))
		}
	}
	if len(kinds) == 0 {
		return attendance.Invalid("kinds", "at least one kind of event is needed")
	}
	r.URL, r.Description, r.Kinds, r.Active = e.URL, e.Description, strings.Join(kinds, ","), e.Active
	return nil
}

// maxEndpoints bounds what every event is multiplied by.
const maxEndpoints = 50

const webhooksTable = "webhook_endpoints"

func auditWebhook(tx *ledger.Tx, action string, before, after *webhook.Endpoint) error {
	row := ledger.Row{Table: webhooksTable, ID: cmp.Or(before, after).ID}
	return ledger.AuditChange(tx, "webhook."+action, row, before, after)
}

// Endpoints lists every endpoint, oldest first.
func (s *Webhooks) Endpoints(ctx context.Context) ([]webhook.Endpoint, error) {
	var rows []endpointRow
	if err := s.db.Read().NewSelect().Model(&rows).Order("id").Scan(ctx); err != nil {
		return nil, db.Failed("list webhooks", err)
	}
	es := make([]webhook.Endpoint, len(rows))
	for i := range rows {
		es[i] = rows[i].domain()
	}
	return es, nil
}

// Endpoint returns one, or CodeNotFound.
func (s *Webhooks) Endpoint(ctx context.Context, id int64) (webhook.Endpoint, error) {
	var row endpointRow
	if err := s.db.Read().NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
		return webhook.Endpoint{}, db.NotFound("load webhook", "no such webhook", err)
	}
	return row.domain(), nil
}

// AddEndpoint inserts an endpoint with the secret that signs its messages.
func (s *Webhooks) AddEndpoint(ctx context.Context, e webhook.Endpoint, secret string,
	by ledger.Actor) (webhook.Endpoint, error) {
	var made webhook.Endpoint
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		// Counted under a lock, or two at once would both be the last that may be.
		if err := s.db.LockCompany(ctx, tx.Tx); err != nil {
			return err
		}
		n, err := tx.NewSelect().Model((*endpointRow)(nil)).Count(ctx)
		if err != nil {
			return err
		}
		if n >= maxEndpoints {
			return &attendance.Error{Code: attendance.CodeConflict, Field: "url",
				Message: fmt.Sprintf("There are %d webhooks already; remove one that is not used.", maxEndpoints)}
		}
		row := endpointRow{Secret: secret, CreatedBy: by.UserID, CreatedAt: s.db.Clock.Now()}
		if err := row.set(e); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		made = row.domain()
		return auditWebhook(tx, "created", nil, &made)
	})
	return made, db.Failed("add webhook", err)
}

// UpdateEndpoint lets change work on an endpoint and writes what came out; change may be called again when the database
// breaks the transaction off, and its error ends it.
func (s *Webhooks) UpdateEndpoint(ctx context.Context, id int64, by ledger.Actor,
	change func(*webhook.Endpoint) error) (webhook.Endpoint, error) {
	var after webhook.Endpoint
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.lockEndpoint(ctx, tx, id)
		if err != nil {
			return err
		}
		before := row.domain()
		after = row.domain()
		if err := change(&after); err != nil {
			return err
		}
		old := row
		if err := row.set(after); err != nil {
			return err
		}
		after = row.domain()
		if old == row {
			return nil
		}
		if _, err := tx.NewUpdate().Model(&row).Column("url", "description", "kinds",
			"active").WherePK().Exec(ctx); err != nil {
			return err
		}
		return auditWebhook(tx, "updated", &before, &after)
	})
	return after, db.Failed("change webhook", err)
}

// RotateSecret gives an endpoint another secret. The one before signs beside it until the given instant. The audit
// entry holds neither.
func (s *Webhooks) RotateSecret(ctx context.Context, id int64, secret string, until time.Time,
	by ledger.Actor) (e webhook.Endpoint, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.lockEndpoint(ctx, tx, id)
		if err != nil {
			return err
		}
		q := tx.NewUpdate().Model((*endpointRow)(nil)).Set("previous_secret = ?", row.Secret).Set("previous_until = ?",
			until.UTC()).Set("secret = ?", secret).Where("id = ?", id)
		if _, err := q.Exec(ctx); err != nil {
			return err
		}
		e = row.domain()
		return auditWebhook(tx, "secret_rotated", nil, &e)
	})
	return e, db.Failed("rotate secret", err)
}

// DeleteEndpoint removes an endpoint. What was not delivered to it is dropped by whoever comes to it.
func (s *Webhooks) DeleteEndpoint(ctx context.Context, id int64, by ledger.Actor) error {
	return db.Failed("delete webhook", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.lockEndpoint(ctx, tx, id)
		if err != nil {
			return err
		}
		before := row.domain()
		if _, err := tx.NewDelete().Model((*endpointRow)(nil)).Where("id = ?", id).Exec(ctx); err != nil {
			return err
		}
		return auditWebhook(tx, "deleted", &before, nil)
	}))
}

func (s *Webhooks) lockEndpoint(ctx context.Context, tx *ledger.Tx, id int64) (endpointRow, error) {
	var row endpointRow
	err := s.db.ForUpdate(tx.NewSelect().Model(&row).Where("id = ?", id), "").Scan(ctx)
	if err != nil {
		return row, db.NotFound("load webhook", "no such webhook", err)
	}
	return row, nil
}
