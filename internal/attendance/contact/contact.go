// Package contact is the rule by which the server remembers when it last met a person. A device proves a contact with
// the server by what the server signed then, but chooses which one it shows: an old proof says nothing about what came
// after it. What the server remembers by itself does.
package contact

import "time"

// Every is how often a meeting is noted, and how long the newest one does not count. A device that finds its way back
// reads the pages first and sends then what it kept: that meeting is no reason to doubt what it brings.
const Every = 5 * time.Minute

// Met is when the server met a person, to within Every: the last meeting that was noted, and the one noted before it.
// Zero is never.
type Met struct {
	At, Before time.Time
}

// Due tells whether a meeting of now is to be noted.
func (m Met) Due(now time.Time) bool { return m.At.IsZero() || now.Sub(m.At) >= Every }

// Then is m after a meeting of now.
func (m Met) Then(now time.Time) Met {
	if !m.Due(now) {
		return m
	}
	return Met{At: now, Before: m.At}
}

// Until returns the last meeting that was noted at least Every before now; the zero time for none. What a device kept
// and sends now cannot be from before it.
func (m Met) Until(now time.Time) time.Time {
	if now.Sub(m.At) >= Every {
		return m.At
	}
	return m.Before
}
