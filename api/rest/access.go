package rest

import (
	"slices"
	"strings"

	"hadir/internal/account"
	"hadir/internal/attendance"

	"github.com/danielgtaylor/huma/v2"
)

// Access names who may call an operation. It is checked before the body of a request is read, and the OpenAPI document
// says it. What of the company a caller sees is decided by the operation: see scope.go.
type Access string

// Who may call.
const (
	Everybody  Access = "everybody"  // also without a session
	SignedIn   Access = "signed_in"  // every role; it is about nobody, or about the caller's account
	Own        Access = "own"        // every role; the operation decides by whose the thing is that it is about
	Linked     Access = "linked"     // admins of some kind, and whoever's account is linked to an employee
	Attendance Access = "attendance" // employees, branch admins and admins: those who may see attendance
	Dashboard  Access = "dashboard"  // branch admins and admins
	Admins     Access = "admins"     // admins only
	Operators  Access = "operators"  // those who look after the machinery: ops and admins
	Tablet     Access = "tablet"     // a tablet that is paired with a kiosk; nobody who is signed in
)

// Names of the extensions of an operation in the OpenAPI document, and of the metadata that the middleware reads.
const (
	extensionAccess = "x-access"
	extensionRoles  = "x-roles"
	extensionScope  = "x-scope"
	metadataAccess  = "access"
	metadataScope   = "scope"
	metadataBefore  = "evenBefore"
	metadataWhole   = "asTheUser"
)

// Names of the security schemes in the OpenAPI document.
const (
	schemeCookie = "session"
	schemeBearer = "bearer"
	schemeToken  = "token"
	schemeTablet = "tablet"
)

// Allows tells whether a signed-in user may call.
func (a Access) Allows(u *account.User) bool {
	switch a {
	case Everybody, SignedIn, Own:
		return true
	case Linked:
		return u.SeesDashboard() || u.EmployeeID != 0
	case Attendance:
		return u.Role == account.RoleEmployee || u.SeesDashboard()
	case Dashboard:
		return u.SeesDashboard()
	case Admins:
		return u.SeesCompany()
	case Operators:
		return u.SeesOperations()
	}
	return false
}

// Roles lists the roles that may call. Of Linked it leaves out ops, which depends on the account.
func (a Access) Roles() []account.Role {
	roles := []account.Role{}
	for _, r := range account.Roles() {
		typical := account.User{Role: r}
		if r == account.RoleEmployee {
			typical.EmployeeID = 1
		}
		if a.Allows(&typical) {
			roles = append(roles, r)
		}
	}
	return roles
}

// sentence says the same as Roles to people who read the document.
func (a Access) sentence() string {
	switch a {
	case Everybody:
		return "Needs no session."
	case SignedIn:
		return "For every role."
	case Own:
		return "For every role, about oneself; for branch admins also about people of their branches, and for admins " +
			"about everybody. What the caller may not see is answered 404."
	case Linked:
		return "For admins and branch admins, and for whoever's account is linked to an employee."
	case Attendance:
		return "For admins, for branch admins about their branches, and for employees about themselves."
	case Dashboard:
		return "For admins, and for branch admins about their branches."
	case Admins:
		return "For admins."
	case Operators:
		return "For ops and admins."
	case Tablet:
		return "For a tablet that is paired with a kiosk, by its cookie; others are answered 401 `kiosk_unpaired`."
	}
	return ""
}

// Grant writes into an operation who may call it, and with what scope programs may; "" keeps them out.
func Grant(op *huma.Operation, a Access, scope account.Scope) {
	if op.Extensions == nil {
		op.Extensions = map[string]any{}
	}
	if op.Metadata == nil {
		op.Metadata = map[string]any{}
	}
	op.Extensions[extensionAccess], op.Extensions[extensionRoles], op.Metadata[metadataAccess] = a, a.Roles(), a
	op.Description = strings.TrimSpace(op.Description + " " + a.sentence())
	switch a {
	case Everybody:
	case Tablet:
		op.Security = []map[string][]string{{schemeTablet: {}}}
	default:
		op.Security = []map[string][]string{{schemeCookie: {}}, {schemeBearer: {}}}
	}
	if a != Everybody && scope != "" {
		op.Extensions[extensionScope], op.Metadata[metadataScope] = scope, scope
		needs := []string{string(scope)}
		if scope == account.ScopeAny {
			needs = []string{}
		}
		op.Security = append(op.Security, map[string][]string{schemeToken: needs})
	}
}

// EvenBefore marks an operation that is there also for whoever has something to do first: what Sessions.Due says, of
// these codes; of all with none.
func EvenBefore(op huma.Operation, due ...attendance.Code) huma.Operation {
	if len(due) == 0 {
		due = []attendance.Code{account.CodePasswordChange, account.CodeSecondFactor}
	}
	op.Metadata = map[string]any{metadataBefore: due}
	return op
}

// waits tells whether an operation has to wait until what is due has been done.
func waits(op *huma.Operation, due attendance.Code) bool {
	before, _ := op.Metadata[metadataBefore].([]attendance.Code)
	return due != "" && !slices.Contains(before, due)
}

// AsTheUser keeps tokens that are limited to branches, or that an employee made for another user, out of an operation:
// what it begins is gone on with later, as the user and not as the token.
func AsTheUser(op huma.Operation) huma.Operation {
	op.Metadata = map[string]any{metadataWhole: true}
	op.Description = strings.TrimSpace(op.Description + " An API token that is limited to branches, or that an " +
		"employee made for another user, is refused whatever its scopes: 403 `token_limited`.")
	return op
}

// refusesToken says why a program may not call an operation with its token; "" if it may, or where there is none.
func refusesToken(op *huma.Operation, k *account.APIToken) attendance.Code {
	if k == nil {
		return ""
	}
	scope, needed := op.Metadata[metadataScope].(account.Scope)
	switch {
	case !needed || !k.Has(scope):
		return account.CodeScopeRequired
	case op.Metadata[metadataWhole] != nil && (len(k.BranchIDs) > 0 || k.MakerID != 0):
		return account.CodeTokenLimited
	}
	return ""
}

// accessOf is what Grant wrote. An operation without it is nobody's.
func accessOf(op *huma.Operation) Access {
	a, _ := op.Metadata[metadataAccess].(Access)
	return a
}
