package outside

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/outside"
	"hadir/internal/webhook"

	"github.com/danielgtaylor/huma/v2"
)

// chosenKinds are the kinds of messages that an endpoint asks for.
type chosenKinds []webhook.Kind

// Schema implements huma.SchemaProvider, so that webhook.Kinds is the only list of them.
func (chosenKinds) Schema(huma.Registry) *huma.Schema {
	kind := &huma.Schema{Type: huma.TypeString}
	for _, k := range webhook.Kinds() {
		kind.Enum = append(kind.Enum, string(k))
	}
	least, most := 1, 10
	return &huma.Schema{Type: huma.TypeArray, Items: kind, MinItems: &least, MaxItems: &most}
}

type createWebhookInput struct {
	Body struct {
		URL         string      `json:"url" minLength:"1" maxLength:"2000" doc:"@createWebhookInput.url"`
		Description string      `json:"description,omitempty" maxLength:"200" text:"lines"`
		Kinds       chosenKinds `json:"kinds"`
		Active      *bool       `json:"active,omitempty" doc:"Default true."`
	}
}

type changeWebhookInput struct {
	rest.IDInput
	Body struct {
		URL         *string      `json:"url,omitempty" minLength:"1" maxLength:"2000"`
		Description *string      `json:"description,omitempty" maxLength:"200" text:"lines"`
		Kinds       *chosenKinds `json:"kinds,omitempty"`
		Version     string       `json:"version,omitempty" maxLength:"64" doc:"@version"`
		Active      *bool        `json:"active,omitempty" doc:"false: what is not delivered yet is dropped."`
	}
}

type rotateSecretInput struct {
	rest.IDInput
	Body *struct {
		KeepHours *int `json:"keep_hours,omitempty" minimum:"0" maximum:"168" doc:"@rotateSecretInput.keep_hours"`
	} `required:"false"`
}

type deliveriesInput struct {
	rest.IDInput
	rest.PageInput
	State string `query:"state" enum:"pending,delivered,dead,dropped"`
}

// keepSecret is how long a secret that was replaced goes on signing, in hours.
const keepSecret = 24

// secretWebhook is an endpoint with its secret.
type secretWebhook struct {
	webhook.Endpoint
	Secret string `json:"secret" doc:"Signs every message. It is never shown again."`
}

// WebhookItem is a webhook with the version of what it says.
type WebhookItem struct {
	webhook.Endpoint
	Version string `json:"version" doc:"Names this state; give it back with a change."`
}

func webhookItem(e webhook.Endpoint) WebhookItem { return WebhookItem{e, db.Version(e)} }

func (a *api) registerWebhooks(r *rest.Router) {
	listing := rest.Op("GET /api/webhooks", "list-webhooks", "Webhooks, by id", tagWebhooks)
	listing.Description = "Messages are signed after https://www.standardwebhooks.com and repeated for some hours " +
		"until the endpoint answers 2xx; a redirection is not followed. " +
		"A message can come more than once, under the same webhook-id."
	rest.Handle(r, listing, rest.Admins, func(ctx context.Context, _ *struct{}) (rest.List[WebhookItem], error) {
		rows, err := a.o.Store.Webhooks.Endpoints(ctx)
		return rest.NewList(rest.Items(rows, webhookItem), "", a.o.Clock.Now()), err
	})
	create := rest.Op("POST /api/webhooks", "create-webhook", "Set a webhook up", tagWebhooks, http.StatusConflict)
	create.DefaultStatus = http.StatusCreated
	rest.HandleOutput(r, rest.Confirmed(create), rest.Admins, rest.Secretly(a.createWebhook))
	change := rest.Op("PATCH /api/webhooks/{id}", "change-webhook", "Change a webhook", tagWebhooks,
		http.StatusNotFound)
	rest.Handle(r, rest.Confirmed(change), rest.Admins, a.changeWebhook)
	rotate := rest.Op("POST /api/webhooks/{id}/secret", "rotate-webhook-secret",
		"Give a webhook another secret", tagWebhooks, http.StatusNotFound)
	rotate.Description = "Messages carry a signature of both while the one before still holds, so that the " +
		"receiving program can change over."
	rest.HandleOutput(r, rest.Confirmed(rotate), rest.Admins, rest.Secretly(a.rotateSecret))
	remove := rest.Op("DELETE /api/webhooks/{id}", "delete-webhook", "Remove a webhook", tagWebhooks,
		http.StatusNotFound)
	remove.DefaultStatus = http.StatusNoContent
	rest.Handle(r, rest.Confirmed(remove), rest.Admins, rest.Do(func(ctx context.Context, in *rest.IDInput) error {
		return a.o.Store.Webhooks.DeleteEndpoint(ctx, in.ID, rest.ActorOf(ctx))
	}))
	test := rest.Op("POST /api/webhooks/{id}/test", "test-webhook", "Send a message of kind webhook.test",
		tagWebhooks, http.StatusNotFound)
	test.Description = "Also goes to a webhook that is turned off."
	test.DefaultStatus = http.StatusAccepted
	rest.Handle(r, test, rest.Admins, a.testWebhook)
}

