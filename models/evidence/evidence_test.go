package evidence_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/evidence"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/staff"
)

var (
	luo   = staff.Actor{ID: "st_luo", Name: "罗", Roles: []staff.Role{staff.Compliance}}
	tang  = staff.Actor{ID: "st_tang", Name: "唐", Roles: []staff.Role{staff.Lead}}
	xu    = staff.Actor{ID: "st_xu", Name: "许", Roles: []staff.Role{staff.Auditor}, RequestID: "r_1"}
	clerk = staff.Actor{ID: "st_clerk", Name: "员", Roles: []staff.Role{staff.Support, staff.Operator}}

	morning = date.MustParse("2026-11-02").At(9, 0).UTC()
)

type noJobs struct{}

func (noJobs) Insert(context.Context, *db.Tx, river.JobArgs, *river.InsertOpts) error { return nil }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func exec1(t testing.TB, d *db.DB, statement string, args ...any) {
	t.Helper()
	must(t, d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), statement, args...); return err }))
}

// content is a yearly fee for SIM data.
func content() *disclosure.Content {
	text := func(zh, en string) disclosure.Text { return disclosure.Text{ZhCN: zh, En: en} }
	return &disclosure.Content{
		Title:   text("终端收费公示", "Terminal fees"),
		Summary: text("流量卡费每年 ¥45.00。", "SIM data costs ¥45.00 a year."),
		Contact: text("打客服电话 400-000-0000。", "Call 400-000-0000."),
		Limits:  text("只用于我们的终端。", "For our terminals only."),
		Clauses: []disclosure.Clause{{
			Number: "3", Heading: text("流量卡费", "SIM data"), Text: text("每年收一次 ¥45.00。前 30 天免费。", "We take ¥45.00 once a year. The first 30 days are free."),
		}},
		Fees: []disclosure.ContentFee{{
			Plan: "sim-annual", Item: fee.SimData, Kind: fee.Recurring, Amount: 4500, CycleMonths: 12, FreeDays: 30, Idle: fee.Accrue,
			Terms: disclosure.Terms{
				Title: text("流量卡费", "SIM data"), Clause: "3",
				Recipient: text("示例支付有限公司", "Example Pay Ltd"), PricedBy: text("示例支付定价，因为运营商涨价", "Priced by Example Pay, since the carrier charges more"),
				Refund: text("已经开始的一期不退", "A period that has begun isn't refunded"), Stop: text("在终端页停用", "Stop it on the terminal's page"),
				Collected: text("从当天结算款里扣", "Taken out of the day's settlement"),
			},
		}},
	}
}

