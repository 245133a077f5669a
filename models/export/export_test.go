package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/evidence"
	"github.com/mingbai/mingbai/models/money"
)

// objects reads a table's file in JSON.
func objects(t testing.TB, table *Table, content []byte) (all []map[string]any) {
	t.Helper()
	in := json.NewDecoder(bytes.NewReader(content))
	in.UseNumber()
	if !table.Long {
		must(t, in.Decode(&all))
		return all
	}
	for in.More() {
		var one map[string]any
		must(t, in.Decode(&one))
		all = append(all, one)
	}
	return all
}

// rows reads a table's file in CSV, without its headings.
func rows(t testing.TB, content []byte) [][]string {
	t.Helper()
	if !bytes.HasPrefix(content, []byte("\ufeff")) {
		t.Fatal("a spreadsheet would not know that it is UTF-8")
	}
	all, err := csv.NewReader(bytes.NewReader(content[3:])).ReadAll()
	must(t, err)
	return all[1:]
}

func TestAnExportHasEveryRowAndEveryFenInBothFormats(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, true)
		_, archive := w.made(w.zhou)
		files := unpacked(t, archive)
		for i := range Tables {
			table := &Tables[i]
			inJSON, inCSV := objects(t, table, files[table.File()]), rows(t, files[table.Sheet()])
			if len(inJSON) != len(inCSV) {
				t.Errorf("%s: %d rows in JSON, %d in CSV", table.Name, len(inJSON), len(inCSV))
			}
			for at, c := range table.Columns {
				if c.kind != fen {
					continue
				}
				for n := range inJSON {
					want := ""
					if text, ok := inJSON[n][c.Name].(json.Number); ok {
						amount, err := text.Int64()
						must(t, err)
						want = money.Fen(amount).Yuan()
					}
					if got := inCSV[n][at]; got != want {
						t.Fatalf("%s, row %d, %s: %q in CSV, want %q", table.Name, n+1, c.Name, got, want)
					}
				}
			}
		}
		var line, settled, used, terminals int
		var taken, paid int64
		must(t, d.QueryRow(t.Context(), `
			select (select count(*) from bill_lines where merchant_id = $1), (select cast(sum(amount_fen) as bigint) from bill_lines where merchant_id = $1),
				(select count(*) from settlements where merchant_id = $1), (select cast(sum(paid_out_fen) as bigint) from settlements where merchant_id = $1),
				(select count(*) from sim_usage where merchant_id = $1), (select count(*) from terminals where merchant_id = $1)`, w.zhou.MerchantID).
			Scan(&line, &taken, &settled, &paid, &used, &terminals))
		for _, want := range []struct {
			table, column string
			rows          int
			sum           int64
		}{{"deductions", "amount_fen", line, taken}, {"settlements", "paid_out_fen", settled, paid}, {"usage", "", used, 0}, {"terminals", "", terminals, 0}} {
			table := &Tables[slices.IndexFunc(Tables, func(t Table) bool { return t.Name == want.table })]
			all, sum := objects(t, table, files[table.File()]), int64(0)
			for _, one := range all {
				if want.column != "" {
					n, err := one[want.column].(json.Number).Int64()
					must(t, err)
					sum += n
				}
			}
			if len(all) != want.rows || want.rows == 0 || sum != want.sum {
				t.Errorf("%s: got %d rows that come to %d, the database has %d that come to %d", want.table, len(all), sum, want.rows, want.sum)
			}
		}
		if _, _, wrong, err := evidence.Check(bytes.NewReader(archive), int64(len(archive))); err != nil || len(wrong) > 0 {
			t.Errorf("it does not agree with its manifest: %v, %v", wrong, err)
		}
	})
}

// TestAnotherProgramReadsTheSame opens an export as a merchant might, with
// Python's own modules for ZIP, CSV and JSON.
func TestAnotherProgramReadsTheSame(t *testing.T) {
	python, err := osexec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 on this machine")
	}
	d := dbtest.SQLite(t)
	w := newWorld(t, d, true)
	_, archive := w.made(w.zhou)
	name := filepath.Join(t.TempDir(), "export.zip")
	must(t, os.WriteFile(name, archive, 0o600))
	var complaints strings.Builder // also of a locale that the machine names and has not
	program := osexec.Command(python, "-c", `
import csv, io, json, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for name in ("deductions", "settlements"):
    lines = [json.loads(l) for l in z.read("json/%s.jsonl" % name).decode().splitlines()]
    rows = list(csv.DictReader(io.StringIO(z.read("csv/%s.csv" % name).decode("utf-8-sig"), newline="")))
    column = {"deductions": "amount_fen", "settlements": "paid_out_fen"}[name]
    print(len(lines), sum(l[column] for l in lines), len(rows), sum(round(float(r[column]) * 100) for r in rows))
`, name)
	program.Stderr = &complaints
	out, err := program.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaints.String())
	}
	var want strings.Builder
	for _, query := range []string{`select count(*), sum(amount_fen) from bill_lines where merchant_id = $1`, `select count(*), sum(paid_out_fen) from settlements where merchant_id = $1`} {
		var n, sum int64
		must(t, d.QueryRow(t.Context(), query, w.zhou.MerchantID).Scan(&n, &sum))
		one := strconv.FormatInt(n, 10) + " " + strconv.FormatInt(sum, 10)
		want.WriteString(one + " " + one + "\n")
	}
	if string(out) != want.String() {
		t.Errorf("got\n%swant\n%s", out, want.String())
	}
}

