package telemetry

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// A trace travels as text, in contexts, columns, task headers and messages: the 32 digits of its id or, so that a span
// can be continued, a traceparent of W3C Trace Context, version 00.
const (
	idDigits          = 32
	traceparentLength = len("00-") + idDigits + len("-") + 16 + len("-00")
	traceparentKey    = "traceparent" // of the header, and of the propagator's carriers
)

type traceKey struct{}

// WithTrace returns a context that carries a trace, given as its id or as a traceparent.
func WithTrace(ctx context.Context, trace string) context.Context {
	return context.WithValue(ctx, traceKey{}, trace)
}

func carried(ctx context.Context) string {
	trace, _ := ctx.Value(traceKey{}).(string)
	return trace
}

// Trace returns the trace id of ctx, or "".
func Trace(ctx context.Context) string { return TraceID(carried(ctx)) }

// TraceID returns the id of a trace that is given as its id or as a traceparent.
func TraceID(trace string) string {
	if len(trace) == traceparentLength {
		return trace[3 : 3+idDigits]
	}
	return trace
}

// Handover returns what another process needs to go on with the trace of ctx: the traceparent of its span, or, where
// nobody makes spans, what the trace came as. It is "" without a trace.
func Handover(ctx context.Context) string {
	s := trace.SpanContextFromContext(ctx)
	if !s.IsValid() {
		return carried(ctx)
	}
	return traceparent(s)
}

func traceparent(s trace.SpanContext) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(trace.ContextWithSpanContext(context.Background(), s), carrier)
	return carrier.Get(traceparentKey)
}

// NewTrace returns a random trace id of 32 hexadecimal digits, as W3C Trace Context defines it.
func NewTrace() string {
	var b [idDigits / 2]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand crashes the process instead
	return hex.EncodeToString(b[:])
}

// ParseTraceparent returns a W3C traceparent header as WithTrace takes it, without what versions after 00 may have
// appended; false if the header is malformed.
func ParseTraceparent(header string) (string, bool) {
	if len(header) > traceparentLength && header[traceparentLength] == '-' {
		header = header[:traceparentLength]
	}
	s, ok := spanContext(header)
	if !ok {
		return "", false
	}
	return traceparent(s), true
}

// spanContext reads a traceparent; false for anything else, such as the id of a trace alone.
func spanContext(text string) (trace.SpanContext, bool) {
	s := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(),
		propagation.MapCarrier{traceparentKey: text}))
	return s, s.IsValid()
}
