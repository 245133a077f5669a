package browsertest

import (
	"embed"
	"encoding/json"
	"slices"

	"github.com/chromedp/chromedp"
)

// The scripts that look at a page. The browser's debugger runs them, so that
// the page's content security policy neither blocks them nor has to allow them.
var (
	//go:embed probes/*.js
	probes embed.FS
	//go:embed testdata/axe.min.js
	axe string
	//go:embed testdata/html-validate.min.js
	htmlValidate string
)

// probe runs one of the scripts in the tab and returns its value. Values are
// pairs of a name in capitals that the script uses and what it stands for.
func probe[T any](tab *Tab, name string, values ...any) T {
	tab.t.Helper()
	script := "(() => {\n"
	for i := 0; i < len(values); i += 2 {
		value, err := json.Marshal(values[i+1])
		tab.must("write a value for "+name, err)
		script += "const " + values[i].(string) + " = " + string(value) + ";\n"
	}
	script += readProbe(tab, "common") + readProbe(tab, name) + "})()"
	return run(tab, "look at "+name, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

func readProbe(tab *Tab, name string) string {
	tab.t.Helper()
	script, err := probes.ReadFile("probes/" + name + ".js")
	tab.must("read the probe "+name, err)
	return string(script)
}

// AxeViolations lists what axe finds wrong with the page for readers who
// depend on assistive technology, a line an element.
func (tab *Tab) AxeViolations() []string {
	tab.t.Helper()
	// axe waits with timers, which stand still where scripts are off.
	if tab.view.scriptOff {
		tab.must("let axe run", setScript(tab.ctx, true))
		defer func() { tab.must("stop scripts again", setScript(tab.ctx, false)) }()
	}
	tab.do("load axe", chromedp.Evaluate[chromedp.Void](axe))
	return probe[[]string](tab, "axe")
}

// Overflow lists what sticks out of the page or of its box sideways, scrolls
// sideways, or is cut off.
func (tab *Tab) Overflow() []string {
	tab.t.Helper()
	return probe[[]string](tab, "overflow", "WIDTH", tab.view.width)
}

// The least sizes, in CSS pixels.
const (
	leastTarget = 24 // WCAG 2.2, criterion 2.5.8
	leastText   = 13
)

// SmallTargets lists the controls that are smaller than 24 by 24 pixels. Links
// inside a sentence are let pass.
func (tab *Tab) SmallTargets() []string {
	tab.t.Helper()
	return probe[[]string](tab, "targets", "LEAST", leastTarget)
}

// SmallText lists the elements whose text is smaller than 13 pixels.
func (tab *Tab) SmallText() []string {
	tab.t.Helper()
	return probe[[]string](tab, "text", "LEAST", leastText)
}

// Complaints lists the console's errors and warnings, and the issues that the
// browser sees: content that a policy blocked, deprecated features, quirks.
func (tab *Tab) Complaints() []string {
	tab.record.mu.Lock()
	defer tab.record.mu.Unlock()
	return slices.Clone(tab.record.complain)
}

// FailedRequests lists the requests that got no answer, and those whose answer
// is an error; of the page itself only a fault of the server counts, as a page
// that says "not found" is a page.
func (tab *Tab) FailedRequests() []string { return tab.record.failures() }

// HTMLFaults lists where the page, as the server sent it, breaks the HTML
// standard, where the document made from it does, and inline handlers.
func (tab *Tab) HTMLFaults() []string {
	tab.t.Helper()
	found := tab.browser.checkHTML(tab.t, tab.HTML())
	return append(found, probe[[]string](tab, "document")...)
}
