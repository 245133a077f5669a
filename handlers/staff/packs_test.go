package staff_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/evidence"
	"github.com/mingbai/mingbai/models/staff"
)

// unpack checks a pack and returns its files.
func unpack(t *testing.T, body string) map[string]string {
	t.Helper()
	m, _, wrong, err := evidence.Check(strings.NewReader(body), int64(len(body)))
	if err != nil || len(wrong) > 0 || len(m.Files) < 3 {
		t.Fatalf("the pack has %d files, %v wrong, %v", len(m.Files), wrong, err)
	}
	z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(b)
	}
	return files
}

func TestEvidenceIsTakenForAReasonAndOnRecord(t *testing.T) {
	s := newSite(t)
	s.furnish()
	lead, support := s.join("lead", staff.Lead), s.join("support", staff.Support)
	support.Get("/admin/evidence").Is(http.StatusForbidden)
	page := lead.Get("/admin/audit").Click("取证据包").Is(http.StatusOK).Says("还没有人取过")
	form := page.Form("/admin/evidence")
	form.Set("kind", "merchant").Set("subject", "nobody").Submit().Is(http.StatusUnprocessableEntity).Says("没有这个编号", "请填日期", "请写为什么要取")
	var ref string
	if err := s.db.QueryRow(t.Context(), `select min(ref) from merchants`).Scan(&ref); err != nil {
		t.Fatal(err)
	}
	form.Set("kind", "merchant").Set("subject", ref).Set("from", "2026-12-02").Set("to", "2026-12-01").Set("reason", "监管来函").Submit().
		Is(http.StatusUnprocessableEntity).Says("日期先后不对")
	pack := form.Set("from", "2025-01-01").Set("to", "2026-12-01").Submit().Is(http.StatusOK)
	files := unpack(t, pack.Body)
	for name, says := range map[string]string{"about.zh-CN.html": "监管来函", "about.en.html": "Evidence: Merchant", "acceptances.jsonl": "", "messages.jsonl": "", "audit.jsonl": "", "manifest.json": ref} {
		if body, ok := files[name]; !ok || !strings.Contains(body, says) {
			t.Errorf("%s: there is %t, says %.200q, want %q", name, ok, body, says)
		}
	}
	lead.Get("/admin/evidence").Says(ref, "监管来函", "lead")
	lead.Get("/admin/audit?action=evidence.export").Says("导出了证据包")
}

func TestAPackThatWasChangedShows(t *testing.T) {
	s := newSite(t)
	s.furnish()
	lead := s.join("lead", staff.Lead)
	var ref string
	if err := s.db.QueryRow(t.Context(), `select min(ref) from merchants`).Scan(&ref); err != nil {
		t.Fatal(err)
	}
	form := lead.Get("/admin/evidence").Form("/admin/evidence")
	body := form.Set("kind", "merchant").Set("subject", ref).Set("from", "2025-01-01").Set("to", "2026-12-01").Set("reason", "x").Submit().Body
	files := unpack(t, body)
	for what, change := range map[string]func(map[string]string){
		"was changed":            func(f map[string]string) { f["audit.jsonl"] += " " },
		"is missing":             func(f map[string]string) { delete(f, "messages.jsonl") },
		"is not in the manifest": func(f map[string]string) { f["more.txt"] = "x" },
	} {
		other := map[string]string{}
		for name, text := range files {
			other[name] = text
		}
		change(other)
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, text := range other {
			w, err := z.Create(name)
			if err == nil {
				_, err = io.WriteString(w, text)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		_, _, wrong, err := evidence.Check(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil || len(wrong) != 1 || !strings.HasSuffix(wrong[0], what) {
			t.Errorf("%s: got %v, %v", what, wrong, err)
		}
	}
	if _, _, _, err := evidence.Check(strings.NewReader("no archive"), 10); err == nil {
		t.Error("what is no pack is taken for one")
	}
}
