package browsertest

import (
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	devtools "github.com/chromedp/cdproto/page"
)

func TestOnlyWhatThePageShownAsksForIsWaitedFor(t *testing.T) {
	r := &record{}
	r.clear()
	begin := func(id network.RequestID, page cdp.LoaderID) {
		r.hear(&network.EventRequestWillBeSent{RequestID: id, LoaderID: page, Request: &network.Request{URL: "/" + string(id)}})
	}
	shows := func(page cdp.LoaderID, in cdp.FrameID) {
		r.hear(&devtools.EventFrameNavigated{Frame: &cdp.Frame{LoaderID: page, ParentID: in}})
	}
	waits := func(when string, want int) {
		t.Helper()
		if got := r.waiting(); len(got) != want || want > 0 && r.quietFor() != 0 {
			t.Errorf("%s, %q are waited for, quiet for %s; want %d", when, got, r.quietFor(), want)
		}
	}
	shows("first", "")
	begin("poll", "first")
	begin("next", "second")
	waits("on the way to a page", 2)
	shows("second", "")
	waits("once it shows", 1)
	r.hear(&network.EventLoadingFinished{RequestID: "next"})
	begin("icon", "first")
	waits("when the page before asks for its icon", 0)
	begin("style", "second")
	shows("within", "frame")
	waits("when a frame within the page shows another", 1)
	r.hear(&network.EventLoadingFinished{RequestID: "style"})
	shows("first", "")
	begin("poll", "first")
	waits("back on the first page", 1)
}
