package account

import "hadir/internal/attendance"

// The reasons of who comes in and who may do what. Programs switch on them, as on those of package attendance.
const (
	CodeUnauthenticated attendance.Code = "unauthenticated"          // not signed in, or the session ended
	CodeForbidden       attendance.Code = "forbidden"                // signed in, but not allowed
	CodeBadCredentials  attendance.Code = "bad_credentials"          // wrong login or password, without saying which
	CodeThrottled       attendance.Code = "throttled"                // too many attempts; a Later says until when
	CodeOtherPerson     attendance.Code = "other_person"             // the session is not of whom the request means
	CodeNoEmployee      attendance.Code = "no_employee"              // the account is not linked to an employee
	CodeSetupDone       attendance.Code = "setup_done"               // the first administrator exists already
	CodeSetupCode       attendance.Code = "setup_code"               // the code of the first set-up is wrong
	CodePasswordChange  attendance.Code = "password_change_required" // somebody else knows the password
	CodeSecondFactor    attendance.Code = "second_factor_required"   // the policy wants one, and there is none
	CodeSecondWrong     attendance.Code = "second_factor_wrong"      // a code that is none, or was used before
	CodeSignInOver      attendance.Code = "sign_in_over"             // the sign-in that waited for a code; begin anew
	CodePasskeyWrong    attendance.Code = "passkey_wrong"            // none that is known, or not used as it must be
	CodePasskeyLate     attendance.Code = "passkey_late"             // the question was answered, or is too old
	CodePasskeysOff     attendance.Code = "passkeys_off"             // they cannot be used at this address
	CodeProviderOff     attendance.Code = "provider_off"             // there is no OpenID Connect provider
	CodeProviderAway    attendance.Code = "provider_away"            // it does not answer, or not as it must
	CodeProviderUntold  attendance.Code = "provider_untold"          // it refuses to say who somebody is, lastingly
	CodeProviderLate    attendance.Code = "provider_late"            // back too late, twice, or in another browser
	CodeProviderUnsound attendance.Code = "provider_unsound"         // nothing at its address is it
	CodeProviderRefused attendance.Code = "provider_refused"         // what it said proves nothing
	CodeProviderLeft    attendance.Code = "provider_cancelled"       // the person, or the provider, did not go on
	CodeProviderStale   attendance.Code = "provider_not_fresh"       // it does not say that they just signed in there
	CodeProviderSilent  attendance.Code = "provider_no_auth_time"    // it never says when people signed in there
	CodeEmailUnverified attendance.Code = "email_unverified"         // the provider does not vouch for the address
	CodeNoAccount       attendance.Code = "no_account"               // nobody here is that, or may come in
	CodeIdentityTaken   attendance.Code = "identity_taken"           // it, or the account, is linked otherwise
	CodeOnlyWayIn       attendance.Code = "only_way_in"              // nothing else would open the account
	CodeLinkOver        attendance.Code = "link_over"                // a link that was mailed: used, too old, or none
	CodeConfirmation    attendance.Code = "confirmation_required"    // the last proof of who it is was too long ago
	CodeScopeRequired   attendance.Code = "scope_required"           // the API token is not for this
	CodeTokenLimited    attendance.Code = "token_limited"            // it has the scope, but is not all of its user
	CodeOtherBranches   attendance.Code = "other_branches"           // the employee also belonged elsewhere
	CodeLastAdmin       attendance.Code = "last_admin"               // nobody else could administer the company
)

// BadCredentials says that a login or its password is wrong, without saying which.
func BadCredentials() error {
	return attendance.NewError(CodeBadCredentials, "The login or the password is wrong.")
}
