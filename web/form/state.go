package form

// State is a form as its page shows it: what was typed and, after a failed
// try, what is wrong. The zero value is a form nobody has filled in.
type State struct {
	values   Values
	whole    string
	failures []Failure
}

// Failure says what is wrong with one field, in the reader's language.
type Failure struct {
	Field   string
	Message string
}

// ID returns the id of a field's control, to which the summary links.
func ID(field string) string { return "field-" + field }

// ErrorID returns the id of a field's error, which the control is described by.
func ErrorID(field string) string { return "field-" + field + "-error" }

// Href returns the address of the field's control within the page.
func (f Failure) Href() string { return "#" + ID(f.Field) }

// Filled returns a form with values in it and nothing wrong.
func Filled(values Values) State { return State{values: values} }

// Failed returns a form that was refused: with a message about the whole, or
// about fields in their order, or both.
func Failed(values Values, whole string, failures []Failure) State {
	return State{values: values, whole: whole, failures: failures}
}

// Value returns what the field holds.
func (s State) Value(name string) string { return s.values.Raw(name) }

// Chosen reports whether a field with several values holds this one, for boxes,
// radios and options.
func (s State) Chosen(name, value string) bool {
	for _, v := range s.values[name] {
		if v == value {
			return true
		}
	}
	return false
}

// Error returns the first thing that is wrong with a field, or nothing.
func (s State) Error(name string) string {
	for _, f := range s.failures {
		if f.Field == name {
			return f.Message
		}
	}
	return ""
}

// Whole returns what is wrong with the form as a whole, or nothing.
func (s State) Whole() string { return s.whole }

// Failures lists what is wrong, in the order of the form, for the summary.
func (s State) Failures() []Failure { return s.failures }

// Written returns the names of the fields that hold what somebody wrote, and
// would not like to write again.
func (s State) Written() []string { return s.values[WrittenField] }

// Refused reports whether anything is wrong.
func (s State) Refused() bool { return s.whole != "" || len(s.failures) > 0 }
