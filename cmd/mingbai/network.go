package main

import (
	"fmt"
	"net/netip"
)

// network is a network, or the one address that stands for itself.
type network struct{ netip.Prefix }

// UnmarshalText reads 10.0.0.0/8 or 10.0.0.1.
func (n *network) UnmarshalText(text []byte) (err error) {
	if a, err := netip.ParseAddr(string(text)); err == nil {
		n.Prefix = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
		return nil
	}
	if n.Prefix, err = netip.ParsePrefix(string(text)); err != nil {
		return fmt.Errorf("%q is no network, such as 10.0.0.0/8, and no address", text)
	}
	return nil
}

func prefixes(all []network) []netip.Prefix {
	out := make([]netip.Prefix, len(all))
	for i, n := range all {
		out[i] = n.Prefix
	}
	return out
}
