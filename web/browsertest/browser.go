// Package browsertest opens pages in a real browser and finds what no other
// test can see: accessibility faults, console errors, content that a policy
// blocked, requests that failed, sideways scrolling, targets and text that are
// too small, controls that the keyboard can't reach, and HTML that isn't valid.
//
// It drives the system's Chromium. A test that needs it fails where it is
// missing, and says what to install.
package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// browserNames are what Chromium is called in PATH, Debian's names first. Without
// windows it is the same to a page, and takes half the work.
var browserNames = []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"}

// Browser is a running Chromium. Its tabs share nothing: each has cookies and
// a cache of its own.
type Browser struct {
	ctx context.Context

	mu   sync.Mutex
	html *Tab // where the checker of HTML is loaded, once it is needed
	t    testing.TB
}

// Start starts Chromium with a new profile. It is stopped, and the profile
// deleted, when the test ends.
func Start(t testing.TB) *Browser {
	t.Helper()
	program, err := findBrowser(exec.LookPath)
	if err != nil {
		t.Fatal(err)
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), flags(program)...)
	t.Cleanup(stop)
	// Newer browsers send events that the protocol's package doesn't know yet;
	// what it says about them is noise.
	quiet := func(string, ...any) {}
	ctx, stop := chromedp.NewContext(allocator, chromedp.WithErrorf(quiet), chromedp.WithLogf(quiet))
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("%s does not start: %v", program, err)
	}
	return &Browser{ctx: ctx, t: t}
}

func findBrowser(lookPath func(string) (string, error)) (string, error) {
	for _, name := range browserNames {
		if program, err := lookPath(name); err == nil {
			return program, nil
		}
	}
	return "", fmt.Errorf("no Chromium in PATH (looked for %v): run make setup, or install the package chromium", browserNames)
}

func flags(program string) []chromedp.ExecAllocatorOption {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses root otherwise
	}
	return options
}

// checkHTML lists where a text breaks the HTML standard.
func (b *Browser) checkHTML(t testing.TB, source string) []string {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.html == nil {
		b.html = b.Tab(b.t, Wide)
		// The checker compiles code, which a page's policy would refuse: it has
		// an empty tab to itself.
		b.html.do("load the checker of HTML", chromedp.Evaluate[chromedp.Void](htmlValidate))
	}
	checker := *b.html
	checker.t = t
	return probe[[]string](&checker, "html", "SOURCE", source)
}
