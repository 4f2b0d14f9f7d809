package report

import (
	"fmt"
	"strings"

	"hadir/internal/attendance"
)

// dictionary is what reports say in one language.
type dictionary struct {
	kinds                              map[attendance.ReportKind]string
	terms                              *attendance.Terms
	months                             [12]string
	weekdays                           [7]string // Sunday first
	allBranches, noDepartment, summary string
	made                               string // date, time
	uncovered                          string // the first date that is covered
	total, legend, columns, page       string
	other, zone                        string
	date_, weekday, number, name       string
	department, branch, position       string
	shift, start, end, in, out         string
	status, remarks, days, people      string
	late, early, worked, overtime      string
	lateShort, earlyShort              string
	workedShort, overtimeShort         string
}

var dictionaries = map[string]*dictionary{
	"id": {
		kinds: map[attendance.ReportKind]string{
			attendance.ReportMonthly: "Kehadiran bulanan", attendance.ReportIndividual: "Kehadiran perorangan",
			attendance.ReportLateness: "Keterlambatan",
			attendance.ReportOvertime: "Lembur", attendance.ReportExceptions: "Pengecualian",
		},
		terms: attendance.TermsIn("id"),
		months: [12]string{"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
			"Oktober", "November", "Desember"},
		weekdays:    [7]string{"Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"},
		allBranches: "Semua cabang", noDepartment: "Tanpa bagian", uncovered: "sebelum %s tidak tercakup",
		summary: "Ringkasan", made: "Dibuat %s pukul %s", total: "Jumlah", legend: "Keterangan", columns: "Kolom",
		other: "lainnya", zone: "Zona waktu", page: "Halaman %d",
		date_: "Tanggal", weekday: "Hari", number: "Nomor", name: "Nama", department: "Bagian", branch: "Cabang",
		position: "Jabatan", shift: "Shift",
		start: "Jadwal masuk", end: "Jadwal pulang", in: "Masuk", out: "Pulang", status: "Status", remarks: "Catatan",
		days: "Hari", people: "Karyawan",
		late: "Terlambat (menit)", early: "Pulang cepat (menit)", worked: "Kerja (menit)", overtime: "Lembur (menit)",
		lateShort: "Tlb mnt", earlyShort: "PC mnt", workedShort: "Kerja mnt", overtimeShort: "Lbr mnt",
	},
	"en": {
		kinds: map[attendance.ReportKind]string{
			attendance.ReportMonthly: "Monthly attendance", attendance.ReportIndividual: "Individual attendance",
			attendance.ReportLateness: "Lateness",
			attendance.ReportOvertime: "Overtime", attendance.ReportExceptions: "Exceptions",
		},
		terms: attendance.TermsIn("en"),
		months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September",
			"October", "November", "December"},
		weekdays:    [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		allBranches: "All branches", noDepartment: "No department", uncovered: "before %s not covered",
		summary: "Summary", made: "Made on %s at %s", total: "Total", legend: "Legend", columns: "Columns",
		other: "other", zone: "Time zone", page: "Page %d",
		date_: "Date", weekday: "Day", number: "Number", name: "Name", department: "Department", branch: "Branch",
		position: "Position", shift: "Shift",
		start: "Shift start", end: "Shift end", in: "In", out: "Out", status: "Status", remarks: "Remarks",
		days: "Days", people: "Employees",
		late: "Late (minutes)", early: "Left early (minutes)", worked: "Worked (minutes)",
		overtime:  "Overtime (minutes)",
		lateShort: "Late min", earlyShort: "Early min", workedShort: "Work min", overtimeShort: "OT min",
	},
}

// date is for reading; columns that programs read hold ISO dates.
func (d *dictionary) date(v attendance.Date) string {
	t := v.UTC()
	return fmt.Sprintf("%d %s %d", t.Day(), d.months[t.Month()-1], t.Year())
}

func (d *dictionary) month(v attendance.Date) string {
	t := v.UTC()
	return fmt.Sprintf("%s %d", d.months[t.Month()-1], t.Year())
}

// signLegend explains what the cells of a month hold, a line for each kind of sign.
func (d *dictionary) signLegend() []string {
	var statuses, remarks []string
	for _, s := range attendance.Statuses() {
		statuses = append(statuses, d.terms.Statuses[s].Sign+" = "+d.terms.Statuses[s].Word)
	}
	for _, f := range attendance.Flags() {
		remarks = append(remarks, d.terms.Flags[f].Sign+" = "+d.terms.Flags[f].Word)
	}
	remarks = append(remarks, attendance.UnknownSign+" = "+d.other)
	minutes := []string{d.lateShort + " = " + d.late, d.earlyShort + " = " + d.early, d.workedShort + " = " + d.worked,
		d.overtimeShort + " = " + d.overtime}
	return []string{d.legend + ": " + strings.Join(statuses, ", "), d.remarks + ": " + strings.Join(remarks, ", "),
		d.columns + ": " + strings.Join(minutes, ", ")}
}

// remark says in words what is remarkable about a day; nil leaves the cell empty.
func (d *dictionary) remark(day *attendance.Day) any {
	if s := d.terms.Remark(day); s != "" {
		return s
	}
	return nil
}
