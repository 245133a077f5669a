package page

// Unsent is what somebody typed into a form whose session had ended when they
// sent it. It stays in the browser, to be sent once they are signed in again.
type Unsent struct {
	Words  []string // what they wrote, by paragraphs
	Files  bool     // files were chosen too, which no page can choose again
	SignIn string   // where they sign in
	Action string   // where the form goes
	Fields []UnsentField
}

// UnsentField is a field of the form as it was sent.
type UnsentField struct{ Name, Value string }
