package persons

// form is how a column is read and shown.
type form int

const (
	number  form = iota
	decimal      // a fraction
	text
	flag
	instant
	date
	encoded // JSON
	actor   // the id of an account, shown as who it is to the person: own, other or system
	ownText // a text that is about whoever the row's actor is, shown only where that is the person
	hidden  // bytes that order the rows and are not shown
)

type column struct {
	name string
	form form
}

// holding is a table that holds rows about people.
type holding struct {
	list    string // its name in the download
	table   string
	where   string // whose rows, with one ? for the employee's id or the accounts' ids; "" for the lines in quarantine
	account bool   // the rows are about accounts
	columns []column
}

// holdings lists every table with rows about people, in the order of the download. The first column orders the rows and
// is unique among those of a person. What is left out of a table is a secret (hashes of passwords and tokens), repeats
// what is there (search texts), or is somebody else's (who used the same device). The audit log has a list of its own:
// see trails.
func holdings() []holding {
	const own, accounts = "employee_id = ?", "user_id IN (?)"
	return []holding{
		{list: "employee", table: "employees", where: "id = ?", columns: []column{{"id", number}, {"number", text},
			{"name", text}, {"branch_id", number}, {"department", text}, {"position", text}, {"status", text},
			{"hired_on", date}, {"left_on", date}}},
		{list: "employments", table: "employments", where: own, columns: []column{{"from_date", date},
			{"branch_id", number}, {"department", text}, {"position", text}}},
		{list: "branches", table: "branches",
			where:   "id IN (SELECT m.branch_id FROM employments AS m WHERE m.employee_id = ?)",
			columns: []column{{"id", number}, {"code", text}, {"name", text}, {"zone", text}}},
		{list: "accounts", table: "users", where: "id IN (?)", account: true, columns: []column{{"id", number},
			{"login", text}, {"name", text}, {"role", text}, {"branch_ids", encoded}, {"locale", text},
			{"email", text}, {"email_verified_at", instant}, {"must_change_password", flag},
			{"second_factor_at", instant}, {"disabled_at", instant}, {"kept_after", date}, {"created_at", instant}}},
		{list: "sessions", table: "sessions", where: accounts, account: true, columns: []column{{"token_hash", hidden},
			{"user_id", number}, {"created_at", instant}, {"last_used_at", instant}, {"idle_until", instant},
			{"confirmed_at", instant}, {"expires_at", instant}, {"address", text}, {"user_agent", text}}},
		{list: "known_browsers", table: "known_browsers", where: accounts, account: true,
			columns: []column{{"token_hash", hidden}, {"user_id", number}, {"last_at", instant}}},
		{list: "passkeys", table: "passkeys", where: accounts, account: true, columns: []column{{"id", number},
			{"user_id", number}, {"name", text}, {"domain", text}, {"synced", flag}, {"transports", text},
			{"created_at", instant}, {"last_used_at", instant}}},
		{list: "identities", table: "identities", where: accounts, account: true, columns: []column{{"id", number},
			{"user_id", number}, {"issuer", text}, {"subject", text}, {"name", text}, {"created_at", instant},
			{"last_used_at", instant}}},
		{list: "password_resets", table: "password_resets", where: accounts, account: true, columns: []column{
			{"token_hash", hidden}, {"user_id", number}, {"expires_at", instant}}},
		{list: "email_checks", table: "email_checks", where: accounts, account: true, columns: []column{
			{"token_hash", hidden}, {"user_id", number}, {"email", text}, {"expires_at", instant}}},
		{list: "second_factors", table: "second_factors", where: accounts, account: true, columns: []column{
			{"user_id", number}, {"created_at", instant}, {"confirmed_at", instant}}},
		{list: "recovery_codes", table: "recovery_codes", where: accounts, account: true, columns: []column{
			{"code_hash", hidden}, {"user_id", number}, {"used_at", instant}}},
		{list: "api_tokens", table: "api_tokens", where: accounts, account: true, columns: []column{{"id", number},
			{"user_id", number}, {"name", text}, {"hint", text}, {"scopes", encoded}, {"branch_ids", encoded},
			{"created_by", actor}, {"created_at", instant}, {"expires_at", instant}, {"last_used_at", instant},
			{"revoked_at", instant}}},
		{list: "account_makers", table: "account_makers", where: accounts, account: true, columns: []column{
			{"id", number}, {"user_id", number}, {"maker_id", actor}, {"made_at", instant}}},
		{list: "punches", table: "punches", where: own, columns: []column{{"id", number}, {"branch_id", number},
			{"zone", text}, {"direction", text}, {"occurred_at", instant}, {"received_at", instant},
			{"claimed_at", instant}, {"offline", flag}, {"source", text}, {"device", text}, {"latitude", decimal},
			{"longitude", decimal}, {"accuracy", decimal}, {"distance", decimal}, {"outside_area", flag},
			{"doubts", text}, {"foreign_address", text}, {"moved_metres", number}, {"moved_seconds", number},
			{"duplicate_of", number}, {"note", text}, {"idempotency_key", text}, {"answered_day", encoded}}},
		{list: "voided_punches", table: "punch_voids",
			where: "punch_id IN (SELECT p.id FROM punches AS p WHERE p.employee_id = ?)",
			columns: []column{{"punch_id", number}, {"voided_at", instant}, {"user_id", actor}, {"origin", text},
				{"ref_id", number}, {"reason", text}}},
		{list: "reviewed_punches", table: "punch_reviews", where: own, columns: []column{{"punch_id", number},
			{"branch_id", number}, {"work_date", date}, {"reasons", text}, {"state", text}, {"decided_by", actor},
			{"decided_at", instant}, {"note", text}}},
		{list: "days", table: "attendances", where: own, columns: []column{{"work_date", date}, {"branch_id", number},
			{"zone", text}, {"shift_id", number}, {"shift_name", text}, {"shift_start", instant},
			{"shift_end", instant}, {"window_opens", instant}, {"window_closes", instant}, {"first_in", instant},
			{"last_out", instant}, {"status", text}, {"late_minutes", number}, {"early_minutes", number},
			{"worked_minutes", number}, {"overtime_minutes", number}, {"flags", text}, {"punch_count", number},
			{"inside", flag}, {"version", number}, {"updated_at", instant}}},
		{list: "shift_assignments", table: "shift_assignments", where: own, columns: []column{{"id", number},
			{"from_date", date}, {"to_date", date}, {"pattern", encoded}, {"phase", number}}},
		{list: "holidays", table: "holidays", where: own, columns: []column{{"id", number}, {"holiday_date", date},
			{"name", text}, {"working", flag}}},
		{list: "leave_requests", table: "leave_requests", where: own, columns: []column{{"id", number}, {"kind", text},
			{"from_date", date}, {"to_date", date}, {"reason", text}, {"state", text}, {"requested_by", actor},
			{"requested_at", instant}, {"decided_by", actor}, {"decided_at", instant}, {"decision_note", text},
			{"seen_at", instant}}},
		{list: "corrections", table: "corrections", where: own, columns: []column{{"id", number}, {"work_date", date},
			{"direction", text}, {"occurred_at", instant}, {"reason", text}, {"state", text}, {"requested_by", actor},
			{"requested_at", instant}, {"decided_by", actor}, {"decided_at", instant}, {"decision_note", text},
			{"seen_at", instant}, {"punch_id", number}, {"void_punch_id", number}, {"claim", text}, {"claim_key", text},
			{"source", text}, {"device", text}, {"latitude", decimal}, {"longitude", decimal}, {"accuracy", decimal},
			{"distance", decimal}, {"outside_area", flag}, {"doubts", text}, {"foreign_address", text},
			{"moved_metres", number}, {"moved_seconds", number}}},
		{list: "notifications", table: "notifications", where: own, columns: []column{{"id", number},
			{"work_date", date}, {"kind", text}, {"zone", text}, {"due_at", instant}, {"created_at", instant},
			{"read_at", instant}, {"mailed_at", instant}}},
		{list: "terminal_pins", table: "terminal_pins", where: own, columns: []column{{"id", number},
			{"terminal_id", number}, {"pin", text}, {"created_at", instant}, {"ended_at", instant}}},
		{list: "terminal_lines", table: linesTable, columns: []column{{"id", number}, {"terminal_id", number},
			{"pin", text}, {"punched_at", text}, {"status", text}, {"verify", text}, {"line", text}, {"reason", text},
			{"discarded", flag}, {"created_at", instant}}},
		{list: "terminal_commands", table: "terminal_commands", where: own, columns: []column{{"id", number},
			{"terminal_id", number}, {"kind", text}, {"command", text}, {"state", text}, {"attempts", number},
			{"result", number}, {"created_at", instant}, {"sent_at", instant}, {"answered_at", instant}}},
		{list: "last_contact", table: "last_contacts", where: own, columns: []column{{"employee_id", number},
			{"met_at", instant}, {"met_before", instant}}},
		{list: "kiosk_pin", table: "employee_pins", where: own, columns: []column{{"employee_id", number},
			{"set_at", instant}}},
		{list: "kiosk_badge", table: "employee_badges", where: own, columns: []column{{"employee_id", number},
			{"card", text}, {"set_at", instant}}},
		{list: "kiosk_vouchers", table: "kiosk_vouchers", where: own, columns: []column{{"employee_id", number},
			{"kiosk_id", number}, {"user_id", actor}, {"waits", flag}}},
		{list: "pseudonym", table: "pseudonyms", where: own, columns: []column{{"employee_id", number},
			{"made_at", instant}, {"user_id", actor}, {"reason", text}}},
		{list: "reports_about", table: "reports", where: own, columns: reportColumns()},
		{list: "reports_ordered", table: "reports", where: accounts, account: true, columns: reportColumns()},
		{list: "files_uploaded", table: "file_imports", where: accounts, account: true, columns: []column{
			{"id", number}, {"kind", text}, {"file_name", text}, {"state", text}, {"line_count", number},
			{"created_count", number}, {"updated_count", number}, {"rejected_count", number},
			{"created_at", instant}, {"updated_at", instant}}},
	}
}

