// Package email draws mails. They are read in programs that know little of HTML
// and may paint it on any ground, so that they have no tables, pictures, classes
// or colours, and their few styles stand in the elements themselves.
package email

// Mail is what a mail says, finished and in the reader's language.
type Mail struct {
	Lang    string
	Subject string
	Hello   string // empty: to nobody by name
	Body    []Paragraph
	Open    Link // where it can be read in the portal
	From    string
	Hotline string
	Why     string // it came
	Code    string // by which it can be checked
	Check   Link
	Stop    Link // where such mails are ended
}

// Paragraph is a text, or a list.
type Paragraph struct {
	Text string
	List []string
}

// Link leads somewhere; without an address it is not there.
type Link struct{ Label, Href string }
