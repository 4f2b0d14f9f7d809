package simulate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hadir/internal/iclock"
)

// entry is a line of a terminal's log, as small as it goes: a log may have very many.
type entry struct {
	at     int64 // seconds since 1970 that the terminal's clock showed, as if it were UTC
	pin    int32
	status int8
}

func (e entry) record() iclock.Record {
	return iclock.Record{PIN: strconv.Itoa(int(e.pin)), At: time.Unix(e.at, 0).UTC(),
		Status: strconv.Itoa(int(e.status)), Verify: "1"}
}

// device is one terminal. Like the real ones it does one thing at a time.
type device struct {
	fleet      *Fleet
	number     int
	serial     string
	generation Generation
	address    int // of fleet.o.Addresses, modulo their number

	start, end time.Time // between which people punch
	log        []entry
	made       int // punches of log that were made since start
	sent       int // lines of log that are not to be sent next
	delivered  int // lines of log that are believed to have arrived
	again      bool

	met       bool // a handshake was answered once; people punch from then on, since it knows its zone
	greeted   bool // a handshake was answered since it was switched on, or lost its connection
	orders    iclock.Orders
	pollAt    time.Time
	notBefore time.Time // after a failure

	count Summary
}

// What a terminal is set to as long as nobody tells it.
const (
	ownOffset     = 7 * 60 * 60 // seconds east of UTC
	ownDelay      = iclock.Delay * time.Second
	ownErrorDelay = iclock.ErrorDelay * time.Second
)

// work does what is due until nothing is left to do or ctx ends.
func (d *device) work(ctx context.Context) {
	now := d.fleet.o.Clock.Now()
	d.notBefore = time.Time{}
	// Terminals were switched on at different times.
	d.pollAt = now.Add(d.delay() * time.Duration(d.number) / time.Duration(d.fleet.o.Terminals))
	for ctx.Err() == nil {
		now = d.fleet.o.Clock.Now()
		d.punch(now)
		var err error
		switch {
		case now.Before(d.notBefore):
			sleep(ctx, d.notBefore.Sub(now))
			continue
		case !d.greeted:
			err = d.greet(ctx)
		case d.again:
			d.again, d.sent = false, 0
		case !now.Before(d.pollAt) && !d.finished(now):
			d.pollAt = now.Add(d.delay())
			err = d.poll(ctx)
		case d.sent < len(d.log):
			err = d.push(ctx)
		case d.finished(now):
			return
		default:
			sleep(ctx, d.next(now).Sub(now))
		}
		if err != nil && ctx.Err() == nil {
			d.failed(ctx, err)
		}
	}
}

func (d *device) delay() time.Duration { return cmp.Or(d.fleet.o.Delay, d.orders.Delay, ownDelay) }

