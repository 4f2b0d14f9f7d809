package api

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"hadir/internal/store"

	"github.com/gofiber/fiber/v2"
)

// Document returns the OpenAPI document as /api/openapi.json serves it, without a server, a database or a session: the
// pages' types are made of it.
func Document() ([]byte, error) {
	a, err := New(Options{Store: &store.Store{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	a.Routes(app)
	res, err := app.Test(httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/api/openapi.json", nil),
		-1)
	if err != nil {
		return nil, fmt.Errorf("asking for the OpenAPI document: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	document, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the OpenAPI document was answered with %s: %s", res.Status, document)
	}
	return document, err
}