// linesTable holds the lines in quarantine. Whose they are is told by no column, but by what their PINs mean.
const linesTable = "terminal_lines"

func reportColumns() []column {
	return []column{{"id", number}, {"user_id", actor}, {"kind", text}, {"parameters", encoded}, {"state", text},
		{"file_name", text}, {"size", number}, {"created_at", instant}, {"finished_at", instant},
		{"expires_at", instant}}
}

// trail is a table whose changes about a person the audit log tells: the rows with these ids.
type trail struct {
	table   string
	ids     string // a query with one ?, as where of a holding; "" for the lines in quarantine
	account bool
}

// trails lists them.
func trails() []trail {
	return []trail{
		{table: "employees", ids: "SELECT id FROM employees WHERE id = ?"},
		{table: "own_days", ids: "SELECT id FROM employees WHERE id = ?"},
		{table: "shift_assignments", ids: "SELECT id FROM shift_assignments WHERE employee_id = ?"},
		{table: "holidays", ids: "SELECT id FROM holidays WHERE employee_id = ?"},
		{table: "leave_requests", ids: "SELECT id FROM leave_requests WHERE employee_id = ?"},
		{table: "corrections", ids: "SELECT id FROM corrections WHERE employee_id = ?"},
		{table: "punches", ids: "SELECT punch_id FROM punch_voids WHERE punch_id IN " +
			"(SELECT p.id FROM punches AS p WHERE p.employee_id = ?)"},
		{table: "punch_reviews", ids: "SELECT punch_id FROM punch_reviews WHERE employee_id = ?"},
		{table: "terminal_pins", ids: "SELECT id FROM terminal_pins WHERE employee_id = ?"},
		{table: linesTable},
		{table: "employee_pins", ids: "SELECT id FROM employees WHERE id = ?"},
		{table: "employee_badges", ids: "SELECT id FROM employees WHERE id = ?"},
		{table: "users", ids: "SELECT id FROM users WHERE id IN (?)", account: true},
		{table: "api_tokens", ids: "SELECT id FROM api_tokens WHERE user_id IN (?)", account: true},
	}
}

// entryColumns are what the download shows of entries about the person, doneColumns of what the person did: about
// others, of whom it says no more than which row it was.
func entryColumns() []column {
	return []column{{"id", number}, {"created_at", instant}, {"user_id", actor}, {"action", text},
		{"table_name", text}, {"row_id", text}, {"address", ownText}, {"before_json", encoded},
		{"after_json", encoded}}
}

func doneColumns() []column {
	return []column{{"id", number}, {"created_at", instant}, {"action", text}, {"table_name", text},
		{"row_id", text}, {"address", text}}
}
