package attendance

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhichNetworksAreForeign(t *testing.T) {
	t.Parallel()
	other := Branch{Networks: []string{"198.51.100.0/24"}, Sites: []Site{{Name: "Bandung"}}}
	b := Branch{Sites: []Site{{Name: "Monas"}}, AlsoAt: []int64{2},
		Networks: []string{"203.0.113.0/25", "10.1.2.3/32", "2001:db8:7::/48"}}
	b.Borrow(&other)
	require.Equal(t, []Site{{Name: "Monas"}, {Name: "Bandung"}}, b.Places())
	require.Len(t, b.Sites, 1)
	for address, foreign := range map[string]bool{
		"203.0.113.127": false, "203.0.113.128": true, "::ffff:203.0.113.9": false, "10.1.2.3": false, "10.1.2.4": true,
		"2001:db8:7:1::5": false, "2001:db8:8::5": true, "198.51.100.7": false, "fe80::1%eth0": true, "": true,
		"somewhere": true,
	} {
		require.Equal(t, foreign, b.Foreign(address), address)
	}
	require.False(t, (&Branch{NetworkPolicy: PolicyBlock}).Foreign("192.0.2.1"), "no networks, none is foreign")

	for policy, refused := range map[LocationPolicy]bool{PolicyRecord: false, PolicyFlag: false, PolicyBlock: true} {
		b.NetworkPolicy = policy
		foreign, err := b.CheckNetwork("192.0.2.1", false)
		require.True(t, foreign)
		require.Equal(t, refused, CodeOf(err) == CodeForeignNetwork)
		foreign, err = b.CheckNetwork("192.0.2.1", true)
		require.True(t, foreign)
		require.NoError(t, err, "where it is sent from says nothing of a punch that was kept")
		foreign, err = b.CheckNetwork("10.1.2.3", false)
		require.False(t, foreign)
		require.NoError(t, err)
	}
}
