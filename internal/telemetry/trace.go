package telemetry

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// A trace travels as text, in contexts, columns, task headers and messages: the 32 digits of its id or, so that a span
// can be continued, a traceparent of W3C Trace Context, version 00.
const (
	idDigits          = 32
	traceparentLength = len("00-") + idDigits + len("-") + 16 + len("-00")
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
	return "00-" + s.TraceID().String() + "-" + s.SpanID().String() + "-" +
		(s.TraceFlags() & trace.FlagsSampled).String()
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
	if len(header) < traceparentLength || header[:2] == "ff" || len(header) > traceparentLength &&
		header[traceparentLength] != '-' {
		return "", false
	}
	if _, ok := spanContext(header[:traceparentLength]); !ok || !lowerHex(header[:2]) {
		return "", false
	}
	return "00" + header[2:traceparentLength], true
}

// spanContext reads a traceparent, of which it leaves the version out.
func spanContext(text string) (trace.SpanContext, bool) {
	if len(text) != traceparentLength {
		return trace.SpanContext{}, false
	}
	parts := strings.SplitN(text, "-", 4)
	if len(parts) != 4 {
		return trace.SpanContext{}, false
	}
	id, err1 := trace.TraceIDFromHex(parts[1])
	span, err2 := trace.SpanIDFromHex(parts[2])
	flags, err3 := hex.DecodeString(parts[3])
	if err1 != nil || err2 != nil || err3 != nil || !lowerHex(parts[3]) || len(flags) != 1 {
		return trace.SpanContext{}, false
	}
	s := trace.NewSpanContext(
		trace.SpanContextConfig{TraceID: id, SpanID: span, TraceFlags: trace.TraceFlags(flags[0]) & trace.FlagsSampled,
			Remote: true})
	return s, s.IsValid()
}

func lowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
