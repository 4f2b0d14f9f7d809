package days

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/evidence"
	"hadir/internal/store/db"
	"hadir/internal/store/traces"

	"github.com/uptrace/bun"
)

// What a punch is doubtful for beside others that were stored before: positions of the same person, and other people
// on the same device.

// placesWithin bounds how far back, or ahead of a punch that comes late, another position is looked for. It covers a
// leave of some weeks.
const placesWithin = 31 * 24 * time.Hour

// deviceHash is what evidence.DeviceHash returns.
type deviceHash [16]byte

// deviceUse says that an employee punched with a device.
type deviceUse struct {
	employee int64
	at       time.Time // received
}

// hashOf returns the device of a punch that is kept with it: the person's own, or the kiosk. ok is false for no device.
func hashOf(p *attendance.NewPunch) (h deviceHash, ok bool) {
	h = p.DeviceHash
	return h, h != deviceHash{} && (p.Source.Own() || p.KioskBranch != 0)
}

// phoneOf returns the device of a punch that came from one of the person's own.
func phoneOf(p *attendance.NewPunch) (h deviceHash, ok bool) {
	h, ok = hashOf(p)
	return h, ok && (p.KioskBranch == 0 || p.KioskPhone)
}

// tabletOf returns the kiosk at which number and PIN were typed.
func tabletOf(p *attendance.NewPunch) (h deviceHash, ok bool) {
	h, ok = hashOf(p)
	return h, ok && p.KioskPIN
}

// phoneSources are those whose punches come from the person's own device, or can.
func phoneSources() []attendance.Source {
	return append(attendance.OwnSources(), attendance.SourceKiosk)
}

// evidence asks for what the punches of the batch are to be compared with. Most carry neither a position nor a device,
// and ask for nothing.
func (b *batch) evidence() (fs []db.Fetch) {
	clear(b.located)
	clear(b.devices)
	var near []nearest
	var phones, tablets [][]byte
	for i := range b.in {
		p := &b.in[i]
		if p.Fix != nil && p.Source.Own() {
			at := db.Micro(p.OccurredAt)
			near = append(near, nearest{p.EmployeeID, at, false})
			if p.Offline { // others may have been made since
				near = append(near, nearest{p.EmployeeID, at, true})
			}
		}
		if h, ok := phoneOf(p); ok {
			phones = append(phones, h[:])
		} else if h, ok := tabletOf(p); ok {
			tablets = append(tablets, h[:])
		}
	}
	for chunk := range slices.Chunk(near, orChunk) {
		fs = append(fs, db.Fetch{Query: b.nearestPlaces(chunk), Read: b.readPlaces})
	}
	if len(phones) > 0 {
		fs = append(fs, b.usesSince(phones, evidence.SharedWithin))
	}
	if len(tablets) > 0 {
		fs = append(fs, b.usesSince(tablets, evidence.HurryWithin))
	}
	return fs
}

// usesSince asks who used devices within a time.
func (b *batch) usesSince(hashes [][]byte, within time.Duration) db.Fetch {
	q := b.s.db.Builder().NewSelect().Table("punches").Column("device_hash", "employee_id").
		ColumnExpr("MAX(received_at) AS received_at").
		Where("device_hash IN (?)", bun.List(hashes)).Where("received_at > ?", b.now.Add(-within)).
		Where("source IN (?)", bun.List(phoneSources())). // a claim arrived long before its approval
		Group("device_hash", "employee_id")
	return db.Fetch{Query: q, Read: b.readDevices}
}

// nearest names the punch with a position that an employee made last at an instant or before, or first after it.
type nearest struct {
	employee int64
	at       time.Time
	after    bool
}

// nearestPlaces asks for them in one query. Each of its parts reads an index from one place on, whatever the employee
// has punched before.
func (b *batch) nearestPlaces(wanted []nearest) *bun.RawQuery {
	const before = `SELECT * FROM (SELECT employee_id, occurred_at, latitude, longitude, accuracy FROM punches
WHERE employee_id = ? AND occurred_at <= ? AND occurred_at >= ? AND latitude IS NOT NULL AND source IN (?)
ORDER BY occurred_at DESC, id DESC LIMIT 1) AS n`
	const after = `SELECT * FROM (SELECT employee_id, occurred_at, latitude, longitude, accuracy FROM punches
WHERE employee_id = ? AND occurred_at > ? AND occurred_at <= ? AND latitude IS NOT NULL AND source IN (?)
ORDER BY occurred_at, id LIMIT 1) AS n`
	parts, args := make([]string, len(wanted)), make([]any, 0, 4*len(wanted))
	own := bun.List(append(attendance.OwnSources(), attendance.SourceCorrection)) // of a claim
	for i, w := range wanted {
		bound := w.at.Add(-placesWithin)
		if parts[i] = before; w.after {
			parts[i], bound = after, w.at.Add(placesWithin)
		}
		args = append(args, w.employee, w.at, bound, own)
	}
	return b.s.db.Builder().NewRaw(strings.Join(parts, " UNION ALL "), args...)
}

