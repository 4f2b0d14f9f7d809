// Package network reads lists of IP networks and tells what lies in them.
package network

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// Most bounds a list.
const Most = 50

// Parse reads a network as people write it: in CIDR notation, or a single address. IPv4 and IPv6. What the
// length of the prefix leaves open is zero afterwards.
func Parse(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		if addr.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("%s names an interface of some machine", text)
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err == nil && p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return netip.Prefix{}, fmt.Errorf("%s is neither of IPv4 nor of IPv6", text)
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), err
}

// Too wide is what holds more than this: an IPv4 network of fewer than 8 bits, an IPv6 one of fewer than 16.
const (
	leastBits4 = 8
	leastBits6 = 16
)

// TooWide tells whether a network holds so much that it names no place: everybody is within 0.0.0.0/0.
func TooWide(p netip.Prefix) bool {
	return p.Addr().Is4() && p.Bits() < leastBits4 || p.Addr().Is6() && p.Bits() < leastBits6
}

// Hold tells whether an address lies in one of the networks. What is no address lies nowhere.
func Hold(networks []string, address string) bool {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(network string) bool {
		p, err := Parse(network)
		return err == nil && p.Contains(addr)
	})
}

// Subscriber is the part of an address that one subscriber holds: all of IPv4, half of IPv6.
func Subscriber(address string) string {
	ip := net.ParseIP(address)
	if ip == nil || ip.To4() != nil {
		return address
	}
	return ip.Mask(net.CIDRMask(64, 128)).String()
}
