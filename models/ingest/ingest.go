// Package ingest reads the files of the acquirer's billing team: what is
// disclosed, who is enrolled, and what was taken. It refuses a file as a whole
// where a single row of it is wrong, and says of every wrong row where it
// stands, what it holds and what is wanted instead.
//
// Import stores them, all files or none, in one transaction; Check judges a
// folder of them without a database.
//
// Every file's rows are read as a stream, so that two million of them need no
// more memory than two.
package ingest

import "io"

// Kind is what a file's rows are about; it is also the file's name without its
// ending.
type Kind string

// The kinds of files.
const (
	KindPlans       Kind = "plans"
	KindMerchants   Kind = "merchants"
	KindTerminals   Kind = "terminals"
	KindEnrolments  Kind = "enrolments"
	KindSettlements Kind = "settlements"
	KindDeductions  Kind = "deductions"
	KindNotices     Kind = "notices"
	KindUsage       Kind = "usage"
)

// Kinds lists the kinds in the order in which a folder of files is read: each
// refers to those before it.
var Kinds = []Kind{
	KindPlans, KindMerchants, KindTerminals, KindEnrolments, KindSettlements, KindDeductions, KindNotices, KindUsage,
}

// Source is a file to be read. What it is, CSV or a workbook, is told by its
// content.
type Source struct {
	Name string // as the person who sent it knows it
	io.ReaderAt
	Size int64 // bytes
}

// Options says how much is taken, and who is told of it.
type Options struct {
	MaxBytes  int64                // size above which a file is refused; 0: no limit
	MaxErrors int                  // how many wrong rows are listed, the rest is counted; 0: 1,000
	Progress  func(Progress) error // told every few thousand rows and at the end, from whatever goroutine reads; an error ends the reading; may be nil
}

// Progress says how far the reading of a file has come.
type Progress struct {
	File        string
	Read, Total int64 // bytes
	Rows        int
}

// Stats is what was found in a file that was read to its end.
type Stats struct {
	Rows int
	// EndsOpen says that the file's last line has no line end. That is allowed,
	// and is also what a file looks like that was cut off inside its last cell.
	EndsOpen bool

	whole bool // read to its end
}
