package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/webhook"

	"github.com/danielgtaylor/huma/v2"
)

const tagWebhooks = "Webhooks"

type createWebhookInput struct {
	Body struct {
		URL         string   `json:"url" minLength:"1" maxLength:"2000" doc:"Where messages are posted. Private, local and reserved addresses are refused."`
		Description string   `json:"description,omitempty" maxLength:"200"`
		Kinds       []string `json:"kinds" minItems:"1" maxItems:"10" enum:"attendance.recorded,recap.ready,request.changed"`
		Active      *bool    `json:"active,omitempty" doc:"Default true."`
	}
}

type changeWebhookInput struct {
	IDInput
	Body struct {
		URL         *string   `json:"url,omitempty" minLength:"1" maxLength:"2000"`
		Description *string   `json:"description,omitempty" maxLength:"200"`
		Kinds       *[]string `json:"kinds,omitempty" minItems:"1" maxItems:"10" enum:"attendance.recorded,recap.ready,request.changed"`
		Version     string    `json:"version,omitempty" maxLength:"64" doc:"As it was read; another one is answered with 409 and the code stale. Left out: whatever is there is overwritten."`
		Active      *bool     `json:"active,omitempty" doc:"false: what is not delivered yet is dropped."`
	}
}

type rotateSecretInput struct {
	IDInput
	Body *struct {
		KeepHours *int `json:"keep_hours,omitempty" minimum:"0" maximum:"168" doc:"How long the secret before still signs; 24 if left out. 0 for one that has leaked."`
	} `required:"false"`
}

type deliveriesInput struct {
	IDInput
	PageInput
	State string `query:"state" enum:"pending,delivered,dead,dropped"`
}

// secretWebhook is an endpoint with its secret.
type secretWebhook struct {
	webhook.Endpoint
	Secret string `json:"secret" doc:"Signs every message. It is never shown again."`
}

func (a *API) registerWebhooks(h huma.API) {
	listing := private(http.MethodGet, "/api/webhooks", "list-webhooks", "Webhooks, by id", tagWebhooks)
	listing.Description = "Messages are signed after https://www.standardwebhooks.com and repeated for some hours " +
		"until the endpoint answers 2xx; a redirection is not followed. " +
		"A message can come more than once, under the same webhook-id."
	huma.Register(h, listing, func(ctx context.Context, _ *struct{}) (*answer[list[WebhookItem]], error) {
		if err := onlyAdmin(ctx); err != nil {
			return nil, a.fail(ctx, err)
		}
		rows, err := a.o.Store.Endpoints(ctx)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		return newList(a, items(rows, webhookItem), ""), nil
	})
	create := private(http.MethodPost, "/api/webhooks", "create-webhook", "Set a webhook up", tagWebhooks,
		http.StatusConflict)
	create.DefaultStatus = http.StatusCreated
	huma.Register(h, create, func(ctx context.Context, in *createWebhookInput) (*secretAnswer[secretWebhook], error) {
		out, err := a.createWebhook(ctx, in)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		return secret(out), nil
	})
	huma.Register(h, private(http.MethodPatch, "/api/webhooks/{id}", "change-webhook", "Change a webhook", tagWebhooks,
		http.StatusNotFound),
		func(ctx context.Context, in *changeWebhookInput) (*answer[WebhookItem], error) {
			e, err := a.changeWebhook(ctx, in)
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			return &answer[WebhookItem]{webhookItem(e)}, nil
		})
	rotate := private(http.MethodPost, "/api/webhooks/{id}/secret", "rotate-webhook-secret",
		"Give a webhook another secret", tagWebhooks, http.StatusNotFound)
	rotate.Description = "Messages carry a signature of both while the one before still holds, so that the " +
		"receiving program can change over."
	huma.Register(h, rotate, func(ctx context.Context, in *rotateSecretInput) (*secretAnswer[secretWebhook], error) {
		out, err := a.rotateSecret(ctx, in)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		return secret(out), nil
	})
	remove := private(http.MethodDelete, "/api/webhooks/{id}", "delete-webhook", "Remove a webhook", tagWebhooks,
		http.StatusNotFound)
	remove.DefaultStatus = http.StatusNoContent
	huma.Register(h, remove, func(ctx context.Context, in *IDInput) (*struct{}, error) {
		if err := onlyAdmin(ctx); err != nil {
			return nil, a.fail(ctx, err)
		}
		return nil, a.fail(ctx, a.o.Store.DeleteEndpoint(ctx, in.ID, actorOf(ctx)))
	})
	test := private(http.MethodPost, "/api/webhooks/{id}/test", "test-webhook", "Send a message of kind webhook.test",
		tagWebhooks, http.StatusNotFound)
	test.Description = "Also goes to a webhook that is turned off."
	test.DefaultStatus = http.StatusAccepted
	huma.Register(h, test, func(ctx context.Context, in *IDInput) (*answer[webhook.Delivery], error) {
		d, err := a.testWebhook(ctx, in.ID)
		return a.delivery(ctx, d, err)
	})
	a.registerDeliveries(h)
}

