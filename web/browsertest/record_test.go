package browsertest

import (
	"testing"

	"github.com/chromedp/cdproto/network"
)

func TestWhatThePageBeforeAskedForIsNotWaitedFor(t *testing.T) {
	r := &record{}
	r.clear()
	begin := func(id network.RequestID, kind network.ResourceType) {
		r.hear(&network.EventRequestWillBeSent{RequestID: id, Type: kind, Request: &network.Request{URL: "http://localhost/"}})
	}
	begin("poll", network.ResourceTypeXHR)
	begin("next", network.ResourceTypeDocument)
	begin("style", network.ResourceTypeStylesheet)
	r.hear(&network.EventLoadingFinished{RequestID: "next"})
	if got := r.quietFor(); got != 0 {
		t.Errorf("it is quiet for %s while a request of the page is under way", got)
	}
	r.hear(&network.EventLoadingFinished{RequestID: "style"})
	if len(r.underway) > 0 {
		t.Errorf("%v are waited for; want none", r.underway)
	}
}
