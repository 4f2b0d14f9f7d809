package persons_test

import (
	"slices"
	"testing"

	"hadir/internal/clock"
	"hadir/internal/store"
	"hadir/internal/store/persons"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// unshown says why the download of a person's data has nothing of a table, or not a column of it.
var unshown = map[string]string{
	"audit_head": "of the whole log", "nodes": "processes", "recap_begins": "of a branch", "recaps": "sums",
	"reference_version": "a number", "retention_marks": "numbers", "schema_floor": "a number", "shifts": "of nobody",
	"task_outcomes":      "sums",
	"dead_letters":       "ids and dates; who decided did so in audit_done",
	"outbox":             "ids and dates; the rest is sealed, for minutes",
	"sign_in_failures":   "hashes that are not found by whom they are about",
	"passkey_challenges": "hashes, for minutes", "pending_sign_ins": "a hash, for minutes",
	"pending_identities":     "of identities, for minutes, before it is the person's",
	"kiosks":                 "devices; who set one up did so in audit_done",
	"employee_pins.pin_hash": "a secret", "employee_badges.card_key": "repeats",
	"terminals":          "devices; who vouches for one did so in audit_done",
	"webhook_deliveries": "copies", "webhook_endpoints": "of the company; who made one did so in audit_done",
	"report_chunks": "copies", "discarded_lines": "hashes",

	"audit_log.previous_hash": "of the chain", "audit_log.hash": "of the chain", "audit_log.key_id": "of the chain",
	"audit_log.address_proof": "of the chain", "audit_log.content_proof": "of the chain",
	"branches.sites": "the branch's", "branches.policy": "the branch's", "branches.active": "the branch's",
	"branches.locked_through": "the branch's", "branches.max_accuracy": "the branch's",
	"branches.shared_devices": "the branch's", "branches.offline_policy": "the branch's",
	"branches.offline_hours": "the branch's", "branches.networks": "the branch's",
	"branches.network_policy": "the branch's", "branches.also_at": "the branch's",
	"employees.search_text": "repeats", "employees.number_key": "repeats", "employees.plan_version": "of caches",
	"employees.forgotten": "pseudonym tells",
	"users.employee_id":   "employee tells", "users.password_hash": "a secret", "users.search_text": "repeats",
	"users.forgotten":          "pseudonym tells",
	"passkeys.credential_id":   "the browser's name of the key",
	"passkeys.public_key":      "of a key that the person has",
	"passkeys.sign_count":      "of a key that the person has",
	"second_factors.secret":    "a secret",
	"second_factors.last_step": "which code was the last",
	"api_tokens.token_hash":    "a secret",
	"punches.request_hash":     "a hash", "punches.shared_with": "somebody else's", "punches.device_hash": "a hash",
	"punches.line_key":          "a hash",
	"punch_reviews.occurred_at": "punches tells",
	"review_weights":            "of the company",
	"holidays.branch_id":        "of holidays of branches",
	"corrections.claim_hash":    "a hash", "corrections.shared_with": "somebody else's",
	"corrections.device_hash":  "a hash",
	"terminal_lines.line_hash": "a hash",
	"reports.progress":         "of the work", "reports.media_type": "file_name tells", "reports.error": "of the work",
	"reports.branch_id": "parameters tells", "reports.attempt": "of the work",
	"file_imports.options": "of the work", "file_imports.file": "about others", "file_imports.reason": "of the work",
	"file_imports.done_line": "of the work", "file_imports.unchanged_count": "a count",
	"file_imports.rejections": "about others", "file_imports.replaced_count": "a count",
	"file_imports.noted_count": "a count", "file_imports.notes": "about others",
}

// ended says what becomes of a table that has rows about people when a leaver is forgotten. What the words say is held
// by api TestALeaverIsForgotten and TestNothingTellsWhoALeaverWas.
var ended = map[string]string{
	"employees": "a pseudonym", "employments": "the position goes", "branches": "nobody's", "users": "a pseudonym",
	"sessions": "deleted", "known_browsers": "deleted", "passkeys": "deleted", "identities": "deleted",
	"password_resets": "deleted", "email_checks": "deleted", "second_factors": "deleted", "recovery_codes": "deleted",
	"api_tokens": "deleted", "account_makers": "deleted", "punches": "times stay",
	"punch_voids": "the reason goes", "attendances": "the books",
	"shift_assignments": "the books", "holidays": "the name goes", "leave_requests": "reasons go",
	"punch_reviews": "the note goes", "corrections": "reasons and positions go", "notifications": "deleted",
	"last_contacts": "deleted", "employee_pins": "deleted", "employee_badges": "deleted", "kiosk_vouchers": "deleted",
	"terminal_pins":  "the pseudonym's: the terminal may send its log again",
	"terminal_lines": "discarded, a hash stays", "terminal_commands": "deleted, but for the deletion itself",
	"pseudonyms": "made", "reports": "deleted where they are about the person", "file_imports": "7 days",
	"audit_log": "contents and addresses go",
}

// What a migration adds is either shown to whom it is about, or somebody said why not.
func TestEveryColumnIsThoughtOf(t *testing.T) {
	t.Parallel()
	for name, url := range migrated.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := store.Open(t.Context(), store.Options{URL: url, Clock: clock.System()})
			require.NoError(t, err)
			t.Cleanup(func() { _ = s.Close() })
			var columns []struct {
				Table  string `bun:"t"`
				Column string `bun:"c"`
			}
			query := `SELECT m.name AS t, c.name AS c FROM sqlite_master AS m, pragma_table_info(m.name) AS c
				WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!'
				AND m.name NOT LIKE 'schema!_migr%' ESCAPE '!'`
			if s.DB.Dialect() == "mysql" {
				query = `SELECT table_name AS t, column_name AS c FROM information_schema.columns
					WHERE table_schema = DATABASE() AND table_name NOT LIKE 'schema!_migr%' ESCAPE '!'`
			}
			require.NoError(t, s.DB.Builder().NewRaw(query).Scan(t.Context(), &columns))
			require.Greater(t, len(columns), 300)
			shown, reasons := persons.Shown(), map[string]bool{}
			for _, c := range columns {
				known, inTable := shown[c.Table]
				_, table := unshown[c.Table]
				_, column := unshown[c.Table+"."+c.Column]
				reasons[c.Table], reasons[c.Table+"."+c.Column] = table, column
				require.NotEqual(t, table, inTable, "%s: is it about people? If it is, add it to holdings", c.Table)
				require.Equal(t, inTable, ended[c.Table] != "", "%s: what becomes of it when a leaver is forgotten?",
					c.Table)
				if inTable {
					require.NotEqual(t, column, slices.Contains(known, c.Column), "%s.%s: whose is it?", c.Table,
						c.Column)
				}
			}
			for what := range unshown {
				require.True(t, reasons[what], "%s is shown, or there is no such thing", what)
			}
		})
	}
}