func (a *API) registerDeliveries(h huma.API) {
	huma.Register(h, private(http.MethodGet, "/api/webhooks/{id}/deliveries", "list-deliveries",
		"A webhook's messages of the last 30 days, newest first", tagWebhooks, http.StatusNotFound),
		func(ctx context.Context, in *deliveriesInput) (*answer[list[webhook.Delivery]], error) {
			if err := onlyAdmin(ctx); err != nil {
				return nil, a.fail(ctx, err)
			}
			if _, err := a.o.Store.Endpoint(ctx, in.ID); err != nil {
				return nil, a.fail(ctx, err)
			}
			rows, next, err := a.o.Store.Deliveries(ctx,
				store.DeliveryFilter{EndpointID: in.ID, State: webhook.State(strings.Clone(in.State)), Limit: in.Limit,
					Cursor: strings.Clone(in.Cursor)})
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			return newList(a, rows, next), nil
		})
	replay := private(http.MethodPost, "/api/webhooks/deliveries/{id}/replay", "replay-delivery",
		"Send a message again", tagWebhooks, http.StatusNotFound, http.StatusConflict)
	replay.Description = "With the same webhook-id and body, and a new timestamp and signature. One that is under " +
		"way is a conflict."
	replay.DefaultStatus = http.StatusAccepted
	huma.Register(h, replay, func(ctx context.Context, in *IDInput) (*answer[webhook.Delivery], error) {
		if err := onlyAdmin(ctx); err != nil {
			return nil, a.fail(ctx, err)
		}
		d, err := a.o.Store.ReplayDelivery(ctx, in.ID, actorOf(ctx))
		return a.delivery(ctx, d, err)
	})
}

// delivery hands over the task of a delivery and answers what was stored.
func (a *API) delivery(ctx context.Context, d webhook.Delivery, err error) (*answer[webhook.Delivery], error) {
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	return &answer[webhook.Delivery]{d}, nil
}

func (a *API) checkWebhook(url string) error {
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

func kinds(names []string) []webhook.Kind {
	out := make([]webhook.Kind, len(names))
	for i, n := range names {
		out[i] = webhook.Kind(strings.Clone(n))
	}
	return out
}

func (a *API) createWebhook(ctx context.Context, in *createWebhookInput) (secretWebhook, error) {
	if err := onlyAdmin(ctx); err != nil {
		return secretWebhook{}, err
	}
	b := in.Body
	e := webhook.Endpoint{URL: strings.TrimSpace(strings.Clone(b.URL)),
		Description: strings.TrimSpace(strings.Clone(b.Description)), Kinds: kinds(b.Kinds),
		Active: b.Active == nil || *b.Active}
	if err := a.checkWebhook(e.URL); err != nil {
		return secretWebhook{}, err
	}
	key := webhook.NewSecret()
	made, err := a.o.Store.AddEndpoint(ctx, e, key, actorOf(ctx))
	return secretWebhook{made, key}, err
}

func (a *API) changeWebhook(ctx context.Context, in *changeWebhookInput) (webhook.Endpoint, error) {
	if err := onlyAdmin(ctx); err != nil {
		return webhook.Endpoint{}, err
	}
	b := in.Body
	if b.URL != nil {
		if err := a.checkWebhook(strings.TrimSpace(*b.URL)); err != nil {
			return webhook.Endpoint{}, err
		}
	}
	return a.o.Store.UpdateEndpoint(ctx, in.ID, actorOf(ctx), func(e *webhook.Endpoint) error {
		if err := store.Unchanged(b.Version, *e); err != nil {
			return err
		}
		if b.URL != nil {
			e.URL = strings.TrimSpace(strings.Clone(*b.URL))
		}
		if b.Description != nil {
			e.Description = strings.TrimSpace(strings.Clone(*b.Description))
		}
		if b.Kinds != nil {
			e.Kinds = kinds(*b.Kinds)
		}
		set(&e.Active, b.Active)
		return nil
	})
}

func (a *API) rotateSecret(ctx context.Context, in *rotateSecretInput) (secretWebhook, error) {
	if err := onlyAdmin(ctx); err != nil {
		return secretWebhook{}, err
	}
	hours := 24
	if in.Body != nil {
		set(&hours, in.Body.KeepHours)
	}
	key := webhook.NewSecret()
	e, err := a.o.Store.RotateSecret(ctx, in.ID, key, a.o.Clock.Now().Add(time.Duration(hours)*time.Hour), actorOf(ctx))
	return secretWebhook{e, key}, err
}

func (a *API) testWebhook(ctx context.Context, id int64) (webhook.Delivery, error) {
	if err := onlyAdmin(ctx); err != nil {
		return webhook.Delivery{}, err
	}
	now := a.o.Clock.Now()
	data, err := json.Marshal(struct {
		WebhookID   int64     `json:"webhook_id"`
		RequestedBy string    `json:"requested_by"`
		RequestedAt time.Time `json:"requested_at"`
		Nonce       string    `json:"nonce"`
	}{id, callerOf(ctx).user.Name, now, rand.Text()})
	if err != nil {
		return webhook.Delivery{}, err
	}
	d, err := webhook.NewDelivery(id, webhook.KindTest, data, now)
	if err != nil {
		return webhook.Delivery{}, err
	}
	return a.o.Store.TestDelivery(ctx, d, actorOf(ctx))
}
