package testkit

import (
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Span is a span that a Collector got. Ids are in hexadecimal; Parent is empty on a root.
type Span struct {
	Service, Name, Kind  string
	TraceID, ID, Parent  string
	Links                []string // trace ids
	Attributes           map[string]string
	Failed               bool
	StartNanos, EndNanos uint64
}

// Collector is an OTLP/HTTP receiver that keeps what it gets.
type Collector struct {
	URL    string
	server *httptest.Server

	mu      sync.Mutex
	spans   []Span
	headers []http.Header
	refuse  []int
}

// StartCollector starts one on a free port of the loopback.
func StartCollector(t testing.TB) *Collector {
	t.Helper()
	c := &Collector{}
	c.server = httptest.NewServer(http.HandlerFunc(c.receive))
	c.URL = c.server.URL
	t.Cleanup(c.server.Close)
	return c
}

// Close ends it before the test does.
func (c *Collector) Close() { c.server.Close() }

// Refuse answers the next exports with the given statuses.
func (c *Collector) Refuse(statuses ...int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = append(c.refuse, statuses...)
}

// Spans returns what it got so far.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Span(nil), c.spans...)
}

// Headers returns those of each export it took.
func (c *Collector) Headers() []http.Header {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]http.Header(nil), c.headers...)
}

func (c *Collector) receive(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.refuse) > 0 {
		w.WriteHeader(c.refuse[0])
		c.refuse = c.refuse[1:]
		return
	}
	spans, err := read(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.spans = append(c.spans, spans...)
	c.headers = append(c.headers, r.Header)
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func read(r *http.Request) (out []Span, err error) {
	if r.Method != http.MethodPost || r.URL.Path != "/v1/traces" ||
		r.Header.Get("Content-Type") != "application/x-protobuf" {
		return nil, fmt.Errorf("%s %s of type %q is no export", r.Method, r.URL.Path, r.Header.Get("Content-Type"))
	}
	body, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	var data tracepb.TracesData
	if err := proto.Unmarshal(b, &data); err != nil {
		return nil, err
	}
	for _, resource := range data.GetResourceSpans() {
		service := texts(resource.GetResource().GetAttributes())["service.name"]
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				span := Span{Service: service, Name: s.GetName(), Kind: s.GetKind().String(),
					TraceID: hex.EncodeToString(s.GetTraceId()),
					ID:      hex.EncodeToString(s.GetSpanId()), Parent: hex.EncodeToString(s.GetParentSpanId()),
					Attributes: texts(s.GetAttributes()),
					Failed:     s.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR,
					StartNanos: s.GetStartTimeUnixNano(), EndNanos: s.GetEndTimeUnixNano()}
				for _, l := range s.GetLinks() {
					span.Links = append(span.Links, hex.EncodeToString(l.GetTraceId()))
				}
				out = append(out, span)
			}
		}
	}
	return out, nil
}

func texts(attributes []*commonpb.KeyValue) map[string]string {
	out := make(map[string]string, len(attributes))
	for _, a := range attributes {
		switch v := a.GetValue().GetValue().(type) {
		case *commonpb.AnyValue_StringValue:
			out[a.GetKey()] = v.StringValue
		case *commonpb.AnyValue_IntValue:
			out[a.GetKey()] = fmt.Sprint(v.IntValue)
		}
	}
	return out
}
