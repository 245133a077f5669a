package components

// The colours of drawings. A drawing carries its colours as attributes, since
// the page's policy forbids styles outside the style sheet; each is a token of
// the style sheet, and a test compares them.
const (
	ink      = "#1b2430"
	ink2     = "#55606e"
	white    = "#fff"
	line     = "#e4e1d8"
	jade     = "#0d6b58"
	jadeMid  = "#4d9a87"
	jadePale = "#bfe0d4"
	jadeSoft = "#e3f1ec"
	sand     = "#b98f45"
	field    = "#817b6e"
	amber    = "#8a5200"
	red      = "#b02a1a"
	blue     = "#1c5aa0"
)
