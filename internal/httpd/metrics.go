package httpd

import (
	"net"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics serves a registry at /metrics, behind the given guards.
func (s *Server) Metrics(g prometheus.Gatherer, guards ...fiber.Handler) {
	s.app.Get("/metrics", append(guards, adaptor.HTTPHandler(promhttp.HandlerFor(g, promhttp.HandlerOpts{})))...)
}

// Browsable turns a listener's address into one that a browser on this machine can open.
func Browsable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
