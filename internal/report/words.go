package report

import (
	"fmt"
	"strings"

	"hadir/internal/attendance"
)

// dictionary is what reports say in one language.
type dictionary struct {
	kinds                              map[attendance.ReportKind]string
	statuses                           map[attendance.Status]string
	signs                              map[attendance.Status]string // of the month's days
	flags                              map[attendance.Flag]string
	months                             [12]string
	weekdays                           [7]string // Sunday first
	allBranches, noDepartment, summary string
	made                               string // date, time
	total, legend, page                string
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
			attendance.ReportMonthly: "Kehadiran bulanan", attendance.ReportIndividual: "Kehadiran perorangan", attendance.ReportLateness: "Keterlambatan",
			attendance.ReportOvertime: "Lembur", attendance.ReportExceptions: "Pengecualian",
		},
		statuses: map[attendance.Status]string{
			attendance.StatusPresent: "Hadir", attendance.StatusLate: "Terlambat", attendance.StatusHalfDay: "Setengah hari", attendance.StatusIncomplete: "Tidak lengkap",
			attendance.StatusAbsent: "Tidak hadir", attendance.StatusOnLeave: "Cuti/izin", attendance.StatusHoliday: "Libur", attendance.StatusDayOff: "Bukan hari kerja", attendance.StatusPending: "Belum masuk",
		},
		signs: map[attendance.Status]string{
			attendance.StatusPresent: "H", attendance.StatusLate: "T", attendance.StatusHalfDay: "½", attendance.StatusIncomplete: "?",
			attendance.StatusAbsent: "A", attendance.StatusOnLeave: "I", attendance.StatusHoliday: "L", attendance.StatusDayOff: "·", attendance.StatusPending: "…",
		},
		flags: map[attendance.Flag]string{
			attendance.FlagOffShift: "di luar jam shift", attendance.FlagOffline: "dicatat luring", attendance.FlagOutsideArea: "di luar area", attendance.FlagEarlyOut: "pulang cepat",
			attendance.FlagOnHoliday: "bekerja pada hari libur", attendance.FlagOnDayOff: "bekerja di luar hari kerja", attendance.FlagOnLeave: "bekerja saat cuti/izin",
			attendance.FlagCorrected: "dikoreksi", attendance.FlagNoCheckIn: "tanpa absen masuk", attendance.FlagLocked: "periode terkunci",
		},
		months:      [12]string{"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"},
		weekdays:    [7]string{"Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"},
		allBranches: "Semua cabang", noDepartment: "Tanpa bagian", summary: "Ringkasan", made: "Dibuat %s pukul %s", total: "Jumlah", legend: "Keterangan", page: "Halaman %d",
		date_: "Tanggal", weekday: "Hari", number: "Nomor", name: "Nama", department: "Bagian", branch: "Cabang", position: "Jabatan", shift: "Shift",
		start: "Jadwal masuk", end: "Jadwal pulang", in: "Masuk", out: "Pulang", status: "Status", remarks: "Catatan", days: "Hari", people: "Karyawan",
		late: "Terlambat (menit)", early: "Pulang cepat (menit)", worked: "Kerja (menit)", overtime: "Lembur (menit)",
		lateShort: "Tlb mnt", earlyShort: "PC mnt", workedShort: "Kerja mnt", overtimeShort: "Lbr mnt",
	},
	"en": {
		kinds: map[attendance.ReportKind]string{
			attendance.ReportMonthly: "Monthly attendance", attendance.ReportIndividual: "Individual attendance", attendance.ReportLateness: "Lateness",
			attendance.ReportOvertime: "Overtime", attendance.ReportExceptions: "Exceptions",
		},
		statuses: map[attendance.Status]string{
			attendance.StatusPresent: "Present", attendance.StatusLate: "Late", attendance.StatusHalfDay: "Half day", attendance.StatusIncomplete: "Incomplete",
			attendance.StatusAbsent: "Absent", attendance.StatusOnLeave: "On leave", attendance.StatusHoliday: "Holiday", attendance.StatusDayOff: "Day off", attendance.StatusPending: "Not in yet",
		},
		signs: map[attendance.Status]string{
			attendance.StatusPresent: "P", attendance.StatusLate: "L", attendance.StatusHalfDay: "½", attendance.StatusIncomplete: "?",
			attendance.StatusAbsent: "A", attendance.StatusOnLeave: "V", attendance.StatusHoliday: "H", attendance.StatusDayOff: "·", attendance.StatusPending: "…",
		},
		flags: map[attendance.Flag]string{
			attendance.FlagOffShift: "outside shift hours", attendance.FlagOffline: "recorded offline", attendance.FlagOutsideArea: "outside the area", attendance.FlagEarlyOut: "left early",
			attendance.FlagOnHoliday: "worked on a holiday", attendance.FlagOnDayOff: "worked on a day off", attendance.FlagOnLeave: "worked on leave",
			attendance.FlagCorrected: "corrected", attendance.FlagNoCheckIn: "no check-in", attendance.FlagLocked: "period locked",
		},
		months:      [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		weekdays:    [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		allBranches: "All branches", noDepartment: "No department", summary: "Summary", made: "Made on %s at %s", total: "Total", legend: "Legend", page: "Page %d",
		date_: "Date", weekday: "Day", number: "Number", name: "Name", department: "Department", branch: "Branch", position: "Position", shift: "Shift",
		start: "Shift start", end: "Shift end", in: "In", out: "Out", status: "Status", remarks: "Remarks", days: "Days", people: "Employees",
		late: "Late (minutes)", early: "Early (minutes)", worked: "Worked (minutes)", overtime: "Overtime (minutes)",
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

func (d *dictionary) signLegend() string {
	parts := make([]string, 0, len(d.signs))
	for _, s := range attendance.Statuses() {
		parts = append(parts, d.signs[s]+" = "+d.statuses[s])
	}
	parts = append(parts, d.lateShort+" = "+d.late, d.earlyShort+" = "+d.early, d.workedShort+" = "+d.worked, d.overtimeShort+" = "+d.overtime)
	return d.legend + ": " + strings.Join(parts, ", ")
}

func (d *dictionary) remark(flags []attendance.Flag) any {
	if len(flags) == 0 {
		return nil
	}
	parts := make([]string, len(flags))
	for i, f := range flags {
		parts[i] = d.flags[f]
		if parts[i] == "" {
			parts[i] = string(f) // of a newer release
		}
	}
	return strings.Join(parts, ", ")
}
