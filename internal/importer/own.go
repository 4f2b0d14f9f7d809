package importer

// Own is the rule about the own days for punches from files and from terminals.
type Own struct {
	UserID, EmployeeID int64
	Alone              bool // nobody else could import the own punches or confirm the terminal; else they are not taken
}

// alone returns the user whose own the punches of an employee are, as NewPunch.Alone has it.
func (o *Own) alone(employeeID int64) int64 {
	if o == nil || o.EmployeeID != employeeID {
		return 0
	}
	return o.UserID
}