// publish brings a version about in all its steps: written, opened, an opinion,
// its answer, approved, published, and asked of two merchants.
func publish(t testing.TB, d *db.DB) *disclosure.Plans {
	t.Helper()
	ctx := t.Context()
	at := func(hours int) time.Time { return morning.Add(time.Duration(hours) * time.Hour) }
	for m := 1; m <= 2; m++ {
		exec1(t, d, fmt.Sprintf(`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at)
			values (%d, 'M100%d', '老街面馆', '周老板', '13800006621', '', '2023-01-01', '2025-01-01 00:00:00+00:00')`, m, m))
	}
	exec1(t, d, `insert into staff (id, login, name, password_hash, created_at) values ('st_luo', 'luo', '罗', '', $1)`, morning)
	draftID, err := disclosure.Begin(ctx, d, at(0), luo, "terminal-fees", content())
	must(t, err)
	must(t, disclosure.Submit(ctx, d, at(1), luo, draftID, 1))
	hash := content().Hash()
	must(t, disclosure.OpenForOpinions(ctx, d, at(2), luo, draftID, hash, date.MustParse("2026-11-09")))
	opinion, err := disclosure.GiveOpinion(ctx, d, at(3), disclosure.Voice{MerchantID: 2, UserID: "u_2", Name: "李四海"}, "terminal-fees", hash, "=太贵了，\n能不能便宜点")
	must(t, err)
	must(t, disclosure.CloseOpinions(ctx, d, at(4), luo, draftID))
	must(t, disclosure.AnswerOpinion(ctx, d, at(5), luo, draftID, opinion, "运营商涨了价"))
	must(t, disclosure.Approve(ctx, d, at(6), tang, draftID, hash, "可以"))
	done, err := disclosure.Publish(ctx, d, noJobs{}, at(7), luo, draftID, hash, date.MustParse("2026-12-10"), func(context.Context, *db.Tx) error { return nil })
	must(t, err)
	for m := 1; m <= 2; m++ {
		exec1(t, d, fmt.Sprintf(`insert into shops (id, merchant_id, name) values (%d, %d, '总店')`, m, m))
		exec1(t, d, fmt.Sprintf(`insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, activated_on, iccid, carrier, agent_ref, updated_at)
			values (%d, %d, %d, 'SN%d', '', 'K9', '', '2024-01-01', '', '', '', '2025-01-01 00:00:00+00:00')`, m, m, m, m))
		exec1(t, d, fmt.Sprintf(`insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on)
			select %d, %d, %d, id, '2024-01-01' from plans where code = 'sim-annual'`, m, m, m))
		exec1(t, d, fmt.Sprintf(`insert into fee_changes (id, merchant_id, plan_id, from_version, to_version, disclosure_version_id, effective_on, opened_at)
			select 'fc_%d', %d, id, 0, 1, $1, '2026-12-10', $2 from plans where code = 'sim-annual'`, m, m), done.VersionID, at(8))
		exec1(t, d, fmt.Sprintf(`insert into fee_change_terminals (change_id, enrolment_id, merchant_id, terminal_id) values ('fc_%d', %d, %d, %d)`, m, m, m, m))
	}
	exec1(t, d, `insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
		values (1, 1, 1, '2026-11-03', '周老板', 'portal', '2026-11-03 00:00:00+00:00')`)
	record(t, d, audit.Entry{At: at(9), Actor: audit.Actor{Kind: audit.User, ID: "u_1"}, MerchantID: 1, Action: "fee_change.accept", Subject: "fc_1", Details: map[string]any{"b": 1, "a": "二"}})
	record(t, d, audit.Entry{At: at(9), Actor: audit.Actor{Kind: audit.User, ID: "u_9"}, MerchantID: 1, Action: "session.start", Subject: "ss_1"})
	if _, _, err := audit.Seal(ctx, d, at(9)); err != nil { // all but the last hour's
		t.Fatal(err)
	}
	plans, err := disclosure.Load(ctx, d)
	must(t, err)
	return plans
}

func record(t testing.TB, d *db.DB, e audit.Entry) {
	t.Helper()
	must(t, d.Write(t.Context(), func(tx *db.Tx) error { return audit.Write(t.Context(), tx, e) }))
}

var texts = []evidence.File{evidence.Text("README.txt", []byte("read me\n")), evidence.Text("disclosure.en.html", []byte("<h1>Terminal fees</h1>"))}

func export(t testing.TB, d *db.DB, plans *disclosure.Plans, version int) (evidence.Export, []byte) {
	t.Helper()
	var b bytes.Buffer
	e, err := evidence.ExportDisclosure(t.Context(), d, morning.Add(240*time.Hour), xu, plans, "terminal-fees", version, texts, &b)
	must(t, err)
	return e, b.Bytes()
}

// unpack reads a pack's files, in their order.
func unpack(t testing.TB, pack []byte) (names []string, files map[string][]byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	must(t, err)
	files = map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		body, err := io.ReadAll(r)
		must(t, err)
		names, files[f.Name] = append(names, f.Name), body
	}
	return names, files
}

func sumOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// faults checks a pack against the hash of its manifest, as the README says.
func faults(files map[string][]byte, manifestHash string) (found []string) {
	if sumOf(files[evidence.ManifestName]) != manifestHash {
		found = append(found, evidence.ManifestName)
	}
	var m evidence.Manifest
	if err := json.Unmarshal(files[evidence.ManifestName], &m); err != nil {
		return append(found, err.Error())
	}
	listed := map[string]bool{evidence.ManifestName: true}
	for _, f := range m.Files {
		listed[f.Path] = true
		if body := files[f.Path]; sumOf(body) != f.SHA256 || int64(len(body)) != f.Bytes {
			found = append(found, f.Path)
		}
	}
	for name := range files {
		if !listed[name] {
			found = append(found, name+" is not listed")
		}
	}
	return found
}

func TestAPackHoldsEverythingAboutAVersion(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		plans := publish(t, d)
		e, pack := export(t, d, plans, 1)
		names, files := unpack(t, pack)
		want := "README.txt disclosure.en.html document.json approved.json policy.json approvals.csv opinions.csv coverage.csv audit.jsonl seals.jsonl SHA256SUMS manifest.json"
		if got := strings.Join(names, " "); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
		v := plans.Disclosure("terminal-fees").Version(1)
		if sumOf(files["document.json"]) != v.Hash || sumOf(files["approved.json"]) != content().Hash() {
			t.Error("the texts are not those that were hashed")
		}
		if got := string(files["policy.json"]); !strings.Contains(got, `"disclosure_days": 31`) || !strings.Contains(got, `"policy_version": 0`) || !strings.Contains(got, `"days_between": 38`) {
			t.Errorf("the policy says %s", got)
		}
		if e.Files != 12 || e.Bytes != int64(len(pack)) || len(faults(files, e.ManifestHash)) > 0 {
			t.Errorf("got %+v with the faults %v", e, faults(files, e.ManifestHash))
		}
		for name, c := range map[string]struct{ want string }{
			"approvals.csv": {`
				2026-11-02T01:00:00Z written 罗
				2026-11-02T03:00:00Z opened 罗 HASH  2026-11-09
				2026-11-02T05:00:00Z closed 罗 HASH
				2026-11-02T07:00:00Z approved 唐 HASH 可以
				2026-11-02T08:00:00Z published 罗 DOCUMENT`},
			"opinions.csv": {`OPINION M1002 李** 2026-11-02T04:00:00Z HASH '=太贵了，|能不能便宜点 2026-11-02T06:00:00Z 罗 运营商涨了价`},
			"coverage.csv": {`
				fc_1 M1001 sim-annual 0 1 2026-11-02T09:00:00Z     1 1 2026-11-03   0
				fc_2 M1002 sim-annual 0 1 2026-11-02T09:00:00Z     1 0    1`},
		} {
			rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(files[name]), "\ufeff"))).ReadAll()
			must(t, err)
			var got []string
			for _, row := range rows[1:] {
				line := strings.TrimRight(strings.ReplaceAll(strings.Join(row, " "), "\n", "|"), " ")
				line = strings.NewReplacer(content().Hash(), "HASH", v.Hash, "DOCUMENT").Replace(line)
				if id, rest, _ := strings.Cut(line, " "); strings.HasPrefix(id, "op_") {
					line = "OPINION " + rest
				}
				got = append(got, line)
			}
			var wanted []string
			for line := range strings.Lines(c.want) {
				if line = strings.TrimSpace(line); line != "" {
					wanted = append(wanted, line)
				}
			}
			if !slices.Equal(got, wanted) {
				t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(wanted, "\n"))
			}
		}
		for name, body := range files {
			if strings.Contains(string(body), "李四海") || strings.Contains(string(body), "13800006621") {
				t.Errorf("%s names a person or their number", name)
			}
		}
	})
}

