package cli

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"hadir/internal/build"
	"hadir/internal/config"
	"hadir/internal/telemetry"
)

// openTracer begins to export spans if the configuration says where to.
func (p *process) openTracer(ctx context.Context) (err error) {
	if p.config.OTLPEndpoint == "" {
		return nil
	}
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("the name of this machine: %w", err)
	}
	p.tracer, err = telemetry.NewTracer(ctx, telemetry.TracerOptions{
		Endpoint: p.config.OTLPEndpoint, Headers: otlpHeaders(p.config), Sample: p.config.OTLPSample, Role: p.name(),
		Instance: fmt.Sprintf("%s-%d", host, os.Getpid()), Version: build.Version(), Log: p.log, Registry: p.registry,
	})
	if err != nil {
		return err
	}
	p.closers = append(p.closers, func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		return p.tracer.Close(ctx)
	})
	return nil
}

func otlpHeaders(c config.Config) map[string]string {
	out := make(map[string]string, len(c.OTLPHeaders))
	for _, h := range c.OTLPHeaders {
		name, value, _ := strings.Cut(h, "=")
		out[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return out
}

// traces asks the receiver of traces whether it takes any.
func (d *diagnosis) traces(ctx context.Context, c config.Config) {
	if c.OTLPEndpoint == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := telemetry.CheckOTLP(ctx, c.OTLPEndpoint, otlpHeaders(c))
	d.report("The receiver of traces takes them", err,
		"Look at HADIR_OTLP_ENDPOINT and HADIR_OTLP_HEADERS. Nothing but traces is lost meanwhile.")
}
