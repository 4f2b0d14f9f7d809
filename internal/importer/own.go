package importer

// Own is the rule about the own days for punches from files and from terminals.
type Own struct {
	UserID int64
	// Alone has the employees as whom the user acts: whether nobody else could import their punches or confirm the
	// terminal. If somebody could, the punches are not taken.
	Alone map[int64]bool
}

// refuses tells whether the punches of an employee are somebody else's to import.
func (o *Own) refuses(employeeID int64) bool {
	if o == nil {
		return false
	}
	alone, own := o.Alone[employeeID]
	return own && !alone
}

// alone returns the user whose own the punches of an employee are, as NewPunch.Alone has it.
func (o *Own) alone(employeeID int64) int64 {
	if o == nil || !o.Alone[employeeID] {
		return 0
	}
	return o.UserID
}
