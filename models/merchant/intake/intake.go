// Package intake is what all verbs that take in the rows of a file have in
// common. Such a verb works in two steps inside one transaction: it stages the
// rows, streamed into a temporary table, and then takes them, in statements
// about all of them at once. What is wrong with them is found by the same kind
// of statement, each wrong row with its line.
//
// Between the steps of a file others may be staged, so that nothing is locked
// for as long as files are being read.
package intake

// Rows gives every row of a file to each, in the file's order, with the line on
// which it begins; each may keep the row's values but not the row. It returns
// the error of each, or why the file can't be read on.
type Rows[R any] func(each func(line int, row *R) error) error

// Taken says what became of a file's rows. Rows is the sum of the others.
type Taken struct {
	Rows      int64
	Added     int64 // were not there before
	Changed   int64 // said something else than what was there
	Unchanged int64 // said what was there already, or what another row of the file says better
}

// Problem says why a row can't be taken. Its key is that of a message and its
// arguments the message's; the value is as the file has it, so that it may be
// personal data.
type Problem struct {
	Line   int
	Column string // as the file names it; empty: the whole row
	Value  string
	Key    string
	Args   []any // name, value, name, value…
}

// Problems collects what is wrong; its zero value is ready.
type Problems struct {
	List []Problem
	More int // how many more there are than listed
}

// mostProblems is how many of one sort are listed.
const mostProblems = 1000

// Add notes a problem.
func (p *Problems) Add(one Problem) {
	if len(p.List) >= mostProblems {
		p.More++
		return
	}
	p.List = append(p.List, one)
}

// Found reports whether anything is wrong.
func (p *Problems) Found() bool { return len(p.List) > 0 }
