package browsertest

import "strings"

// checks are all that can be asked of any page. Moving the focus comes last, as
// it changes the page.
var checks = []struct {
	find   func(*Tab) []string
	advice string
}{
	{(*Tab).Complaints, "the browser complains: open the page with its console and mend what it names"},
	{(*Tab).FailedRequests, "requests failed: link only what the server has"},
	{(*Tab).HTMLFaults, "the HTML is not valid"},
	{(*Tab).AxeViolations, "axe finds barriers"},
	{(*Tab).Overflow, "the page does not fit its width: let it wrap, shrink or stack"},
	{(*Tab).SmallTargets, "targets are hard to hit: give them 44 px, and never less than 24 each way"},
	{(*Tab).SmallText, "text is hard to read: never below 13 px"},
	{(*Tab).KeyboardFaults, "the keyboard can't work it"},
}

// Check asks everything that can be asked of any page, and reports each fault
// as an error of the test.
func (tab *Tab) Check() {
	tab.t.Helper()
	url := tab.URL()
	for _, c := range checks {
		if faults := c.find(tab); len(faults) > 0 {
			tab.t.Errorf("%s (%s): %s:\n\t%s", url, tab.view, c.advice, strings.Join(faults, "\n\t"))
		}
	}
}
