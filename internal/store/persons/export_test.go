package persons

import "strings"

// Shown is what the download shows: for each table the columns that it shows or finds the rows by.
func Shown() map[string][]string {
	out := map[string][]string{}
	add := func(table string, columns []column) {
		for _, c := range columns {
			out[table] = append(out[table], c.name)
		}
	}
	for _, h := range holdings() {
		add(h.table, h.columns)
		for _, by := range []string{"employee_id", "user_id"} {
			if strings.HasPrefix(h.where, by) {
				out[h.table] = append(out[h.table], by)
			}
		}
	}
	add("audit_log", entryColumns())
	return out
}