func sleep(ctx context.Context, t time.Duration) {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// due is when the next punch comes; false if there is none any more.
func (d *device) due() (time.Time, bool) {
	o := &d.fleet.o
	nth := d.number + d.made*o.Terminals // among the punches of all terminals
	if o.Rate == 0 || o.Lines > 0 && nth >= o.Lines {
		return time.Time{}, false
	}
	at := d.start.Add(time.Duration(float64(nth) / o.Rate * float64(time.Second)))
	return at, at.Before(d.end)
}

// next is when there is something to do again.
func (d *device) next(now time.Time) time.Time {
	at := d.pollAt
	if due, more := d.due(); more && due.Before(at) {
		at = due
	}
	if d.end.After(now) && d.end.Before(at) {
		at = d.end
	}
	return at
}

// finished tells that nobody punches any more.
func (d *device) finished(now time.Time) bool {
	if !now.Before(d.end) {
		return true
	}
	_, more := d.due()
	return d.fleet.o.Lines > 0 && !more
}

// punch writes into the log what people have punched by now, and first what it has kept from before.
func (d *device) punch(now time.Time) {
	if !d.met {
		return
	}
	for back := d.fleet.o.Backlog - len(d.log); back > 0; back-- {
		d.note(d.start.Add(-time.Duration(back) * backlogEvery))
	}
	for {
		due, more := d.due()
		if !more || due.After(now) {
			return
		}
		d.made++
		d.note(due)
	}
}

func (d *device) note(at time.Time) {
	offset := ownOffset
	if d.orders.Zone != nil {
		_, offset = at.In(d.orders.Zone).Zone()
	}
	n, people := len(d.log), d.fleet.o.People
	first := d.number * people / d.fleet.o.Terminals // few people are at two terminals at the same time
	e := entry{at: at.Unix() + int64(offset), pin: int32((first+n)%people) + 1}
	if d.generation != Old && n/people%2 == 1 {
		e.status = 1
	}
	d.log = append(d.log, e)
}

// greet is what a terminal says when it is switched on.
func (d *device) greet(ctx context.Context) error {
	query := "options=all"
	if d.generation != Old {
		query += "&pushver=2.4.1&language=69"
	}
	body, err := d.ask(ctx, http.MethodGet, "cdata", query, "")
	if err != nil {
		return err
	}
	d.orders = iclock.ReadOrders(body)
	switch d.generation {
	case Access:
		err = d.register(ctx)
	case Current:
		_, err = d.ask(ctx, http.MethodPost, "cdata", "table=options", d.options())
		if answered := (refused{}); errors.As(err, &answered) {
			err = nil // it waits to be accepted; nobody misses this
		}
	}
	if err != nil {
		return err
	}
	if d.generation != Access {
		// A server that was killed may not know the last stamps; some lines are then sent again.
		known, _ := strconv.Atoi(d.orders.Stamp)
		d.sent = min(known, d.delivered)
	}
	d.met, d.greeted = true, true
	return nil
}

// register is what access control firmware says before it begins.
func (d *device) register(ctx context.Context) error {
	if _, err := d.ask(ctx, http.MethodPost, "registry", "", "DeviceType=acc,"+d.options()); err != nil {
		return err
	}
	body, err := d.ask(ctx, http.MethodPost, "push", "", "")
	if err != nil {
		return err
	}
	told := iclock.ReadOrders(body)
	d.orders.Delay, d.orders.ErrorDelay = told.Delay, told.ErrorDelay
	return nil
}

func (d *device) options() string {
	return "~DeviceName=Simulated " + string(d.generation) + ",FirmVer=Sim 1.0"
}

// push sends what comes next.
func (d *device) push(ctx context.Context) error {
	to := min(len(d.log), d.sent+d.fleet.o.Batch)
	if err := d.send(ctx, d.log[d.sent:to], d.sent); err != nil {
		return err
	}
	d.sent = to
	if to > d.delivered {
		d.fleet.deliver(d, d.log[d.delivered:to])
		d.delivered = to
	}
	return nil
}

// send pushes lines that begin with the nth of the log.
func (d *device) send(ctx context.Context, lines []entry, nth int) error {
	var b strings.Builder
	query := "table=ATTLOG&Stamp=" + strconv.Itoa(nth+len(lines))
	if d.generation == Access {
		query = "table=rtlog"
	}
	for i, e := range lines {
		if d.generation == Access {
			b.WriteString(iclock.RTLogLine(e.record(), nth+i) + "\r\n")
		} else {
			b.WriteString(iclock.AttlogLine(e.record()) + "\n")
		}
	}
	body, err := d.ask(ctx, http.MethodPost, "cdata", query, b.String())
	if err != nil {
		return err
	}
	if !strings.HasPrefix(body, "OK") {
		d.count.Refused++
		return refused{http.StatusOK, body}
	}
	d.count.Pushes++
	return nil
}

// poll asks for commands, does them, and tells what became of them.
func (d *device) poll(ctx context.Context) error {
	body, err := d.ask(ctx, http.MethodGet, "getrequest", "", "")
	if err != nil {
		return err
	}
	d.count.Polls++
	var answers strings.Builder
	restart := false
	for _, c := range iclock.Commands(body) {
		d.count.Commands++
		code := 0
		switch c.Kind {
		case iclock.CommandRestart, iclock.CommandCheck:
			restart = true
		case iclock.CommandResend:
			err = errors.Join(err, d.resend(ctx, c.From, c.To))
		case iclock.CommandPutUser, iclock.CommandDeleteUser, iclock.CommandInfo:
		default:
			code = -1
		}
		answers.WriteString(c.Answer(code))
		if c.Kind == iclock.CommandInfo {
			answers.WriteString(strings.ReplaceAll(d.options(), ",", "\n") + "\n")
		}
	}
	if err != nil || answers.Len() == 0 {
		return err // the commands come again
	}
	if _, err := d.ask(ctx, http.MethodPost, "devicecmd", "", answers.String()); err != nil {
		return err
	}
	if restart {
		d.greeted = false
	}
	return nil
}

// resend pushes what was punched between two times by the terminal's clock, once more.
func (d *device) resend(ctx context.Context, from, to time.Time) error {
	for i := 0; i < d.sent; {
		j := i
		for j < d.sent && j-i < d.fleet.o.Batch && d.log[j].at >= from.Unix() && d.log[j].at <= to.Unix() {
			j++
		}
		if j > i {
			if err := d.send(ctx, d.log[i:j], i); err != nil {
				return err
			}
		}
		i = max(j, i+1)
	}
	return nil
}

// refused is an answer that a terminal takes for a failure.
type refused struct {
	status int
	body   string
}

func (r refused) Error() string {
	return fmt.Sprintf("answered %d: %s", r.status, strings.TrimSpace(r.body))
}

// failed lets the terminal wait before it tries again, and goes on with the next address. After no answer at all it
// begins with a handshake.
func (d *device) failed(ctx context.Context, err error) {
	var answered refused
	d.greeted = d.greeted && errors.As(err, &answered)
	d.fleet.o.Log.DebugContext(ctx, "a terminal failed", "serial", d.serial, "error", err)
	d.address++
	d.notBefore = d.fleet.o.Clock.Now().Add(cmp.Or(d.fleet.o.ErrorDelay, d.orders.ErrorDelay, ownErrorDelay))
}

// longestAnswer is what is read of an answer, in bytes.
const longestAnswer = 1 << 20

// ask sends a request and returns the body of an answer 200.
func (d *device) ask(ctx context.Context, method, request, query, body string) (string, error) {
	addresses := d.fleet.o.Addresses
	to := addresses[d.address%len(addresses)] + "/iclock/" + request + "?SN=" + url.QueryEscape(d.serial)
	if query != "" {
		to += "&" + query
	}
	req, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	if body != "" {
		req.Header.Set("Content-Type", "text/plain")
	}
	resp, err := d.fleet.client.Do(req)
	if err != nil {
		d.count.Broken++
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, longestAnswer))
	if err != nil {
		d.count.Broken++
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		d.count.Refused++
		return "", refused{resp.StatusCode, string(text)}
	}
	return string(text), nil
}
