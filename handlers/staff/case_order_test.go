package staff_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/staff"
)

func TestAClockThatRangStandsAmongWhatHappenedWhereItRang(t *testing.T) {
	s := newSite(t)
	s.furnish()
	number := s.complain("我没有同意过")
	s.clock.Advance(450 * time.Minute) // of which more than three quarters of a working day
	if _, err := s.cases.Warnings(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(18 * time.Hour)
	if _, err := s.cases.Warnings(t.Context()); err != nil {
		t.Fatal(err)
	}
	lin := s.join("lin", staff.Support)
	at := "/admin/cases/" + number
	lin.Get(at).Form(at+"/note").Set("note_note", "要回一句").Submit().Follow()
	page := lin.Get(at).Says("首次联系用了四分之三")
	_, course, _ := strings.Cut(page.Body, ">经过</caption>")
	if rang, noted := strings.Index(course, "首次联系用了四分之三"), strings.Index(course, "内部备注"); rang < 0 || noted < rang {
		t.Errorf("the clock rang at %d, and the note stands at %d", rang, noted)
	}
}

func TestACannedReplyPromisesTheDayThatTheMerchantWasTold(t *testing.T) {
	s := newSite(t)
	s.furnish()
	number := s.complain("我没有同意过")
	lin := s.join("lin", staff.Support)
	lin.Get("/admin/canned/new").Form("/admin/canned/new").Set("name", "承诺").Set("zh", "{promised}前答复您。").Set("en", "By {promised}.").Submit().Follow()
	at := "/admin/cases/" + number
	one := lin.Get(at).Says("解决")
	canned := regexp.MustCompile(`cr_[0-9a-z_]+`).FindString(one.Body)
	if got := lin.Get(at + "?canned=" + canned).Form(at + "/reply").Value("reply_words"); got != "2026年11月30日前答复您。" {
		t.Errorf("it promises %q", got)
	}
}
