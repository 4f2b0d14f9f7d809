package outside

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/webhook"

	"github.com/uptrace/bun"
)

type deliveryRow struct {
	bun.BaseModel `bun:"table:webhook_deliveries,alias:wd"`

	ID           int64      `bun:"id,pk,autoincrement"`
	MessageID    string     `bun:"message_id"`
	EndpointID   int64      `bun:"endpoint_id"`
	Kind         string     `bun:"kind"`
	Payload      string     `bun:"payload"` // JSON
	State        string     `bun:"state"`
	Attempts     int        `bun:"attempts"`
	LastStatus   int        `bun:"last_status"`
	LastError    string     `bun:"last_error"`
	CreatedAt    time.Time  `bun:"created_at"`
	AttemptedAt  *time.Time `bun:"attempted_at"`
	ClaimedUntil *time.Time `bun:"claimed_until"`
}

func (r *deliveryRow) domain() webhook.Delivery {
	return webhook.Delivery{ID: r.ID, MessageID: r.MessageID, EndpointID: r.EndpointID, Kind: webhook.Kind(r.Kind),
		Payload: json.RawMessage(r.Payload),
		State:   webhook.State(r.State), Attempts: r.Attempts, LastStatus: r.LastStatus, LastError: r.LastError,
		CreatedAt: r.CreatedAt.UTC(), AttemptedAt: db.UTC(r.AttemptedAt)}
}

func leaveDelivery(ctx context.Context, tx *ledger.Tx, message string, endpoint int64) error {
	return tx.Leave(ctx, task.WebhookDeliver, task.Webhook{V: 1, Message: message, Endpoint: endpoint})
}

// AddDeliveries stores messages that are not there yet, and leaves the tasks that send those that are pending.
func (s *Deliveries) AddDeliveries(ctx context.Context, ds []webhook.Delivery) error {
	if len(ds) == 0 {
		return nil
	}
	ids := make([]string, len(ds))
	for i := range ds {
		ids[i] = ds[i].MessageID
	}
	err := s.ledger.Change(ctx, ledger.Actor{}, func(ctx context.Context, tx *ledger.Tx) error {
		var known []string
		if err := tx.NewSelect().Model((*deliveryRow)(nil)).Column("message_id").Where("message_id IN (?)",
			bun.List(ids)).Scan(ctx, &known); err != nil {
			return err
		}
		var rows []deliveryRow
		for _, d := range ds {
			if slices.Contains(known, d.MessageID) {
				continue
			}
			known = append(known, d.MessageID)
			rows = append(rows,
				deliveryRow{MessageID: d.MessageID, EndpointID: d.EndpointID, Kind: string(d.Kind),
					Payload: string(d.Payload), State: string(d.State),
					LastError: db.Clip(d.LastError, 500), CreatedAt: s.db.Clock.Now()})
			if d.State != webhook.StatePending {
				continue
			}
			if err := leaveDelivery(ctx, tx, d.MessageID, d.EndpointID); err != nil {
				return err
			}
		}
		return db.InsertAll(ctx, tx, rows)
	})
	return db.Failed("add deliveries", err)
}

// DeliveryFilter selects deliveries. Empty fields do not filter.
type DeliveryFilter struct {
	EndpointID int64
	State      webhook.State
	Limit      int // 0 means 50; at most 500
	Cursor     string
}

const deliveriesList = "deliveries"

// Deliveries lists an endpoint's deliveries, newest first.
func (s *Deliveries) Deliveries(ctx context.Context, f DeliveryFilter) (ds []webhook.Delivery, next string, err error) {
	position, found, err := db.DecodeCursor(f.Cursor, deliveriesList, 1)
	if err != nil {
		return nil, "", err
	}
	limit := db.PageSize(f.Limit)
	var rows []deliveryRow
	q := s.db.Read().NewSelect().Model(&rows).Where("endpoint_id = ?",
		f.EndpointID).Order("id DESC").Limit(int64(limit + 1))
	if f.State != "" {
		q = q.Where("state = ?", f.State)
	}
	if found {
		q = q.Where("id < ?", position[0])
	}
	if err := q.Scan(ctx); err != nil {
		return nil, "", db.Failed("list deliveries", err)
	}
	rows, next = db.Cut(rows, limit, func(r deliveryRow) string { return db.EncodeCursor(deliveriesList, r.ID) })
	ds = make([]webhook.Delivery, len(rows))
	for i := range rows {
		ds[i] = rows[i].domain()
	}
	return ds, next, nil
}

// ReplayDelivery makes a delivery that ended pending again and leaves its task; one that is pending is CodeConflict.
func (s *Deliveries) ReplayDelivery(ctx context.Context, id int64, by ledger.Actor) (d webhook.Delivery, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		var row deliveryRow
		if err := s.db.ForUpdate(tx.NewSelect().Model(&row).Where("id = ?", id), "").Scan(ctx); err != nil {
			return db.NotFound("load delivery", "no such delivery", err)
		}
		if row.State == string(webhook.StatePending) {
			return attendance.NewError(attendance.CodeConflict, "the delivery is under way")
		}
		if _, err := s.webhooks.lockEndpoint(ctx, tx, row.EndpointID); err != nil {
			return err
		}
		before := row.State
		row.State = string(webhook.StatePending)
		if _, err := tx.NewUpdate().Model(&row).Column("state").WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := leaveDelivery(ctx, tx, row.MessageID, row.EndpointID); err != nil {
			return err
		}
		d = row.domain()
		tx.Audit(ledger.AuditEntry{Action: "webhook_delivery.replayed", Table: "webhook_deliveries",
			RowID:  strconv.FormatInt(id, 10),
			Before: []byte(`{"state":"` + before + `"}`), After: []byte(`{"state":"` + row.State + `"}`)})
		return nil
	})
	return d, db.Failed("replay delivery", err)
}

