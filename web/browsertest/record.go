package browsertest

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	devtools "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// record is what the browser told about the page of a tab since it was opened.
type record struct {
	mu sync.Mutex

	document network.RequestID // the request that brought the page
	status   int64             // its HTTP status
	bytes    float64           // received over all requests, headers included
	complain []string          // console errors and what the browser warns of
	failed   []failure         // requests without a good answer

	urls     map[network.RequestID]string       // of all requests
	underway map[network.RequestID]cdp.LoaderID // requests that have not ended, and the page each is for
	page     cdp.LoaderID                       // which page the tab shows
	left     map[cdp.LoaderID]bool              // the pages it showed before
	activity time.Time                          // when a request last began or ended
}

// failure is a request without a good answer.
type failure struct {
	id   network.RequestID
	text string
}

// clear forgets all but the requests under way.
func (r *record) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.document, r.status, r.bytes = "", 0, 0
	r.complain, r.failed = nil, nil
	r.urls = map[network.RequestID]string{}
	if r.underway == nil {
		r.underway = map[network.RequestID]cdp.LoaderID{}
		r.left = map[cdp.LoaderID]bool{}
	}
	r.activity = time.Now()
}

// stir notes that something was done that requests may follow from.
func (r *record) stir() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.activity = time.Now()
}

// quietFor is how long no request has been under way, and nothing was done that
// one may follow from.
func (r *record) quietFor() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.underway) > 0 {
		return 0
	}
	return time.Since(r.activity)
}

// waiting lists the addresses of the requests under way.
func (r *record) waiting() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var urls []string
	for id := range r.underway {
		urls = append(urls, r.urls[id])
	}
	return urls
}

// hear takes one event of the browser.
func (r *record) hear(event any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		r.activity = time.Now()
		r.urls[e.RequestID] = e.Request.URL
		if !r.left[e.LoaderID] {
			r.underway[e.RequestID] = e.LoaderID
		}
		if e.RedirectResponse != nil {
			r.bytes += e.RedirectResponse.EncodedDataLength
		}
	case *devtools.EventFrameNavigated:
		if e.Frame.ParentID != "" {
			return // a frame within the page
		}
		// What the page before had asked for ends with it, and not always with a
		// word; of its icon one may even hear for the first time now.
		r.left[r.page] = true
		r.page = e.Frame.LoaderID
		delete(r.left, r.page) // going back may show a page that was kept
		maps.DeleteFunc(r.underway, func(_ network.RequestID, page cdp.LoaderID) bool { return page != r.page })
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument {
			r.document, r.status = e.RequestID, e.Response.Status
		}
	case *network.EventResponseReceivedExtraInfo:
		// This comes even where the browser then refuses the answer.
		if e.StatusCode >= 400 {
			r.failed = append(r.failed, failure{e.RequestID, fmt.Sprintf("was answered with %d", e.StatusCode)})
		}
	case *network.EventLoadingFinished:
		r.activity = time.Now()
		r.bytes += e.EncodedDataLength
		delete(r.underway, e.RequestID)
	case *network.EventLoadingFailed:
		r.activity = time.Now()
		if !e.Canceled {
			r.failed = append(r.failed, failure{e.RequestID, fmt.Sprintf("failed: %s %s", e.ErrorText, e.BlockedReason)})
		}
		delete(r.underway, e.RequestID)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			r.complain = append(r.complain, "console."+e.Type.String()+": "+describe(e.Args))
		}
	case *runtime.EventExceptionThrown:
		r.complain = append(r.complain, "uncaught: "+describeException(e.ExceptionDetails))
	case *log.EventEntryAdded:
		// A request that failed is heard of above.
		if e.Entry.Source != log.EntrySourceNetwork && (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) {
			r.complain = append(r.complain, fmt.Sprintf("%s %s: %s", e.Entry.Source, e.Entry.Level, e.Entry.Text))
		}
	case *audits.EventIssueAdded:
		if e.Issue.Code == audits.InspectorIssueCodeContentSecurityPolicyIssue {
			return // the console says so in words
		}
		r.complain = append(r.complain, describeIssue(e.Issue))
	}
}

// failures lists the requests that failed, each once. Of the page itself only a
// fault of the server counts: a page that says "not found" is a page.
func (r *record) failures() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var texts []string
	told := map[network.RequestID]bool{}
	if r.status < 500 {
		told[r.document] = true
	}
	for _, f := range r.failed {
		if !told[f.id] {
			texts = append(texts, r.urls[f.id]+" "+f.text)
		}
		told[f.id] = true
	}
	return texts
}

func describe(args []*runtime.RemoteObject) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = a.Description
		if a.Description == "" {
			parts[i] = string(a.Value)
		}
	}
	return strings.Join(parts, " ")
}

func describeException(d *runtime.ExceptionDetails) string {
	if d.Exception == nil {
		return d.Text
	}
	return d.Exception.Description
}

// describeIssue writes what the browser's issues panel would show.
func describeIssue(issue *audits.InspectorIssue) string {
	details, err := json.Marshal(issue.Details)
	if err != nil {
		return issue.Code.String()
	}
	return issue.Code.String() + " " + string(details)
}