// withheld are the columns of exported tables that are not in an export: secrets
// and what they hash to, what a queue or a page needs, names and words of staff
// among themselves, who is named in another column, and what the rules can work
// out again.
var withheld = map[string]string{
	"shops":                "id",
	"users":                "password_hash",
	"sessions":             "token_hash expires_at",
	"entry_links":          "token_hash made_by",
	"phone_changes":        "decided_by note first_by first_name first_at",
	"terminals":            "inactive_here",
	"enrolments":           "cancelled_here",
	"own_limits":           "set_by",
	"deductions":           "seq gate verdict",
	"scheduled_charges":    "by_kind by_id",
	"gate_requests":        "digest batch_id asked_kind asked_by",
	"gate_decisions":       "answer facts",
	"gate_steps":           "reason by_id",
	"fee_changes":          "disclosure_version_id",
	"fee_change_views":     "user_id",
	"fee_change_terminals": "enrolment_id lines not_checked",
	"fee_change_answers":   "user_id",
	"service_endings":      "staff_id staff_name reason",
	"refund_dues":          "subject",
	"stop_requests":        "user_id",
	"stop_answers":         "staff_id staff_name",
	"disclosure_opinions":  "user_id",
	"notice_recipients":    "code_hash code_until code_tries",
	"calendar_feeds":       "token_hash",
	"notices":              "again_on",
	"letters":              "step next_at handled_at handled_by remark",
	"messages":             "html unsubscribe fields template again_for urgent not_after next_at trying_at maybe_twice last_error provider provider_id counted_at news",
	"cases":                "plan_id filed_by calendar policy owner_id owner_name reopened dispute under_way breached next_due_at alarm_at close_on waits_for queue_at",
	"case_ratings":         "user_id",
	"case_events":          "actor_id remark",
	"case_posts":           "author_name",
	"case_decisions":       "root_cause suggested_fen staff_id staff_name",
	"refund_proposals":     "proposed_by proposed_name second_by second_name answered_at remark",
	"case_files":           "by_id by_name",
	"case_draft_files":     "user_id subject",
	"phone_change_files":   "content",
	"closings":             "warned_at undone_by",
	"data_exports":         "next_at attempt failures parts",
	"audit_entries":        "request_id",
}

func TestEveryColumnOfAnExportedTableIsReadOrWithheld(t *testing.T) {
	d := dbtest.SQLite(t)
	for i := range Tables {
		if Tables[i].query == "" {
			continue // its rows are read by another package
		}
		words := strings.FieldsFunc(Tables[i].query, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') })
		for _, table := range Tables[i].of {
			apart := strings.Fields(withheld[table])
			must(t, d.Query(t.Context(), func(rows db.Rows) error {
				return db.Each(rows, func() error {
					var column string
					if err := rows.Scan(&column); err != nil {
						return err
					}
					if read, kept := slices.Contains(words, column), slices.Contains(apart, column); !read && !kept {
						t.Errorf("%s.%s is not in the table %s of an export: add it, or say in withheld that it is not the merchant's", table, column, Tables[i].Name)
					}
					return nil
				})
			}, `select name from pragma_table_info($1)`, table))
		}
	}
}

func TestEveryTableOfMerchantsIsExportedOrItIsSaidWhyNot(t *testing.T) {
	d := dbtest.SQLite(t)
	exported := map[string]bool{}
	for i := range Tables {
		for _, name := range Tables[i].of {
			exported[name] = true
			if q := Tables[i].query; q != "" && !strings.Contains(q, name+" ") {
				t.Errorf("the table %s says that it is of %s, and its statement does not read it", Tables[i].Name, name)
			}
		}
	}
	seen := 0
	must(t, d.Query(t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var table string
			if err := rows.Scan(&table); err != nil {
				return err
			}
			seen++
			switch why := LeftOut[table]; {
			case !exported[table] && why == "":
				t.Errorf("%s has rows of merchants: put it into a table of their export, or say in LeftOut why it is not theirs", table)
			case exported[table] && why != "":
				t.Errorf("%s is exported, and left out because of %q", table, why)
			}
			return nil
		})
	}, `select m.name from sqlite_schema m join pragma_table_info(m.name) c where m.type = 'table' and c.name = 'merchant_id' order by 1`))
	if seen < 50 {
		t.Errorf("only %d tables of merchants were found", seen)
	}
}
