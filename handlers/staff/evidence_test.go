package staff_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/webtest"
)

// evidenceSite has a disclosure with a version from before the portal.
func evidenceSite(t *testing.T, d *db.DB) *site {
	t.Helper()
	s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
	s.exec(`insert into disclosures (id, slug, title) values (1, 'terminal-fees', '{"zh-CN":"终端收费公示","en":"Terminal fees"}')`)
	s.exec(`insert into disclosure_versions (id, disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at)
			values (1, 1, 1, '2023-03-01', '2023-04-01', 31, true, 'abc123', '2025-01-01 00:00:00+00:00')`)
	s.exec(`insert into plans (id, code, disclosure_id, item) values (1, 'sim-annual-36', 1, 'sim_data')`)
	s.exec(`insert into plan_versions (plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, cycle_months, idle, texts)
			values (1, 1, 1, '2023-03-01', '2023-04-01', 31, 'recurring', 3600, 12, 'accrue', '{"title":{"zh-CN":"流量卡费","en":"SIM data"},"clause":"3"}')`)
	if err := s.plans.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

const packs = "/admin/disclosures/terminal-fees/1/evidence"

// unzip reads a pack that was downloaded.
func unzip(t *testing.T, p *webtest.Page) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader([]byte(p.Body)), int64(len(p.Body)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(body)
	}
	return files
}

func TestAnAuditorTakesAPackWhoseHashThePageShows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := evidenceSite(t, d)
		m := s.join("xu", staff.Auditor)
		before := m.Get(packs).Is(200).Says("证据包：终端收费公示，第 1 版", "还没有人下载过", "abc123", "approvals.csv", "2023年3月1日")
		pack := before.Form(packs).Submit().Is(200)
		if got := pack.Header.Get("Content-Type"); got != "application/zip" || pack.Header.Get("Content-Length") != fmt.Sprint(len(pack.Body)) {
			t.Errorf("got %s of %s bytes, want a ZIP of %d", got, pack.Header.Get("Content-Length"), len(pack.Body))
		}
		files := unzip(t, pack)
		sum := sha256.Sum256([]byte(files["manifest.json"]))
		hash := hex.EncodeToString(sum[:])
		if !strings.Contains(pack.Header.Get("Content-Disposition"), "filename=evidence-terminal-fees-1-"+hash[:8]+".zip") {
			t.Errorf("got the name %s", pack.Header.Get("Content-Disposition"))
		}
		m.Get(packs).Says(hash, "xu", "11 个文件").SaysNot("还没有人下载过")
		m.Speak("en")
		if again := m.Get(packs).Form(packs).Submit().Is(200); again.Body != pack.Body {
			t.Error("the pack depends on the language of who takes it")
		}
		m.Get(packs).Says("Evidence: Terminal fees, version 1", "Taken so far", hash, "The seals over those entries")
		var n int
		err := d.QueryRow(t.Context(), `select count(*) from audit_entries where action = 'evidence.export' and actor_id = $1 and cast(details as text) like $2`, m.id, "%"+hash+"%").Scan(&n)
		if err != nil || n != 2 {
			t.Errorf("the record holds %d exports with the hash (%v), want 2", n, err)
		}
		for name, texts := range map[string][]string{
			"README.txt":            {"sha256sum --check --strict SHA256SUMS", "怎么核对", "How to check it", "没有 document.json", "示例支付"},
			"disclosure.zh-CN.html": {`<html lang="zh-CN">`, "终端收费公示 · 第 1 版", "流量卡费", "每年 ¥36.00", "没有在这里审批"},
			"disclosure.en.html":    {`<html lang="en">`, "Terminal fees · Version 1", "SIM data", "¥36.00 a year", "the Chinese text binds"},
		} {
			for _, text := range texts {
				if !strings.Contains(files[name], text) {
					t.Errorf("%s lacks %q:\n%s", name, text, files[name])
				}
			}
		}
		listed := map[string]bool{}
		for _, th := range before.All("th") {
			listed[webtest.TextOf(th)] = true
		}
		for name := range files {
			if !listed[name] || !strings.Contains(files["README.txt"], name) {
				t.Errorf("%s is in the pack, and the page or the README does not say what it is", name)
			}
		}
	})
}

func TestAPackLeavesNoFileBehind(t *testing.T) {
	s := evidenceSite(t, dbtest.SQLite(t))
	m := s.join("xu", staff.Auditor)
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	m.Get(packs).Form(packs).Submit().Is(200)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
}

func TestOnlyWhoMayTakesEvidence(t *testing.T) {
	s := evidenceSite(t, dbtest.SQLite(t))
	lead, clerk := s.join("tang", staff.Lead), s.join("clerk", staff.Support, staff.Operator)
	form := lead.Get(packs).Is(200).Form(packs)
	clerk.Get(packs).Is(403)
	clerk.SetCookie("__Host-csrf", lead.Cookie("__Host-csrf"))
	clerk.Post(packs, map[string][]string{"csrf": {form.Value("csrf")}}).Is(403)
	s.browser().Get(packs).Is(303)
	for _, path := range []string{"/admin/disclosures/terminal-fees/2/evidence", "/admin/disclosures/terminal-fees/01/evidence", "/admin/disclosures/none/1/evidence", "/admin/disclosures/terminal-fees/x/evidence"} {
		lead.Get(path).Is(404)
		lead.Post(path, map[string][]string{"csrf": {form.Value("csrf")}}).Is(404)
	}
	lead.Post(packs, nil).Is(403) // without its form's token
	ctx, counter := db.Count(t.Context())
	lead.Do(httptest.NewRequest(http.MethodGet, lead.Get(packs).URL.String(), nil).WithContext(ctx)).Is(200)
	if got := counter.RoundTrips(); got > 3 {
		t.Errorf("the page takes %d round trips, want 3 at most", got)
	}
}