func TestAPackHoldsWhatTheRecordSaysWithItsSeals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, files := unpack(t, func() []byte { _, b := export(t, d, publish(t, d), 1); return b }())
		var actions []string
		sealed := map[int64]bool{}
		for line := range strings.Lines(string(files["audit.jsonl"])) {
			var e struct {
				Action, Merchant, Subject string
				Details                   json.RawMessage
				Seal                      int64
			}
			must(t, json.Unmarshal([]byte(line), &e))
			actions = append(actions, e.Action)
			if e.Seal > 0 {
				sealed[e.Seal] = true
			}
			if e.Action == "fee_change.accept" && (e.Merchant != "M1001" || string(e.Details) != `{"a":"二","b":1}` || e.Seal != 0) {
				t.Errorf("got %s", line)
			}
		}
		want := "disclosure.draft disclosure.submit disclosure.open disclosure.opinion disclosure.close disclosure.answer disclosure.approve disclosure.publish fee_change.accept"
		if got := strings.Join(actions, " "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		seals := 0
		for line := range strings.Lines(string(files["seals.jsonl"])) {
			var s struct {
				Seal   int64
				SHA256 string
			}
			must(t, json.Unmarshal([]byte(line), &s))
			var hash []byte
			must(t, d.QueryRow(t.Context(), `select hash from audit_seals where seq = $1`, s.Seal).Scan(&hash))
			if !sealed[s.Seal] || s.SHA256 != hex.EncodeToString(hash) {
				t.Errorf("got %s, want the seal %x of entries that are here", line, hash)
			}
			seals++
		}
		if seals == 0 || seals != len(sealed) {
			t.Errorf("got %d seals, entries name %d", seals, len(sealed))
		}
	})
}

func TestAChangedByteShows(t *testing.T) {
	d := dbtest.SQLite(t)
	e, pack := export(t, d, publish(t, d), 1)
	names, files := unpack(t, pack)
	for _, name := range names {
		spoilt := map[string][]byte{}
		for n, body := range files {
			spoilt[n] = body
		}
		spoilt[name] = bytes.Clone(files[name])
		spoilt[name][len(spoilt[name])/2] ^= 1
		if found := faults(spoilt, e.ManifestHash); !slices.Contains(found, name) {
			t.Errorf("a byte of %s was changed, and the faults are %v", name, found)
		}
	}
	files["more.txt"] = []byte("slipped in")
	if found := faults(files, e.ManifestHash); len(found) != 1 {
		t.Errorf("a file was slipped in, and the faults are %v", found)
	}
}

// TestAnybodyCanCheckAPackWithSha256sum does what the README tells readers to.
func TestAnybodyCanCheckAPackWithSha256sum(t *testing.T) {
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("there is no sha256sum on this machine")
	}
	d, dir := dbtest.SQLite(t), t.TempDir()
	e, pack := export(t, d, publish(t, d), 1)
	_, files := unpack(t, pack)
	for name, body := range files {
		must(t, os.WriteFile(filepath.Join(dir, name), body, 0o600))
	}
	check := func(args ...string) (string, error) {
		cmd := exec.Command(tool, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := check("--check", "--strict", evidence.SumsName); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := check(evidence.ManifestName); err != nil || !strings.HasPrefix(out, e.ManifestHash) {
		t.Errorf("got %s, %v; want %s", out, err, e.ManifestHash)
	}
	must(t, os.WriteFile(filepath.Join(dir, "approvals.csv"), append(files["approvals.csv"], ' '), 0o600))
	if out, err := check("--check", evidence.SumsName); err == nil || !strings.Contains(out, "approvals.csv: FAILED") {
		t.Errorf("a changed file passes: %s, %v", out, err)
	}
}

func TestTheSameFactsGiveTheSameBytes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		plans := publish(t, d)
		first, one := export(t, d, plans, 1)
		second, two := export(t, d, plans, 1)
		if !bytes.Equal(one, two) || first.ManifestHash != second.ManifestHash {
			t.Error("two packs of the same facts differ")
		}
		all, err := evidence.Exports(t.Context(), d, "terminal-fees", 1)
		if err != nil || len(all) != 2 || all[0].ManifestHash != first.ManifestHash || all[0].By != "许" || all[0].Bytes != int64(len(one)) {
			t.Errorf("got %+v, %v; want both exports", all, err)
		}
		var n int
		must(t, d.QueryRow(t.Context(), `select count(*) from audit_entries where action = 'evidence.export' and actor_id = 'st_xu' and subject = 'terminal-fees/1' and request_id = 'r_1'
			and cast(details as text) like $1`, "%"+first.ManifestHash+"%").Scan(&n))
		if n != 2 {
			t.Errorf("the record holds %d exports with the manifest's hash, want 2", n)
		}
		exec1(t, d, `insert into fee_change_views (change_id, merchant_id, user_id, seen_at) values ('fc_2', 2, 'u_2', '2026-11-05 00:00:00+00:00')`)
		if third, _ := export(t, d, plans, 1); third.ManifestHash == first.ManifestHash {
			t.Error("another fact gave the same pack")
		}
		for _, statement := range []string{`update evidence_exports set staff_id = 'st_x'`, `delete from evidence_exports`} {
			if err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), statement); return err }); err == nil {
				t.Errorf("%s: it was done", statement)
			}
		}
	})
}

