package staff_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/i18n"
)

const merchantsHead = "merchant_ref,name,contact,phone,email,opened_on,closed_on\n"

// takeIn works the file that was sent last.
func (s *site) takeIn() string {
	s.t.Helper()
	args, ok := s.held.all[len(s.held.all)-1].(ingest.UploadArgs)
	if !ok {
		s.t.Fatalf("the last job is %T, want one that takes a file in", s.held.all[len(s.held.all)-1])
	}
	words := map[string]ingest.Translate{}
	for _, l := range i18n.Locales {
		words[string(l)] = i18n.For(l).T
	}
	if _, err := ingest.TakeUpload(s.t.Context(), s.db, s.clock, args.ID, words, true); err != nil {
		s.t.Fatal(err)
	}
	return "/admin/imports/" + args.ID
}

func TestAnOperatorSendsAFileAndReadsWhatIsWrongWithItsRows(t *testing.T) {
	for lang, refused := range map[string]string{"zh-CN": "没收下", "en": "refused"} {
		t.Run(lang, func(t *testing.T) {
			s := newSite(t)
			op := s.join("lin", staff.Operator)
			op.Speak(lang)
			list := op.Get("/admin/imports").Is(http.StatusOK)
			list.Form("/admin/imports").Submit().Is(http.StatusUnprocessableEntity)
			list.Form("/admin/imports").Set("kind", "merchants").Attach("file", "a.csv", []byte(strings.Repeat("x", 1<<20+1))).Submit().Is(http.StatusUnprocessableEntity).Says("1 MB")

			list.Form("/admin/imports").Set("kind", "merchants").Attach("file", "一月.csv", []byte(merchantsHead+"M9,老街面馆,,,,31.01.2026,\n")).Submit()
			at := s.takeIn()
			page := op.Get(at).Is(http.StatusOK).Says("一月.csv", "31.01.2026", "opened_on", refused)
			if !strings.Contains(page.Body, at+"/csv") {
				t.Error("the page does not lead to the file of what is wrong")
			}
			if csv := op.Get(at + "/csv").Is(http.StatusOK); !strings.Contains(csv.Body, "31.01.2026") || !strings.Contains(csv.Body, "一月.csv") {
				t.Errorf("the file of what is wrong is\n%s", csv.Body)
			}

			list.Form("/admin/imports").Set("kind", "merchants").Attach("file", "二月.csv", []byte(merchantsHead+"M9,老街面馆,,,,2026-01-31,\n")).Submit()
			waits := "/admin/imports/" + s.held.all[len(s.held.all)-1].(ingest.UploadArgs).ID
			if !strings.Contains(op.Get(waits).Is(http.StatusOK).Body, `data-hx-trigger="every 2s"`) {
				t.Error("a file that waits is not asked about again")
			}
			at = s.takeIn()
			op.Get(at).Is(http.StatusOK).Says("1")
			op.Get(at + "/csv").Is(http.StatusNotFound)
			op.Get("/admin/imports").Is(http.StatusOK).Says("一月.csv", "二月.csv", "lin")
			op.Get("/admin/imports/up_none").Is(http.StatusNotFound)
			op.Get("/admin/imports?after=x").Is(http.StatusNotFound)
		})
	}
}

func TestAnAuditorSeesWhatCameAndSendsNothing(t *testing.T) {
	s := newSite(t)
	page := s.join("nora", staff.Auditor).Get("/admin/imports").Is(http.StatusOK)
	if strings.Contains(page.Body, `type="file"`) {
		t.Error("an auditor is offered to send a file")
	}
	s.join("he", staff.Support).Get("/admin/imports").Is(http.StatusForbidden)
}
