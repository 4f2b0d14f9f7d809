package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hadir/api"
	"hadir/internal/testkit/migrated"
	"hadir/internal/webhook"

	"github.com/stretchr/testify/require"
)

// Webhooks: every role against every route.
func TestWhoMaySetWebhooksUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	body := map[string]any{"url": "https://contoh.id/hook", "kinds": []string{"recap.ready"}}
	one := fmt.Sprintf("/api/webhooks/%v", w.send(0, "POST", "/api/webhooks", "admin", body).json["id"])
	who := []string{"admin", "cabang", "jkt-1", "ops"}
	for _, c := range []struct {
		method, path string
		body         any
		admin        int
	}{
		{"GET", "/api/webhooks", nil, 200},
		{"POST", "/api/webhooks", body, 201},
		{"PATCH", one, map[string]any{"description": "Gaji"}, 200},
		{"PATCH", "/api/webhooks/4242", map[string]any{"description": "Gaji"}, 404},
		{"GET", one + "/deliveries?state=dead", nil, 200},
		{"GET", "/api/webhooks/4242/deliveries", nil, 404},
		{"POST", one + "/test", nil, 202},
		{"POST", "/api/webhooks/4242/test", nil, 404},
		{"POST", "/api/webhooks/deliveries/1/replay", nil, 409},
		{"POST", "/api/webhooks/deliveries/4242/replay", nil, 404},
		{"DELETE", one, nil, 204},
		{"DELETE", "/api/webhooks/4242", nil, 404},
	} {
		for i, name := range who {
			want := http.StatusForbidden
			if i == 0 {
				continue // last, since it may delete what the others must not see
			}
			require.Equal(t, want, w.send(0, c.method, c.path, name, c.body).status, "%s %s as %s", c.method, c.path,
				name)
		}
		require.Equal(t, http.StatusUnauthorized, w.send(0, c.method, c.path, "", c.body).status, c.path)
		r := w.send(0, c.method, c.path, "admin", c.body)
		require.Equal(t, c.admin, r.status, "%s %s: %s", c.method, c.path, r.raw)
	}
}

