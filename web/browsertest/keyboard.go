package browsertest

import (
	"fmt"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tabKey is the key that moves the focus, going down.
var tabKey = *kb.Encode('\t')[0]

// control is something the keyboard should reach.
type control struct {
	Name  string `json:"name"`
	Group string `json:"group"` // of a radio button, else empty
	Jumps bool   `json:"jumps"` // has a place in the order of its own
}

// step is where one press of the tab key led.
type step struct {
	At    int    `json:"at"` // index of the control, or -1 where it is none
	Fault string `json:"fault"`
}

// stopsWithin is how often the focus stops at most within one control: at the
// parts of a date and its calendar.
const stopsWithin = 4

// KeyboardFaults presses the tab key through the whole page and lists the
// controls that are not reached, that leave the order of the page, or whose
// focus can't be seen.
func (tab *Tab) KeyboardFaults() []string {
	tab.t.Helper()
	controls := probe[[]control](tab, "keyboard_start")
	reached := make([]bool, len(controls))
	groups := map[string]bool{}
	var faults []string

	// Once around, from wherever the focus begins, passes the browser's own
	// window at most once. Within a date the focus stops several times.
	last := -1
	for range (1+stopsWithin)*len(controls) + 2 {
		_, err := chromedp.Call(tab.ctx, input.DispatchKeyEvent, tabKey) // held down: letting go moves nothing
		tab.must("press the tab key", err)
		s := run(tab, "see where the focus is", chromedp.Evaluate[step]("keyboardStep()"))
		if s.At < 0 || s.At == last {
			continue
		}
		last = s.At
		if reached[s.At] {
			break
		}
		reached[s.At] = true
		groups[controls[s.At].Group] = true
		if s.Fault != "" {
			faults = append(faults, controls[s.At].Name+" "+s.Fault)
		}
	}

	for i, c := range controls {
		if !reached[i] && !(c.Group != "" && groups[c.Group]) {
			faults = append(faults, fmt.Sprintf("%s is not reached", c.Name))
		}
		if c.Jumps {
			faults = append(faults, fmt.Sprintf("%s has a tabindex above 0, and so leaves the order of the page", c.Name))
		}
	}
	return faults
}
