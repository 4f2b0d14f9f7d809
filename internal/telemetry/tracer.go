package telemetry

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracer makes OpenTelemetry spans and exports them over OTLP/HTTP. A nil Tracer makes none and allocates nothing, so
// that callers need not ask whether tracing is on. It is safe for concurrent use.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// TracerOptions configures NewTracer. Endpoint and Log are required.
type TracerOptions struct {
	// Endpoint is the base URL of an OTLP/HTTP receiver, such as http://collector:4318; spans go to v1/traces below it.
	Endpoint string
	Headers  map[string]string // sent with every export, such as an authorization
	// Sample is the share of traces that are exported, from 0 to 1, decided by the trace id and so the same on every
	// node. A request that brings a traceparent brings the decision with it.
	Sample   float64
	Role     string // becomes service.name "hadir-<role>"
	Instance string // service.instance.id
	Version  string
	Log      *slog.Logger
	Registry prometheus.Registerer // nil for no metrics
	// Every is how long spans wait for an export at the most; 0 means 5 s.
	Every time.Duration
}

// NewTracer returns a tracer. It does not wait for the receiver: spans that cannot be exported are dropped and counted,
// and nothing else is affected.
func NewTracer(ctx context.Context, o TracerOptions) (*Tracer, error) {
	client, err := newOTLPClient(o)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("telemetry: the exporter of spans: %w", err)
	}
	if o.Every <= 0 {
		o.Every = 5 * time.Second
	}
	// Names by the semantic conventions of OpenTelemetry; OTEL_RESOURCE_ATTRIBUTES adds what operators want besides.
	about, err := resource.New(ctx, resource.WithFromEnv(), resource.WithAttributes(
		attribute.String("service.name", "hadir-"+o.Role), attribute.String("service.namespace", "hadir"),
		attribute.String("service.instance.id", o.Instance), attribute.String("service.version", o.Version)))
	if err != nil {
		return nil, fmt.Errorf("telemetry: OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	p := sdk.NewTracerProvider(
		sdk.WithResource(about), sdk.WithIDGenerator(ids{}),
		sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(o.Sample))),
		sdk.WithBatcher(exporter, sdk.WithBatchTimeout(o.Every), sdk.WithExportTimeout(exportTimeout)))
	return &Tracer{p, p.Tracer("hadir", trace.WithInstrumentationVersion(o.Version))}, nil
}

// Close exports what is left, for as long as ctx allows.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Kind says what a span is in the exchange between processes.
type Kind = trace.SpanKind

// The kinds of spans.
const (
	Internal = trace.SpanKindInternal
	Server   = trace.SpanKindServer
	Producer = trace.SpanKindProducer
	Consumer = trace.SpanKindConsumer
)

// Start begins a span in the trace that ctx carries, or in a new one. The caller must end it.
func (t *Tracer) Start(ctx context.Context, name string, kind Kind) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	return t.start(ctx, name, trace.WithSpanKind(kind))
}

// StartMerged begins a span for work that several traces share. The span belongs to the first sampled trace and links
// to the other sampled ones. If none is sampled there is no span, and the given context is returned.
func (t *Tracer) StartMerged(ctx context.Context, name string, kind Kind, traces []string) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	var parent string
	var links []trace.Link
	for _, text := range traces {
		s, ok := spanContext(text)
		switch {
		case !ok || !s.IsSampled():
		case parent == "":
			parent = text
		default:
			links = append(links, trace.Link{SpanContext: s})
		}
	}
	if parent == "" {
		return ctx, Span{}
	}
	// The context may have the span of the request that happens to do the work for all. That span must not become the
	// parent.
	ctx = trace.ContextWithSpanContext(WithTrace(ctx, parent), trace.SpanContext{})
	return t.start(ctx, name, trace.WithSpanKind(kind), trace.WithLinks(links...))
}

func (t *Tracer) start(ctx context.Context, name string, o ...trace.SpanStartOption) (context.Context, Span) {
	known := carried(ctx)
	if !trace.SpanContextFromContext(ctx).IsValid() {
		if s, ok := spanContext(known); ok {
			ctx = trace.ContextWithRemoteSpanContext(ctx, s)
		}
	}
	ctx, span := t.tracer.Start(ctx, name, o...)
	if known == "" {
		ctx = WithTrace(ctx, span.SpanContext().TraceID().String())
	}
	return ctx, Span{span}
}

// Span is a piece of work in a trace. The zero Span takes everything and does nothing.
type Span struct{ span trace.Span }

// Recording reports whether the span is exported, so that attributes are worth computing.
func (s Span) Recording() bool { return s.span != nil && s.span.IsRecording() }

// Rename replaces the name of the span.
func (s Span) Rename(name string) {
	if s.span != nil {
		s.span.SetName(name)
	}
}

// SetText adds an attribute.
func (s Span) SetText(key, value string) {
	if s.Recording() {
		s.span.SetAttributes(attribute.String(key, value))
	}
}

// SetInt adds an attribute.
func (s Span) SetInt(key string, value int) {
	if s.Recording() {
		s.span.SetAttributes(attribute.Int(key, value))
	}
}

// Fail marks the span as failed unless err is nil.
func (s Span) Fail(err error) {
	if err != nil && s.Recording() {
		s.span.SetStatus(codes.Error, err.Error())
	}
}

// End ends the span.
func (s Span) End() {
	if s.span != nil {
		s.span.End()
	}
}

// ids makes span ids. It makes trace ids only for work without one, so that logs and spans of a request name the same
// trace.
type ids struct{}

// NewIDs implements the SDK's generator.
func (g ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	id, err := trace.TraceIDFromHex(Trace(ctx))
	for err != nil || !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(id[8:], rand.Uint64())
		err = nil
	}
	return id, g.NewSpanID(ctx, id)
}

// NewSpanID implements the SDK's generator.
func (ids) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	for !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:], rand.Uint64())
	}
	return id
}
