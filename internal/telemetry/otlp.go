package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// exportTimeout bounds one export, its repetition included.
const exportTimeout = 10 * time.Second

// otlpClient sends spans by OTLP/HTTP in protobuf, https://opentelemetry.io/docs/specs/otlp/#otlphttp. The library's
// own client is written for gRPC too and brings all of it along: docs/decisions/0007.
type otlpClient struct {
	url      string
	name     string // the URL without a password
	headers  map[string]string
	http     *http.Client
	log      *slog.Logger
	exported prometheus.Counter
	failed   prometheus.Counter
	failing  atomic.Bool
}

var _ otlptrace.Client = (*otlpClient)(nil)

func newOTLPClient(o TracerOptions) (*otlpClient, error) {
	to, err := url.Parse(o.Endpoint)
	if err != nil || to.Scheme != "http" && to.Scheme != "https" || to.Host == "" {
		return nil, errors.New("telemetry: the OTLP endpoint must be http://host:4318 or https://…")
	}
	to = to.JoinPath("v1/traces")
	spans := prometheus.NewCounterVec(
		prometheus.CounterOpts{Name: "hadir_trace_spans_total",
			Help: "Spans, by what became of their export: exported or failed."}, []string{"result"})
	if o.Registry != nil {
		o.Registry.MustRegister(spans)
	}
	return &otlpClient{url: to.String(), name: to.Redacted(), headers: o.Headers,
		http: &http.Client{Timeout: exportTimeout}, log: o.Log,
		exported: spans.WithLabelValues("exported"), failed: spans.WithLabelValues("failed")}, nil
}

// Start implements otlptrace.Client.
func (c *otlpClient) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *otlpClient) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces implements otlptrace.Client. It returns no errors, since the SDK would log them with a logger of the
// whole process. It writes one log line when failures begin and one when they end.
func (c *otlpClient) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	n := 0
	for _, r := range spans {
		for _, s := range r.GetScopeSpans() {
			n += len(s.GetSpans())
		}
	}
	if err := c.send(ctx, spans); err != nil {
		c.failed.Add(float64(n))
		if !c.failing.Swap(true) {
			c.log.WarnContext(ctx, "spans cannot be exported and are dropped until the receiver takes them again",
				"url", c.name, "error", err)
		}
		return nil
	}
	c.exported.Add(float64(n))
	if c.failing.Swap(false) {
		c.log.InfoContext(ctx, "spans are exported again", "url", c.name)
	}
	return nil
}

const (
	// retryAfter is the pause before a receiver that is overloaded is asked again.
	retryAfter = time.Second
	// maxPosts is how often the same spans are sent if the receiver does not take them.
	maxPosts = 2
)

func (c *otlpClient) send(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	// These are the bytes of an ExportTraceServiceRequest, too; the specification promises that this stays so.
	plain, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return err
	}
	var body bytes.Buffer
	w := gzip.NewWriter(&body)
	if _, err := w.Write(plain); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_, err = backoff.Retry(ctx, func() (struct{}, error) {
		again, err := c.post(ctx, body.Bytes())
		if err != nil && !again {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(backoff.NewConstantBackOff(retryAfter)), backoff.WithMaxTries(maxPosts))
	return err
}

// post sends a body once and tells whether the receiver asked for a retry.
func (c *otlpClient) post(ctx context.Context, body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("Content-Encoding", "gzip")
	for k, v := range c.headers {
		req.Header.Set(k, v)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if resp.StatusCode/100 == 2 {
		return false, nil
	}
	switch resp.StatusCode { // those that the specification calls retryable
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		again = true
	}
	return again, fmt.Errorf("%s: %.200q", resp.Status, answer)
}

// CheckOTLP sends an export without spans and returns the receiver's objection, if any.
func CheckOTLP(ctx context.Context, endpoint string, headers map[string]string) error {
	c, err := newOTLPClient(TracerOptions{Endpoint: endpoint, Headers: headers})
	if err != nil {
		return err
	}
	defer c.http.CloseIdleConnections()
	return c.send(ctx, nil)
}