func TestWebhooksByAPI(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.nodes = append(w.nodes, w.node(api.Options{AllowPrivateWebhooks: true}))
		send := func(method, path string, body any) reply { return w.send(1, method, path, "admin", body) }
		made := send("POST", "/api/webhooks",
			map[string]any{"url": " http://127.0.0.1:9/hook ", "kinds": []string{"recap.ready", "attendance.recorded"},
				"description": "Gaji"})
		require.Equal(t, 201, made.status, made.raw)
		require.Equal(t, "no-store", made.header.Get("Cache-Control"))
		require.True(t, strings.HasPrefix(made.json["secret"].(string), "whsec_"))
		require.Equal(t, "http://127.0.0.1:9/hook", made.json["url"])
		require.Equal(t, true, made.json["active"])
		listed := send("GET", "/api/webhooks", nil)
		require.Len(t, listed.items(), 1)
		require.NotContains(t, listed.raw, "whsec_")
		one := fmt.Sprintf("/api/webhooks/%v", made.json["id"])
		changed := send("PATCH", one,
			map[string]any{"active": false, "kinds": []string{"request.changed"}, "url": "https://contoh.id"})
		require.Equal(t, 200, changed.status, changed.raw)
		require.Equal(t, []any{"request.changed"}, changed.json["kinds"])
		require.Equal(t, false, changed.json["active"])
		require.NotContains(t, changed.raw, "whsec_")

		rotated := send("POST", one+"/secret", nil)
		require.Equal(t, 200, rotated.status, rotated.raw)
		require.Equal(t, "no-store", rotated.header.Get("Cache-Control"))
		require.True(t, strings.HasPrefix(rotated.json["secret"].(string), "whsec_"))
		require.NotEqual(t, made.json["secret"], rotated.json["secret"])
		require.Equal(t, 422, send("POST", one+"/secret", map[string]any{"keep_hours": 169}).status)
		require.Equal(t, 404, send("POST", "/api/webhooks/424242/secret", nil).status)
		require.Equal(t, 403, w.send(1, "POST", one+"/secret", "cabang", nil).status)

		tested := send("POST", one+"/test", nil)
		require.Equal(t, 202, tested.status, tested.raw)
		require.Equal(t, "pending", tested.json["state"])
		require.Equal(t, "webhook.test", tested.json["kind"])
		require.Equal(t, 202, send("POST", one+"/test", nil).status, "each test is a message of its own")
		require.Len(t, w.left.all(), 2)
		ds := send("GET", one+"/deliveries?limit=1", nil)
		require.Len(t, ds.items(), 1)
		ds = send("GET", one+"/deliveries?limit=1&cursor="+ds.json["next_cursor"].(string), nil)
		require.Equal(t, tested.json["id"], ds.items()[0]["id"])
		require.Equal(t, "webhook.test", ds.items()[0]["payload"].(map[string]any)["type"])
		require.NoError(
			t,
			w.store.Deliveries.KeepDelivery(t.Context(), tested.json["message_id"].(string), webhook.StateDelivered,
				200, ""),
		)
		replay := fmt.Sprintf("/api/webhooks/deliveries/%v/replay", tested.json["id"])
		require.Equal(t, 202, send("POST", replay, nil).status)
		require.Equal(t, "conflict", send("POST", replay, nil).code())
		require.Len(t, w.left.all(), 1)
		require.Equal(t, 204, send("DELETE", one, nil).status)
		require.Equal(t, 404, send("GET", one+"/deliveries", nil).status)

		audit := w.send(0, "GET", "/api/audit", "admin", nil)
		require.NotContains(t, audit.raw, "whsec_")
		for _, action := range []string{"webhook.created", "webhook.updated", "webhook.secret_rotated",
			"webhook.tested", "webhook_delivery.replayed", "webhook.deleted"} {
			require.Contains(t, audit.raw, action)
		}
	})
}

func TestWebhooksRefuseRubbish(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	kinds := []string{"recap.ready"}
	one := fmt.Sprintf("/api/webhooks/%v",
		w.send(0, "POST", "/api/webhooks", "admin",
			map[string]any{"url": "https://contoh.id", "kinds": kinds}).json["id"])
	for _, body := range []any{
		map[string]any{"url": "http://169.254.169.254/latest/meta-data", "kinds": kinds},
		map[string]any{"url": "http://[::1]/", "kinds": kinds},
		map[string]any{"url": "http://10.0.0.1", "kinds": kinds}, map[string]any{"url": "contoh.id", "kinds": kinds},
		map[string]any{"url": "javascript:alert(1)", "kinds": kinds},
		map[string]any{"url": "https://a:b@contoh.id", "kinds": kinds},
		map[string]any{"url": "https://contoh.id/\u0000", "kinds": kinds},
		map[string]any{"url": "https://contoh.id/" + strings.Repeat("x", 3000), "kinds": kinds},
		map[string]any{"url": "   ", "kinds": kinds},
		map[string]any{"url": "https://contoh.id", "kinds": []string{}},
		map[string]any{"url": "https://contoh.id", "kinds": []string{"webhook.test"}},
		map[string]any{"url": "https://contoh.id", "kinds": kinds, "description": strings.Repeat("x", 201)},
		map[string]any{"url": 7}, "{", "[]", "null",
	} {
		for method, path := range map[string]string{"POST": "/api/webhooks", "PATCH": one} {
			r := w.send(0, method, path, "admin", body)
			require.True(t, r.status >= 400 && r.status < 500, "%s %v: %d %s", method, body, r.status, r.raw)
		}
	}
	for _, path := range []string{"/api/webhooks/0/deliveries", "/api/webhooks/x/deliveries",
		one + "/deliveries?cursor=x", one + "/deliveries?state=x", one + "/deliveries?limit=0"} {
		r := w.send(0, "GET", path, "admin", nil)
		require.True(t, r.status >= 400 && r.status < 500, "%s: %d", path, r.status)
	}
}
