package public_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/web/webtest"
)

var photo = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")

func (s *site) askForNumber(c *webtest.Client, merchant, phone string) *webtest.Page {
	s.t.Helper()
	return c.Get("/login").Is(200).Click("号码丢了，或者不是我的").Is(200).Says("商户号", "营业执照", "5 MB").
		Form("/login/number").Set("merchant", merchant).Set("phone", phone).Set("reason", "登记的是代理商的号码").
		Attach("files", "执照.png", photo).Submit()
}

func TestWhoCantSignInAsksForAnotherNumberAndLearnsNothing(t *testing.T) {
	s := newSite(t, nil)
	var said []string
	for merchant, phone := range map[string]string{"M3": "13500000001", "M99": "13500000002"} {
		p := s.askForNumber(s.browser(), merchant, phone).LeadsTo("/login/number/done").Follow().Is(200).Says("收到了")
		said = append(said, p.Text())
	}
	if said[0] != said[1] {
		t.Errorf("a merchant reads\n%s\nno merchant reads\n%s", said[0], said[1])
	}
	var kept int
	if err := s.db.QueryRow(t.Context(), `select count(*) from phone_changes c join phone_change_files f on f.phone_change_id = c.id where c.merchant_id = 3`).Scan(&kept); err != nil || kept != 1 {
		t.Errorf("kept %d, %v", kept, err)
	}
	all, err := outbox.Latest(t.Context(), s.db, 10)
	if err != nil || len(all) != 3 {
		t.Errorf("sent %d messages, %v; want one to each new number and one to the owner", len(all), err)
	}
	if s.logHolds("13500000001", "M99", "代理商") {
		t.Error("the log holds what was typed")
	}
}

func TestARequestThatIsWrongKeepsWhatWasTyped(t *testing.T) {
	s := newSite(t, nil)
	c := s.browser()
	p := c.Get("/login/number").Form("/login/number").Set("merchant", "M3").Set("phone", "135").
		Attach("files", "x.png", []byte("<script>")).Submit().Is(http.StatusUnprocessableEntity).
		Says("这不像一个能收短信的手机号", "请说说怎么回事", "“x.png”打不开")
	if f := p.Form("/login/number"); f.Value("merchant") != "M3" || f.Value("phone") != "135" {
		t.Errorf("the form holds %q and %q", f.Value("merchant"), f.Value("phone"))
	}
	c.Speak("en").Get("/login/number").Form("/login/number").Submit().Is(http.StatusUnprocessableEntity).
		Says("Enter the merchant number", "Enter the new phone number", "Add a photo or a PDF")
	big := append(bytes.Clone(photo), make([]byte, account.MaxEvidenceBytes)...)
	c.Get("/login/number").Form("/login/number").Attach("files", "big.png", big).Submit().
		Is(http.StatusUnprocessableEntity).Says("big.png is too large")
}

func TestANumberOfAnotherCountryIsRefusedWithWhatToDoWhoeverIsAMerchant(t *testing.T) {
	s := newSite(t, nil)
	for _, merchant := range []string{"M3", "M99"} {
		s.askForNumber(s.browser(), merchant, "+53 5234 5678").Is(http.StatusUnprocessableEntity).Says("这里只收 +86 开头的手机号", "打客服电话")
	}
	c := s.browser().Speak("en")
	c.Get("/login/number").Form("/login/number").Set("phone", "+53 5234 5678").Submit().Is(http.StatusUnprocessableEntity).
		Says("only mobile numbers that begin with +86", "call our hotline")
	if all, err := outbox.Latest(t.Context(), s.db, 1); err != nil || len(all) != 0 {
		t.Errorf("sent %v, %v", all, err)
	}
}

func TestABodyLargerThanAllFilesTogetherIsRefused(t *testing.T) {
	s := newSite(t, nil)
	huge := append(bytes.Clone(photo), make([]byte, 4*account.MaxEvidenceBytes)...)
	form := s.browser().Get("/login/number").Form("/login/number")
	for _, name := range []string{"a.png", "b.png"} {
		form.Attach("files", name, huge)
	}
	form.Submit().Is(http.StatusRequestEntityTooLarge)
}
