package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"hadir/internal/attendance"
)

// branchPlan is a branch of the demo company with what is particular about its people.
type branchPlan struct {
	branch   attendance.Branch
	share    int // employees of 24
	families []string
	holiday  localHoliday
}

// localHoliday is the city's anniversary, on which the branch stays closed.
type localHoliday struct {
	month time.Month
	day   int
	name  string
}

func branchPlans() []branchPlan {
	return []branchPlan{
		{
			branch: attendance.Branch{Code: "JKT", Name: "Jakarta Pusat", Zone: "Asia/Jakarta",
				Policy: attendance.PolicyFlag, Active: true,
				Sites: []attendance.Site{
					{Name: "Kantor Sudirman", Latitude: -6.21462, Longitude: 106.81773, Radius: 150},
					{Name: "Gudang Cakung", Latitude: -6.18270, Longitude: 106.93290, Radius: 250},
				}},
			share: 12, families: westernFamilies, holiday: localHoliday{time.June, 22, "Hari Jadi Jakarta"},
		},
		{
			branch: attendance.Branch{Code: "MKS", Name: "Makassar", Zone: "Asia/Makassar",
				Policy: attendance.PolicyRecord, Active: true,
				Sites: []attendance.Site{
					{Name: "Kantor Panakkukang", Latitude: -5.15730, Longitude: 119.44640, Radius: 150},
					{Name: "Pabrik KIMA", Latitude: -5.09560, Longitude: 119.50340, Radius: 400},
				}},
			share: 7, families: sulawesiFamilies, holiday: localHoliday{time.November, 9, "Hari Jadi Kota Makassar"},
		},
		{
			branch: attendance.Branch{Code: "JYP", Name: "Jayapura", Zone: "Asia/Jayapura",
				Policy: attendance.PolicyRecord, Active: true,
				Sites: []attendance.Site{
					{Name: "Kantor Jayapura", Latitude: -2.53710, Longitude: 140.71810, Radius: 200}}},
			share: 5, families: papuanFamilies, holiday: localHoliday{time.March, 7, "Hari Jadi Kota Jayapura"},
		},
	}
}

// nationalHolidays are the ones with a fixed date. Those that follow the moon are left out: they are decreed every
// year.
var nationalHolidays = []localHoliday{
	{time.January, 1, "Tahun Baru Masehi"},
	{time.May, 1, "Hari Buruh Internasional"},
	{time.June, 1, "Hari Lahir Pancasila"},
	{time.August, 17, "Hari Kemerdekaan Republik Indonesia"},
	{time.December, 25, "Hari Raya Natal"},
}

// The shifts by their place in shiftPlans.
const (
	dayShift = iota
	lateShift
	nightShift
)

func shiftPlans() []attendance.Shift {
	at := func(hour int) attendance.LocalTime { return attendance.LocalTime(hour * 60) }
	shift := func(code, name string, from, to int) attendance.Shift {
		return attendance.Shift{Code: code, Name: name, Start: at(from), End: at(to), OpensBefore: 120,
			ClosesAfter: 240, LateGrace: 10,
			EarlyGrace: 10, BreakMinutes: 60, BreakAfter: 240, HalfDayBelow: 300, AbsentBelow: 60, Active: true}
	}
	return []attendance.Shift{shift("PAGI", "Pagi", 8, 17), shift("SIANG", "Siang", 14, 22),
		shift("MALAM", "Malam", 22, 6)}
}

// job is a department with its positions and the weeks its people work.
type job struct {
	department string
	positions  []string // the first is the head's, of whom there is one per branch
	share      int      // employees of 20
	weeks      [][7]int // shift per weekday from Monday; -1 is a day off
}

const off = -1

func jobs() []job {
	week := func(shift int) [7]int { return [7]int{shift, shift, shift, shift, shift, off, off} }
	office := [][7]int{week(dayShift)}
	// Security and production go round the clock: days, late, nights, with a day off between.
	rotation := [][7]int{
		{dayShift, dayShift, dayShift, dayShift, dayShift, dayShift, off},
		{lateShift, lateShift, lateShift, lateShift, lateShift, off, lateShift},
		{nightShift, nightShift, nightShift, nightShift, nightShift, nightShift, off},
	}
	counter := [][7]int{
		{dayShift, dayShift, dayShift, dayShift, off, dayShift, off},
		{lateShift, lateShift, lateShift, lateShift, lateShift, lateShift, off},
	}
	return []job{
		{"Logistik", []string{"Kepala Logistik", "Supervisor Gudang", "Staf Logistik"}, 4, office},
		{"Produksi", []string{"Kepala Produksi", "Operator Mesin", "Teknisi"}, 4, rotation},
		{"Penjualan", []string{"Kepala Penjualan", "Sales", "Admin Penjualan"}, 3, office},
		{"Layanan Pelanggan", []string{"Kepala Layanan", "Kasir", "Staf Layanan"}, 3, counter},
		{"Keuangan", []string{"Kepala Keuangan", "Akuntan", "Staf Keuangan"}, 2, office},
		{"SDM", []string{"Kepala SDM", "Staf SDM"}, 1, office},
		{"Teknologi Informasi", []string{"Kepala TI", "Pengembang", "Staf Dukungan"}, 1, office},
		{"Keamanan", []string{"Kepala Keamanan", "Petugas Keamanan"}, 2, rotation},
	}
}

// worker is an employee with what the history needs to know.
type worker struct {
	employee attendance.Employee
	plan     int // of branchPlans
	weeks    [][7]int
	offset   int // weeks by which this one's rotation is ahead
	early    int // minutes before the start at which they usually arrive
}

// people makes n employees, the same ones for the same source.
func people(rng *rand.Rand, n int, today attendance.Date) []worker {
	plans, all := branchPlans(), jobs()
	out := make([]worker, 0, n)
	taken := map[string]bool{}
	made := 0
	for p, plan := range plans {
		count := n * plan.share / 24
		if p == len(plans)-1 {
			count = n - made
		}
		made += count
		for i := range count {
			j := &all[pick(all, i)]
			position := j.positions[0]
			if i >= len(all) {
				position = j.positions[1+rng.IntN(len(j.positions)-1)]
			}
			hired := today.AddDays(-120 - rng.IntN(9*365))
			out = append(out, worker{
				employee: attendance.Employee{
					Number: fmt.Sprintf("%s-%04d", plan.branch.Code, i+1), Name: fullName(rng, plan.families, taken),
					Department: j.department, Position: position, Status: attendance.EmployeeActive, HiredOn: &hired,
				},
				plan: p, weeks: j.weeks, offset: i, early: 4 + rng.IntN(18),
			})
		}
	}
	return out
}

// pick gives the first employee of each department first and then fills the departments by their share.
func pick(all []job, i int) int {
	if i < len(all) {
		return i
	}
	slot := (i * 7) % 20 // 7 and 20 have no common factor: neighbours go to different departments
	for j := range all {
		if slot -= all[j].share; slot < 0 {
			return j
		}
	}
	return 0
}
