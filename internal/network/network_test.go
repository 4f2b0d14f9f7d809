package network_test

import (
	"net/netip"
	"testing"

	"hadir/internal/network"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNetworksAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"203.0.113.77/24": "203.0.113.0/24", "203.0.113.77": "203.0.113.77/32", "2001:DB8::1": "2001:db8::1/128",
		"::ffff:192.0.2.0/120": "192.0.2.0/24", "2001:db8:7::9/48": "2001:db8:7::/48", "0.0.0.0/0": "0.0.0.0/0",
	} {
		p, err := network.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, p.String())
	}
	for _, text := range []string{"", "kantor", "203.0.113.0/33", "203.0.113/24", "fe80::1%eth0", "::ffff:0.0.0.0/90",
		"2001:db8::/129", "203.0.113.0 /24"} {
		_, err := network.Parse(text)
		require.Error(t, err, text)
	}
}

// A network holds the address that names it, as IPv4 inside of IPv6 as well, and no other if it is a single one.
func TestANetworkHoldsItsAddresses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) netip.Addr {
			n := rapid.SampledFrom([]int{4, 16}).Draw(t, "bytes")
			raw := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, name)
			addr, _ := netip.AddrFromSlice(raw)
			return addr.Unmap()
		}
		addr, stranger := draw("address"), draw("stranger")
		p := netip.PrefixFrom(addr, rapid.IntRange(0, addr.BitLen()).Draw(t, "length"))
		list := []string{p.String()}
		require.True(t, network.Hold(list, addr.String()))
		require.True(t, network.Hold(list, netip.AddrFrom16(addr.As16()).String()))
		require.Equal(t, stranger == addr, network.Hold([]string{addr.String()}, stranger.String()))
	})
}
