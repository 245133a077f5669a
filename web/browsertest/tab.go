package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/network"
	devtools "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// How long a page may take for one step, and how long no request must have
// been under way for the page to count as settled.
const (
	patience = 30 * time.Second
	quiet    = 150 * time.Millisecond
)

// Tab is one tab with cookies and a cache of its own, seen through a view. Its
// methods end the test where the browser can't do what they ask.
type Tab struct {
	t       testing.TB
	browser *Browser
	ctx     context.Context
	view    View
	record  *record
}

// Tab opens a new tab. It is closed when the test ends.
func (b *Browser) Tab(t testing.TB, view View) *Tab {
	t.Helper()
	return b.tab(t, view, b.ctx, chromedp.WithNewBrowserContext())
}

// Beside opens another tab of the same reader: with the same cookies and cache.
func (tab *Tab) Beside() *Tab {
	tab.t.Helper()
	return tab.browser.tab(tab.t, tab.view, tab.ctx)
}

func (b *Browser) tab(t testing.TB, view View, parent context.Context, options ...chromedp.ContextOption) *Tab {
	t.Helper()
	dir := t.TempDir() // goes when the tab is closed
	ctx, cancel := chromedp.NewContext(parent, options...)
	t.Cleanup(cancel)
	tab := &Tab{t: t, browser: b, ctx: ctx, view: view, record: &record{}}
	tab.record.clear()
	tab.must("open a tab", chromedp.Listen(ctx, tab.record.hear))
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	tab.must("watch the network", err)
	_, err = chromedp.Call(ctx, audits.Enable, struct{}{})
	tab.must("watch the issues", err)
	// Without a folder the browser without windows takes no files.
	files := browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, BrowserContextID: chromedp.FromContext(ctx).BrowserContextID, DownloadPath: dir,
	}
	_, err = chromedp.Call(ctx, browser.SetDownloadBehavior, files)
	tab.must("take files", err)
	tab.must("look as "+view.String(), view.apply(ctx))
	return tab
}

// Open goes to a page, as a reader who types its address, and waits until it
// has settled. What was recorded of the page before is forgotten. The page must
// be answered with a status below 400.
func (tab *Tab) Open(url string) {
	tab.t.Helper()
	tab.open(url)
	if got := tab.Status(); got >= 400 {
		tab.t.Fatalf("%s (%s): got status %d, want a page", url, tab.view, got)
	}
}

// OpenStatus is Open for a page that must be answered with the given status.
func (tab *Tab) OpenStatus(url string, want int) {
	tab.t.Helper()
	tab.open(url)
	if got := tab.Status(); got != want {
		tab.t.Fatalf("%s (%s): got status %d, want %d", url, tab.view, got, want)
	}
}

func (tab *Tab) open(url string) {
	tab.t.Helper()
	tab.record.clear()
	tab.do("open "+url, chromedp.Navigate(url))
	tab.Settle()
}

// Click clicks the first element that a CSS selector finds, and waits until
// the page, or the next one, has settled.
func (tab *Tab) Click(css string) {
	tab.t.Helper()
	tab.do("click "+css, chromedp.Click(chromedp.CSS(css)))
	tab.Settle()
}

// Twice sends the form of a button twice at once, as an impatient reader does who
// clicks it again: the browser sends both, and shows the answer to the second.
func (tab *Tab) Twice(css string) {
	tab.t.Helper()
	run(tab, "send "+css, chromedp.Evaluate[bool](fmt.Sprintf(`(b => {
		fetch(b.form.action, {method: "POST", body: new FormData(b.form, b), redirect: "manual", keepalive: true});
		return true;
	})(document.querySelector(%q))`, css)))
	tab.Click(css)
}

// Back goes back to the page before, as the browser's button does.
func (tab *Tab) Back() {
	tab.t.Helper()
	history, err := chromedp.Call(tab.ctx, devtools.GetNavigationHistory, struct{}{})
	tab.must("read where it was", err)
	if history.CurrentIndex == 0 {
		tab.t.Fatalf("%s: there is no page to go back to", tab.view)
	}
	entry := devtools.NavigateToHistoryEntryParams{EntryID: history.Entries[history.CurrentIndex-1].ID}
	_, err = chromedp.Call(tab.ctx, devtools.NavigateToHistoryEntry, entry)
	tab.must("go back", err)
	tab.record.stir()
	tab.Settle()
}

