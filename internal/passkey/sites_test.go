package passkey

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSites(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		options Options
		host    string
		domain  string // "" where there are no passkeys
		origins []string
	}{
		"the address that was said, whatever the host": {Options{PublicURL: "https://Hadir.contoh.id/"}, "api:8080",
			"hadir.contoh.id", []string{"https://hadir.contoh.id"}},
		"with a port": {Options{PublicURL: "http://localhost:8080"}, "x", "localhost",
			[]string{"http://localhost:8080"}},
		"a domain above, and more addresses within it": {Options{PublicURL: "https://hadir.contoh.id",
			Domain: "contoh.id", Origins: []string{"https://kiosk.contoh.id"}}, "x", "contoh.id",
			[]string{"https://hadir.contoh.id", "https://kiosk.contoh.id"}},
		"an address without a name":   {Options{PublicURL: "https://192.0.2.1"}, "x", "", nil},
		"nobody said, a proxy may be": {Options{}, "hadir.contoh.id", "", nil},
		"the host that is asked": {Options{AsAsked: true}, "Hadir.contoh.id", "hadir.contoh.id",
			[]string{"https://hadir.contoh.id"}},
		"another port": {Options{AsAsked: true}, "hadir.contoh.id:8443", "hadir.contoh.id",
			[]string{"https://hadir.contoh.id:8443"}},
		"this machine, without TLS": {Options{AsAsked: true}, "localhost:8080", "localhost",
			[]string{"https://localhost:8080", "http://localhost:8080"}},
		"a host that is an address":        {Options{AsAsked: true}, "192.0.2.1:8080", "", nil},
		"a host that is an IPv6 address":   {Options{AsAsked: true}, "[2001:db8::1]:8080", "", nil},
		"the same without a port":          {Options{AsAsked: true}, "[2001:db8::1]", "", nil},
		"no host":                          {Options{AsAsked: true}, "", "", nil},
		"a host that no browser would ask": {Options{AsAsked: true}, "a b", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sites, err := NewSites(tc.options)
			require.NoError(t, err)
			site, ok := sites.For(tc.host)
			require.Equal(t, tc.domain != "", ok)
			if ok {
				require.Equal(t, tc.domain, site.Domain())
				require.Equal(t, tc.origins, site.web.Config.RPOrigins)
			}
		})
	}
}

func TestSitesThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"no address":                 {PublicURL: "hadir.contoh.id"},
		"another scheme":             {PublicURL: "ftp://hadir.contoh.id"},
		"a domain of somebody else":  {PublicURL: "https://hadir.contoh.id", Domain: "contoh.com"},
		"a domain that ends so":      {PublicURL: "https://hadir.contoh.id", Domain: "toh.id"},
		"a domain below":             {PublicURL: "https://contoh.id", Domain: "hadir.contoh.id"},
		"a domain that is a number":  {PublicURL: "https://192.0.2.1", Domain: "192.0.2.1"},
		"an origin of somebody else": {PublicURL: "https://hadir.contoh.id", Origins: []string{"https://tiruan.id"}},
		"an origin that is none":     {PublicURL: "https://hadir.contoh.id", Origins: []string{"hadir"}},
		"a domain without pages":     {Domain: "contoh.id"},
		"origins without pages":      {Origins: []string{"https://contoh.id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := NewSites(o)
			require.Error(t, err)
		})
	}
}
