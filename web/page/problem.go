package page

// Problem is an error as its page or alert says it: what happened, that nothing
// was lost, what to do. Its texts are finished; the request's id is in Page.
type Problem struct {
	Status  int    // HTTP status
	Kind    string // not_found, forbidden, conflict, too_many, too_large, unavailable, unauthenticated, invalid, internal, method or forged
	Title   string // what happened, one sentence
	Text    string // what it means
	Advice  string // what the reader can do now
	Actions []Link // where to go on; the first is the main one
}

// AlertsID is the id of the element of every layout in which an alert appears:
// an error answer to HTMX is put there, whatever the request's own target was.
const AlertsID = "alerts"