func (a *api) registerDeliveries(r *rest.Router) {
	rest.Handle(r, rest.Op("GET /api/webhooks/{id}/deliveries", "list-deliveries",
		"A webhook's messages of the last 30 days, newest first", tagWebhooks, http.StatusNotFound), rest.Admins,
		a.deliveries)
	replay := rest.Op("POST /api/webhooks/deliveries/{id}/replay", "replay-delivery",
		"Send a message again", tagWebhooks, http.StatusNotFound, http.StatusConflict)
	replay.Description = "With the same webhook-id and body, and a new timestamp and signature. One that is under " +
		"way is a conflict."
	replay.DefaultStatus = http.StatusAccepted
	rest.Handle(r, replay, rest.Admins, func(ctx context.Context, in *rest.IDInput) (webhook.Delivery, error) {
		return a.o.Store.Deliveries.ReplayDelivery(ctx, in.ID, rest.ActorOf(ctx))
	})
}

func (a *api) deliveries(ctx context.Context, in *deliveriesInput) (out rest.List[webhook.Delivery], err error) {
	if _, err := a.o.Store.Webhooks.Endpoint(ctx, in.ID); err != nil {
		return out, err
	}
	rows, next, err := a.o.Store.Deliveries.Deliveries(ctx, outside.DeliveryFilter{EndpointID: in.ID,
		State: webhook.State(in.State), Limit: in.Limit, Cursor: in.Cursor})
	return rest.NewList(rows, next, a.o.Clock.Now()), err
}

func (a *api) checkWebhook(url string) error {
	err := webhook.CheckURL(url, a.o.AllowPrivateWebhooks)
	switch {
	case errors.Is(err, webhook.ErrPrivate):
		return attendance.Invalid("url", "Private, local and reserved addresses are refused.")
	case err != nil:
		return attendance.Invalid("url",
			"An address begins with https://, names a host, and carries neither a password nor a fragment.")
	}
	return nil
}

func (a *api) createWebhook(ctx context.Context, in *createWebhookInput) (secretWebhook, error) {
	b := in.Body
	e := webhook.Endpoint{URL: strings.TrimSpace(b.URL),
		Description: strings.TrimSpace(b.Description), Kinds: b.Kinds,
		Active: b.Active == nil || *b.Active}
	if err := a.checkWebhook(e.URL); err != nil {
		return secretWebhook{}, err
	}
	key := webhook.NewSecret()
	made, err := a.o.Store.Webhooks.AddEndpoint(ctx, e, key, rest.ActorOf(ctx))
	return secretWebhook{made, key}, err
}

func (a *api) changeWebhook(ctx context.Context, in *changeWebhookInput) (out WebhookItem, err error) {
	b := in.Body
	if b.URL != nil {
		if err := a.checkWebhook(strings.TrimSpace(*b.URL)); err != nil {
			return out, err
		}
	}
	e, err := a.o.Store.Webhooks.UpdateEndpoint(ctx, in.ID, rest.ActorOf(ctx), func(e *webhook.Endpoint) error {
		if err := db.Unchanged(b.Version, *e); err != nil {
			return err
		}
		if b.URL != nil {
			e.URL = strings.TrimSpace(*b.URL)
		}
		if b.Description != nil {
			e.Description = strings.TrimSpace(*b.Description)
		}
		if b.Kinds != nil {
			e.Kinds = *b.Kinds
		}
		rest.Set(&e.Active, b.Active)
		return nil
	})
	return webhookItem(e), err
}

func (a *api) rotateSecret(ctx context.Context, in *rotateSecretInput) (secretWebhook, error) {
	hours := keepSecret
	if in.Body != nil {
		rest.Set(&hours, in.Body.KeepHours)
	}
	key := webhook.NewSecret()
	until := a.o.Clock.Now().Add(time.Duration(hours) * time.Hour)
	e, err := a.o.Store.Webhooks.RotateSecret(ctx, in.ID, key, until, rest.ActorOf(ctx))
	return secretWebhook{e, key}, err
}

func (a *api) testWebhook(ctx context.Context, in *rest.IDInput) (webhook.Delivery, error) {
	now := a.o.Clock.Now()
	data, err := json.Marshal(struct {
		WebhookID   int64     `json:"webhook_id"`
		RequestedBy string    `json:"requested_by"`
		RequestedAt time.Time `json:"requested_at"`
		Nonce       string    `json:"nonce"`
	}{in.ID, rest.UserOf(ctx).Name, now, rand.Text()})
	if err != nil {
		return webhook.Delivery{}, err
	}
	d, err := webhook.NewDelivery(in.ID, webhook.KindTest, data, now)
	if err != nil {
		return webhook.Delivery{}, err
	}
	return a.o.Store.Deliveries.TestDelivery(ctx, d, rest.ActorOf(ctx))
}
