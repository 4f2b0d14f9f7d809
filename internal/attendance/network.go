package attendance

import (
	"slices"

	"hadir/internal/network"
	"hadir/internal/words"
)

// Borrow makes another branch's sites and networks count for the people of this one, too.
func (b *Branch) Borrow(other *Branch) {
	b.borrowed = append(b.borrowed, other.Sites...)
	b.borrowedNetworks = append(b.borrowedNetworks, other.Networks...)
}

// Places are the sites where the branch's people may work: its own, and those of branches named in AlsoAt.
func (b *Branch) Places() []Site { return slices.Concat(b.Sites, b.borrowed) }

// Foreign tells whether an address is in none of the branch's networks. A branch without networks knows no foreign one.
func (b *Branch) Foreign(address string) bool {
	if len(b.Networks)+len(b.borrowedNetworks) == 0 {
		return false
	}
	return !network.Hold(b.Networks, address) && !network.Hold(b.borrowedNetworks, address)
}

// CheckNetwork tells whether a punch comes from a foreign network. Under PolicyBlock that is refused as
// ForeignNetwork, unless the punch comes late: what a device kept is sent from wherever there is a network. JudgeClaim
// lets that wait instead.
func (b *Branch) CheckNetwork(address string, late bool) (foreign bool, err error) {
	if foreign = b.Foreign(address); foreign && b.NetworkPolicy == PolicyBlock && !late {
		return true, ForeignNetwork{address}
	}
	return foreign, nil
}

// ForeignNetwork refuses a punch for the network it comes from: CodeForeignNetwork.
type ForeignNetwork struct{ Address string }

// Error says it for logs.
func (f ForeignNetwork) Error() string { return f.Unwrap().Error() }

// Unwrap returns the *Error of the code.
func (f ForeignNetwork) Unwrap() error { return NewError(CodeForeignNetwork, f.Detail(words.English)) }

// Detail names the address, so that a person can tell the admin.
func (f ForeignNetwork) Detail(l words.Language) string {
	return l.Say("problems.foreign_network.from", "address", f.Address)
}