func TestAVersionThatWasTakenOverHasAPackWithoutApprovals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		exec1(t, d, `insert into disclosures (id, slug, title) values (1, 'terminal-fees', '{"zh-CN":"终端收费公示","en":"Terminal fees"}')`)
		exec1(t, d, `insert into disclosure_versions (id, disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at)
			values (1, 1, 1, '2023-03-01', '2023-04-01', 31, true, 'x', '2025-01-01 00:00:00+00:00')`)
		plans, err := disclosure.Load(t.Context(), d)
		must(t, err)
		e, pack := export(t, d, plans, 1)
		names, files := unpack(t, pack)
		if slices.Contains(names, "approved.json") || !strings.Contains(string(files["policy.json"]), `"taken_over": true`) || strings.Count(string(files["approvals.csv"]), "\n") != 1 {
			t.Errorf("got %v, policy %s and approvals %s", names, files["policy.json"], files["approvals.csv"])
		}
		if found := faults(files, e.ManifestHash); len(found) > 0 {
			t.Errorf("got the faults %v", found)
		}
	})
}

func TestOnlyWhoMayTakesAPackOfWhatIsThere(t *testing.T) {
	d := dbtest.SQLite(t)
	plans := publish(t, d)
	for name, c := range map[string]struct {
		by      staff.Actor
		slug    string
		version int
		want    fault.Kind
	}{
		"who may not":     {clerk, "terminal-fees", 1, fault.Forbidden},
		"nobody":          {staff.Actor{}, "terminal-fees", 1, fault.Forbidden},
		"another version": {xu, "terminal-fees", 2, fault.NotFound},
		"another slug":    {xu, "other", 1, fault.NotFound},
	} {
		if _, err := evidence.ExportDisclosure(t.Context(), d, morning, c.by, plans, c.slug, c.version, nil, io.Discard); !fault.Is(err, c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
	if all, err := evidence.Exports(t.Context(), d, "terminal-fees", 1); err != nil || len(all) > 0 {
		t.Errorf("got %v, %v; want no export", all, err)
	}
}

// failing refuses what is written after a while.
type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestAPackThatBreaksOffIsNoExport(t *testing.T) {
	d := dbtest.SQLite(t)
	plans := publish(t, d)
	_, err := evidence.ExportDisclosure(t.Context(), d, morning, xu, plans, "terminal-fees", 1, texts, &failing{left: 2000})
	if err == nil {
		t.Error("got no error of the disk")
	}
	if all, err := evidence.Exports(t.Context(), d, "terminal-fees", 1); err != nil || len(all) > 0 {
		t.Errorf("got %v, %v; want no export", all, err)
	}
}