// Fill replaces what stands in a text field with a text, typed key by key.
func (tab *Tab) Fill(css, text string) {
	tab.t.Helper()
	tab.do("fill "+css, chromedp.Clear(chromedp.CSS(css)), chromedp.SendKeys(chromedp.CSS(css), text))
}

// Write types a text into a box, after what stands there.
func (tab *Tab) Write(css, text string) {
	tab.t.Helper()
	tab.do("write into "+css, chromedp.SendKeys(chromedp.CSS(css), text))
}

// Press presses keys where the focus is, such as "\t" or "\r", and waits until
// the page, or the next one, has settled.
func (tab *Tab) Press(keys string) {
	tab.t.Helper()
	tab.do(fmt.Sprintf("press %q", keys), chromedp.KeyEvent(keys))
	tab.Settle()
}

// Text is the text that a reader sees in the first element that a CSS selector
// finds.
func (tab *Tab) Text(css string) string {
	tab.t.Helper()
	return run(tab, "read "+css, chromedp.Text(chromedp.CSS(css)))
}

// Has reports whether a CSS selector finds an element that can be seen now.
func (tab *Tab) Has(css string) bool {
	tab.t.Helper()
	return run(tab, "look for "+css, chromedp.Evaluate[bool](fmt.Sprintf(
		`[...document.querySelectorAll(%q)].some(e => e.checkVisibility({visibilityProperty: true}))`, css)))
}

// URL is the address of the page.
func (tab *Tab) URL() string {
	tab.t.Helper()
	return run(tab, "read the address", chromedp.Location())
}

// Status is the HTTP status of the page.
func (tab *Tab) Status() int {
	tab.record.mu.Lock()
	defer tab.record.mu.Unlock()
	return int(tab.record.status)
}

// Weight counts the bytes received since the page was opened, as they came over
// the wire, over all requests with their headers. In a new tab it is the weight
// of a first visit.
func (tab *Tab) Weight() int {
	tab.record.mu.Lock()
	defer tab.record.mu.Unlock()
	return int(tab.record.bytes)
}

// Settle waits until the page has loaded and no request is under way.
func (tab *Tab) Settle() {
	tab.t.Helper()
	var state string
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if tab.record.quietFor() < quiet {
			continue
		}
		// While the page changes, its state can't be read: that isn't settled.
		state, err = chromedp.Run(tab.ctx, chromedp.Evaluate[string]("document.readyState"))
		if err == nil && state == "complete" {
			return
		}
	}
	tab.t.Fatalf("%s: the page did not settle within %s: it is %q (%v), and under way are %q", tab.view, patience, state, err, tab.record.waiting())
}

// HTML is the page as the server sent it.
func (tab *Tab) HTML() string {
	tab.t.Helper()
	tab.record.mu.Lock()
	id := tab.record.document
	tab.record.mu.Unlock()
	body, err := chromedp.Call(tab.ctx, network.GetResponseBody, network.GetResponseBodyParams{RequestID: id})
	tab.must("read what the server sent", err)
	return string(body.Body)
}

// ScreenshotDir names the environment variable that holds the folder for
// pictures. Where it is empty, none are taken.
const ScreenshotDir = "MINGBAI_SCREENSHOTS"

// Screenshot takes a picture of the whole page, named NAME-VIEW.png, into the
// folder that ScreenshotDir names.
func (tab *Tab) Screenshot(name string) {
	tab.t.Helper()
	dir := os.Getenv(ScreenshotDir)
	if dir == "" {
		return
	}
	png := run(tab, "take a picture", chromedp.FullScreenshot(100))
	tab.must("make the folder for pictures", os.MkdirAll(dir, 0o755))
	tab.must("keep the picture", os.WriteFile(filepath.Join(dir, name+"-"+tab.view.String()+".png"), png, 0o644))
}

// do runs actions, or ends the test.
func (tab *Tab) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	tab.must(what, chromedp.Do(ctx, actions...))
	tab.record.stir() // what was done may begin a request only now
}

// run runs an action for its value, or ends the test.
func run[T any](tab *Tab, what string, action chromedp.Action[T]) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	tab.must(what, err)
	return value
}

func (tab *Tab) must(what string, err error) {
	tab.t.Helper()
	if errors.Is(err, context.DeadlineExceeded) {
		tab.t.Fatalf("%s: could not %s within %s", tab.view, what, patience)
	}
	if err != nil {
		tab.t.Fatalf("%s: could not %s: %v", tab.view, what, err)
	}
}
