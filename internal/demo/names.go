package demo

import "math/rand/v2"

// Given and family names that are common in Indonesia, by where they are common. Any resemblance of a combination to a
// person is chance.
var (
	givenNames = []string{
		"Agus", "Ahmad", "Andi", "Anisa", "Arief", "Ayu", "Bagus", "Bambang", "Bayu", "Budi", "Citra", "Dedi", "Desi",
		"Dewi",
		"Dian", "Dimas", "Dwi", "Eka", "Eko", "Endah", "Fajar", "Farhan", "Fitri", "Galih", "Gita", "Hadi", "Hana",
		"Hendra",
		"Ika", "Ilham", "Indah", "Intan", "Irfan", "Joko", "Kartika", "Lestari", "Lina", "Made", "Maya", "Mega",
		"Muhammad",
		"Nadia", "Ningsih", "Novi", "Nur", "Putri", "Rahmat", "Rani", "Ratna", "Reza", "Rini", "Rizky", "Rudi", "Sari",
		"Sekar",
		"Sinta", "Slamet", "Sri", "Surya", "Taufik", "Teguh", "Tri", "Utami", "Vina", "Wahyu", "Wati", "Wulan", "Yanti",
		"Yoga", "Yuliana", "Yusuf", "Zahra",
	}
	westernFamilies = []string{
		"Anggraini", "Firmansyah", "Gunawan", "Halim", "Handayani", "Hartono", "Hidayat", "Hutapea", "Kurniawan",
		"Kusuma",
		"Lubis", "Maharani", "Maulana", "Nasution", "Nugroho", "Permata", "Prasetyo", "Pratama", "Purnomo", "Rahayu",
		"Ramadhan",
		"Safitri", "Saputra", "Setiawan", "Siregar", "Situmorang", "Suryadi", "Susanto", "Syahputra", "Wibowo",
		"Wicaksono", "Wijaya",
	}
	sulawesiFamilies = []string{
		"Alamsyah", "Arsyad", "Baharuddin", "Basri", "Daeng Ngalle", "Daeng Tata", "Hamzah", "Hasanuddin", "Idris",
		"Jufri",
		"Latief", "Mangkona", "Mappasomba", "Mattalatta", "Palallo", "Pasolong", "Rante", "Sampe", "Syamsuddin",
		"Tandi", "Tangke", "Yasin",
	}
	papuanFamilies = []string{
		"Ayomi", "Awom", "Fonataba", "Ireeuw", "Kambuaya", "Kogoya", "Mandacan", "Mambrasar", "Mandowen", "Merauje",
		"Ohee",
		"Rumbiak", "Rumaropen", "Suebu", "Tabuni", "Wanggai", "Wenda", "Womsiwor", "Yoku", "Yarangga",
	}
)

// fullName draws a name that nobody has yet.
func fullName(rng *rand.Rand, families []string, taken map[string]bool) string {
	for {
		name := givenNames[rng.IntN(len(givenNames))]
		if rng.IntN(3) == 0 {
			if second := givenNames[rng.IntN(len(givenNames))]; second != name {
				name += " " + second
			}
		}
		name += " " + families[rng.IntN(len(families))]
		if !taken[name] {
			taken[name] = true
			return name
		}
	}
}
