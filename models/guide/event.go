package guide

import "time"

// EventKind says what was done with a version.
type EventKind string

// The kinds.
const (
	Created   EventKind = "created"
	Changed   EventKind = "changed"
	Submitted EventKind = "submitted"
	SentBack  EventKind = "sent_back" // by a reviewer, with what is to be changed
	Withdrawn EventKind = "withdrawn" // from review, by an author
	Approved  EventKind = "published" // by a reviewer
	GivenUp   EventKind = "discarded"
	TakenDown EventKind = "taken_down" // from readers, by a reviewer
)

// Event is something that was done with a version.
type Event struct {
	Version int // its number
	At      time.Time
	Kind    EventKind
	StaffID string
	Name    string // of the person, as it was then
	Comment string
}

// writes reports whether who does it becomes an author.
func (k EventKind) writes() bool { return k == Created || k == Changed }
