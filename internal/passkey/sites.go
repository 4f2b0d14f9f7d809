package passkey

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Options says what address people see in their browsers.
type Options struct {
	PublicURL string   // of the pages; "" if nobody said
	Domain    string   // that passkeys are made for; "" is the host of PublicURL
	Origins   []string // from which passkeys are used besides PublicURL
	// AsAsked takes the host that a request names for the address where nobody said one. Behind a proxy that may be a
	// name that no browser sees.
	AsAsked bool
}

// Sites tells for which site a request is.
type Sites struct {
	fixed   *Site
	asAsked bool
}

// Site is a relying party: a domain, and the origins whose pages may use its passkeys.
type Site struct{ web *webauthn.WebAuthn }

// Domain is what passkeys are bound to.
func (s Site) Domain() string { return s.web.Config.RPID }

// NewSites checks the options.
func NewSites(o Options) (*Sites, error) {
	if o.PublicURL == "" {
		if o.Domain != "" || len(o.Origins) > 0 {
			return nil, errors.New("a domain or origins of passkeys need a public URL")
		}
		return &Sites{asAsked: o.AsAsked}, nil
	}
	origin, host, err := originOf(o.PublicURL)
	if err != nil {
		return nil, err
	}
	domain, said := strings.ToLower(o.Domain), o.Domain != ""
	if !said {
		domain = host
	}
	if !said && net.ParseIP(host) != nil {
		return &Sites{}, nil // browsers make no passkeys for addresses
	}
	origins, hosts := []string{origin}, []string{host}
	for _, more := range o.Origins {
		origin, host, err := originOf(more)
		if err != nil {
			return nil, err
		}
		origins, hosts = append(origins, origin), append(hosts, host)
	}
	for i, host := range hosts {
		if host != domain && !strings.HasSuffix(host, "."+domain) {
			return nil, fmt.Errorf("%s is not within the domain %q", origins[i], domain)
		}
	}
	site, err := newSite(domain, origins)
	if err != nil {
		return nil, err
	}
	return &Sites{fixed: &site}, nil
}

// originOf is the origin of an address, and its host.
func originOf(address string) (origin, host string, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return "", "", fmt.Errorf("%q is no address of a website", address)
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), strings.ToLower(u.Hostname()), nil
}

func newSite(domain string, origins []string) (Site, error) {
	web, err := webauthn.New(&webauthn.Config{RPID: domain, RPDisplayName: shown, RPOrigins: origins,
		// We ask for no extension; what a browser adds by itself changes nothing.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore})
	return Site{web}, err
}

// For returns the site of a request that names a host, with a port where there is one; ok is false where passkeys
// cannot be used. Where a browser of another host speaks for its page, that page's host is in what it signs, so that
// the name that a request gives cannot be used against anybody.
func (s *Sites) For(host string) (site Site, ok bool) {
	if s.fixed != nil {
		return *s.fixed, true
	}
	if !s.asAsked || host == "" {
		return Site{}, false
	}
	host = strings.ToLower(host)
	name := host
	if n, _, err := net.SplitHostPort(host); err == nil {
		name = n
	}
	if net.ParseIP(strings.Trim(name, "[]")) != nil {
		return Site{}, false
	}
	// Whether TLS ends before us we may not know. Browsers tell of an http page on their own machine only.
	origins := []string{"https://" + host}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		origins = append(origins, "http://"+host)
	}
	site, err := newSite(name, origins)
	return site, err == nil
}