func (b *batch) readPlaces(ctx context.Context, rows *sql.Rows) error {
	var found []punchRow
	if err := db.ScanInto(b.s.db.Builder(), &found)(ctx, rows); err != nil {
		return err
	}
	for i := range found {
		id := found[i].EmployeeID
		b.located[id] = append(b.located[id], found[i].domain())
	}
	return nil
}

func (b *batch) readDevices(ctx context.Context, rows *sql.Rows) error {
	var found []punchRow
	if err := db.ScanInto(b.s.db.Builder(), &found)(ctx, rows); err != nil {
		return err
	}
	for i := range found {
		h := deviceHash(found[i].DeviceHash)
		b.devices[h] = append(b.devices[h], deviceUse{found[i].EmployeeID, found[i].ReceivedAt})
	}
	return nil
}

// made is a punch as it arrives, with what is doubtful about it. Of one that was judged before that is not asked again.
// Errors are CodeKioskOtherBranch and those of Locate and CheckNetwork.
func (b *batch) made(i int, branch *attendance.Branch) (attendance.Punch, error) {
	p := &b.in[i]
	punch := attendance.Punch{
		ID: provisional(i), EmployeeID: p.EmployeeID, BranchID: branch.ID, Zone: branch.Zone, Direction: p.Direction,
		OccurredAt: db.Micro(p.OccurredAt), ReceivedAt: b.now, Offline: p.Offline, Source: p.Source, Device: p.Device,
		Note: p.Note,
	}
	if p.ClaimedAt != nil {
		claimed := db.Micro(*p.ClaimedAt)
		punch.ClaimedAt = &claimed
	}
	if p.Judged != nil {
		traces.Take(&punch, p.Judged)
		return punch, nil
	}
	if at := p.KioskBranch; at != 0 && at != branch.ID && !slices.Contains(branch.AlsoAt, at) {
		return punch, attendance.NewError(attendance.CodeKioskOtherBranch, "The person does not work at that branch.")
	}
	location, err := locate(branch, p)
	if err != nil {
		return punch, err
	}
	foreign, err := fromElsewhere(branch, p)
	if err != nil {
		return punch, err
	}
	punch.Fix, punch.Distance, punch.OutsideArea = p.Fix, location.Distance, location.Outside
	if punch.Doubts = location.Doubts(); foreign {
		punch.Network, punch.Doubts = p.Address, append(punch.Doubts, attendance.DoubtForeignNetwork)
	}
	b.doubt(&punch, p, branch)
	return punch, nil
}

// doubt adds to a punch what it is doubtful for, and sorts that.
func (b *batch) doubt(punch *attendance.Punch, p *attendance.NewPunch, branch *attendance.Branch) {
	defer func() { slices.Sort(punch.Doubts) }()
	if p.Claim != nil && p.Claim.Contradicted(b.now) {
		punch.Doubts = append(punch.Doubts, attendance.DoubtClock)
	}
	if p.Repeated {
		punch.Doubts = append(punch.Doubts, attendance.DoubtRepeatedHour)
	}
	if p.Source.Own() {
		doubts, moved := evidence.Position(punch, b.located[p.EmployeeID])
		punch.Doubts, punch.Moved = append(punch.Doubts, doubts...), moved
	}
	if h, ok := phoneOf(p); ok && !branch.SharedDevices {
		if punch.SharedWith = lastOther(b.devices[h], p.EmployeeID); punch.SharedWith != 0 {
			punch.Doubts = append(punch.Doubts, attendance.DoubtSharedDevice)
		}
	}
	if p.KioskOwn {
		punch.Doubts = append(punch.Doubts, attendance.DoubtOwnKiosk)
	}
	if h, ok := tabletOf(p); ok {
		if punch.SharedWith = lastOther(b.devices[h], p.EmployeeID); punch.SharedWith != 0 {
			punch.Doubts = append(punch.Doubts, attendance.DoubtKioskHurry)
		}
	}
}

// lastOther is who else used a device last; 0 for nobody.
func lastOther(uses []deviceUse, employee int64) (other int64) {
	var last time.Time
	for _, u := range uses {
		if u.employee != employee && u.at.After(last) {
			other, last = u.employee, u.at
		}
	}
	return other
}

// witness lets the later punches of the batch be compared with one that it takes.
func (b *batch) witness(punch *attendance.Punch, p *attendance.NewPunch) {
	if p.Fix != nil && p.Source.Own() {
		b.located[p.EmployeeID] = append(b.located[p.EmployeeID], *punch)
	}
	if h, ok := hashOf(p); ok {
		b.devices[h] = append(b.devices[h], deviceUse{p.EmployeeID, b.now})
	}
}