// TestDelivery stores a message that an administrator asked for, and its task.
func (s *Deliveries) TestDelivery(ctx context.Context, d webhook.Delivery,
	by ledger.Actor) (made webhook.Delivery, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if _, err := s.webhooks.lockEndpoint(ctx, tx, d.EndpointID); err != nil {
			return err
		}
		row := deliveryRow{MessageID: d.MessageID, EndpointID: d.EndpointID, Kind: string(d.Kind),
			Payload: string(d.Payload), State: string(webhook.StatePending), CreatedAt: s.db.Clock.Now()}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		if err := leaveDelivery(ctx, tx, row.MessageID, row.EndpointID); err != nil {
			return err
		}
		made = row.domain()
		tx.Audit(
			ledger.AuditEntry{
				Action: "webhook.tested",
				Table:  webhooksTable,
				RowID:  strconv.FormatInt(d.EndpointID, 10),
			},
		)
		return nil
	})
	return made, db.Failed("test webhook", err)
}

// Dispatch is a delivery that is to be attempted, with where it goes and what signs it.
type Dispatch struct {
	webhook.Delivery
	URL     string
	Secrets []string // the present one first
}

// TakeDelivery claims a delivery for one attempt and counts it. ok is false when there is nothing to send: it was
// delivered, its endpoint was deleted or turned off, or it is gone. busy is true while another worker attempts it.
func (s *Deliveries) TakeDelivery(ctx context.Context, message string, claim time.Duration) (d Dispatch, ok, busy bool,
	err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		d, ok, busy = Dispatch{}, false, false
		var rows []deliveryRow
		q := tx.NewSelect().Model(&rows).Where("message_id = ?", message)
		if err := s.db.ForUpdate(q, "").Scan(ctx); err != nil {
			return err
		}
		if len(rows) == 0 || rows[0].State == string(webhook.StateDelivered) ||
			rows[0].State == string(webhook.StateDropped) {
			return nil
		}
		row, now := rows[0], s.db.Clock.Now()
		if row.ClaimedUntil != nil && row.ClaimedUntil.After(now) {
			busy = true
			return nil
		}
		var endpoints []endpointRow
		if err := tx.NewSelect().Model(&endpoints).Where("id = ?", row.EndpointID).Scan(ctx); err != nil {
			return err
		}
		if len(endpoints) == 0 || !endpoints[0].Active && row.Kind != string(webhook.KindTest) {
			row.State, row.LastError = string(webhook.StateDropped), "the webhook was turned off or deleted"
			_, err := tx.NewUpdate().Model(&row).Column("state", "last_error").WherePK().Exec(ctx)
			return err
		}
		until := now.Add(claim)
		row.State, row.Attempts, row.AttemptedAt, row.ClaimedUntil = string(webhook.StatePending), row.Attempts+1, &now,
			&until
		if _, err := tx.NewUpdate().Model(&row).Column("state", "attempts", "attempted_at",
			"claimed_until").WherePK().Exec(ctx); err != nil {
			return err
		}
		d, ok = Dispatch{row.domain(), endpoints[0].URL, endpoints[0].secrets(s.db.Clock.Now())}, true
		return nil
	})
	return d, ok, busy, db.Failed("take delivery", err)
}

// KeepDelivery writes down how an attempt ended and gives the claim back.
func (s *Deliveries) KeepDelivery(ctx context.Context, message string, state webhook.State, status int,
	problem string) error {
	return db.Failed("keep delivery", s.db.WriteOne(ctx, func(ctx context.Context, idb bun.IDB) error {
		_, err := idb.NewUpdate().Model((*deliveryRow)(nil)).Set(
			"state = ?, last_status = ?, last_error = ?, claimed_until = NULL", state, status, db.Clip(problem, 500)).
			Where("message_id = ?", message).Exec(ctx)
		return err
	}))
}

// DeleteDeliveries forgets at most limit deliveries that were made before an instant, and returns how many.
func (s *Deliveries) DeleteDeliveries(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := s.db.DeleteOld(ctx, (*deliveryRow)(nil), before, limit)
	return n, db.Failed("delete deliveries", err)
}

// WaitingDeliveries counts what is pending, by endpoint.
func (s *Deliveries) WaitingDeliveries(ctx context.Context) (map[int64]int, error) {
	var rows []struct {
		EndpointID int64 `bun:"endpoint_id"`
		N          int   `bun:"n"`
	}
	err := s.db.Read().
		NewSelect().
		Model((*deliveryRow)(nil)).
		ColumnExpr("endpoint_id, COUNT(*) AS n").
		Where("state = ?",
			webhook.StatePending).
		Group("endpoint_id").
		Scan(ctx, &rows)
	if err != nil {
		return nil, db.Failed("count deliveries", err)
	}
	waiting := make(map[int64]int, len(rows))
	for _, r := range rows {
		waiting[r.EndpointID] = r.N
	}
	return waiting, nil
}
