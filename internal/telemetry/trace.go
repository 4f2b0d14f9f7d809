package telemetry

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// A trace travels as text in contexts, columns, task headers and messages. The text is the trace id of 32 digits, or a
// traceparent of W3C Trace Context, version 00, by which a span can be continued.
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

// Handover returns the text by which another process continues the trace of ctx: the traceparent of its span or,
// without spans, the text that the trace came as. It is "" without a trace.
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

// ParseTraceparent returns a W3C traceparent header in the form of WithTrace. It cuts off what versions after 00 may
// append, and returns false for a malformed header.
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
