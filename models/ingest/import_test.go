package ingest

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

// morning and evening are the moments of two imports.
var (
	morning = date.MustParse("2026-11-22").At(8, 0).UTC()
	evening = date.MustParse("2026-11-22").At(20, 0).UTC()
)

// operator is who imports in these tests.
var operator = audit.Actor{Kind: audit.CLI, ID: "root"}

// folderOf returns the files of a folder.
func folderOf(t testing.TB, dir string) []File {
	t.Helper()
	files, _, err := FilesIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// importAll imports files that must be right.
func importAll(t testing.TB, d *db.DB, now time.Time, files ...File) map[Kind]intake.Taken {
	t.Helper()
	done, err := Import(t.Context(), d, clock.At(now), operator, files, Options{})
	if err != nil {
		t.Fatal(describe(t, err))
	}
	taken := map[Kind]intake.Taken{}
	for _, f := range done {
		taken[f.Kind] = f.Taken
	}
	return taken
}

// describe names every place of a refusal.
func describe(t testing.TB, err error) string {
	t.Helper()
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		return strings.Join(places(t, refusal), "\n")
	}
	return err.Error()
}

// wantRefused imports files that must be refused, and fails the test unless
// these are the places and nothing at all is left behind.
func wantRefused(t testing.TB, d *db.DB, files []File, want ...string) {
	t.Helper()
	before := intaketest.Dump(t, d)
	_, err := Import(t.Context(), d, clock.At(evening), operator, files, Options{})
	refusal, ok := errors.AsType[*Refusal](err)
	if !ok {
		t.Fatalf("got %v, want a refusal", err)
	}
	if got := places(t, refusal); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	intaketest.WantSame(t, intaketest.Dump(t, d), before, "after a refusal")
}

// given returns one of the small files with other content, as a file of its own.
func given(t testing.TB, kind Kind, content string) File {
	t.Helper()
	path := filepath.Join(t.TempDir(), string(kind)+endings[kind == KindPlans][0])
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return FileAt(kind, path)
}

func TestTheSampleIsImportedAsItIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		got := importAll(t, d, morning, folderOf(t, sampleFolder)...)
		want := map[Kind]int64{
			KindPlans: 11, KindMerchants: 8, KindTerminals: 16, KindEnrolments: 78, KindSettlements: 4737, KindDeductions: 114, KindUsage: 900,
		}
		for kind, rows := range want {
			if got[kind] != (intake.Taken{Rows: rows, Added: rows}) {
				t.Errorf("%s: got %+v, want %d rows, all of them added", kind, got[kind], rows)
			}
		}
		stored := map[string]string{
			"merchants": "8", "terminals": "16", "enrolments": "76", "acceptances": "78", "settlements": "4737", "settlement_refs": "4737",
			"deductions": "114", "deduction_refs": "114", "sim_usage": "900", "judge_pending": "16", "imports": "7", "audit_entries": "8", "memberships": "8",
		}
		for _, table := range slices.Sorted(maps.Keys(stored)) {
			intaketest.WantTexts(t, d, "select '"+table+" ' || count(*) from "+table, table+" "+stored[table])
		}
	})
}

func TestTheImportedSampleIsJudgedAsTheFolderIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		importAll(t, d, morning, folderOf(t, sampleFolder)...)
		if n, err := Judge(t.Context(), d, clock.At(morning), nil); err != nil || n != 16 {
			t.Fatalf("judged %d terminals, %v; want 16", n, err)
		}
		folder, err := ReadFolder(sampleFolder, Options{})
		if err != nil {
			t.Fatal(err)
		}
		judged, err := Check(folder)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, j := range judged {
			line := fmt.Sprint(j.Ref, " ", j.Decision)
			for _, code := range j.Reasons {
				line += " " + code.String()
			}
			want = append(want, line)
		}
		slices.Sort(want)
		got := intaketest.Texts(t, d, `select trim(d.ref || ' ' || l.decision || ' ' || l.reasons) from bill_lines l join deductions d on d.id = l.id`)
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("the portal judges\n%s\nand check\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

func TestTheSameFilesAgainChangeNothing(t *testing.T) {
	for name, dir := range map[string]string{"sample": sampleFolder, "small": write(t, nil)} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				importAll(t, d, morning, folderOf(t, dir)...)
				if _, err := Judge(t.Context(), d, clock.At(morning), nil); err != nil {
					t.Fatal(err)
				}
				before := intaketest.Dump(t, d, "imports", "audit_entries")
				for kind, taken := range importAll(t, d, evening, folderOf(t, dir)...) {
					if taken.Rows == 0 || taken.Unchanged != taken.Rows {
						t.Errorf("%s: got %+v, want all rows unchanged", kind, taken)
					}
				}
				intaketest.WantSame(t, intaketest.Dump(t, d, "imports", "audit_entries"), before, "after the second import")
			})
		})
	}
}

func TestAnyWrongRowRefusesTheWholeFolder(t *testing.T) {
	tests := map[string]struct {
		file, old, changed string
		want               []string
	}{
		"a format":              {"usage.csv", "T1,2024-02-10,7,,", "T1,2024-02-10,seven,,", []string{"usage.csv:3 used_mb import.value.not_count"}},
		"a header":              {"merchants.csv", "merchant_ref,name", "merchant_ref,title", []string{"merchants.csv:1 title import.header.unknown", "merchants.csv:1 name import.header.missing"}},
		"a row cut short":       {"notices.csv", ",sms,2024-02-02T10:00:00+08:00\n", ",sms", []string{"notices.csv:2  import.row.cut"}},
		"an unknown merchant":   {"terminals.csv", "T3,M2,", "T3,M9,", []string{"terminals.csv:4 merchant_ref import.reference.merchant"}},
		"no replaced terminal":  {"terminals.csv", ",T1,", ",T9,", []string{"terminals.csv:2 replaces_sn import.reference.terminal"}},
		"one of another":        {"terminals.csv", ",T1,", ",T3,", []string{"terminals.csv:2 replaces_sn import.reference.other_merchant"}},
		"an unknown terminal":   {"usage.csv", "T1,2024-02-10", "T9,2024-02-10", []string{"usage.csv:3 sn import.reference.terminal"}},
		"of an enrolment":       {"enrolments.csv", "T4,sim-36", "T9,sim-36", []string{"enrolments.csv:9 sn import.reference.terminal"}},
		"an unknown plan":       {"enrolments.csv", "T4,sim-36", "T4,sim-99", []string{"enrolments.csv:9 plan import.reference.plan"}},
		"an unknown version":    {"enrolments.csv", "T4,sim-36,2024-01-10,1", "T4,sim-36,2024-01-10,3", []string{"enrolments.csv:9 version import.reference.version"}},
		"another first day":     {"enrolments.csv", "T4,sim-36,2024-01-10,1,2024-01-10,周老板,app,\n", "T4,sim-36,2024-01-10,1,2024-01-10,周老板,app,\nT4,sim-36,2024-01-11,2,2025-04-01,周老板,app,\n", []string{"enrolments.csv:10 anchor_on import.row.disagrees"}},
		"a settlement's":        {"settlements.csv", "S2,T3", "S2,T9", []string{"settlements.csv:3 sn import.reference.terminal"}},
		"a settlement twice":    {"settlements.csv", "S2,T3", "S1,T3", []string{"settlements.csv:3 settlement_ref import.row.taken"}},
		"a deduction twice":     {"deductions.csv", "D2,T1", "D1,T1", []string{"deductions.csv:3 deduction_ref import.row.taken"}},
		"an unknown settlement": {"deductions.csv", "100.00,S1", "100.00,S9", []string{"deductions.csv:3 settlement_ref import.reference.settlement"}},
		"another's settlement":  {"deductions.csv", "100.00,S1", "100.00,S2", []string{"deductions.csv:3 settlement_ref import.reference.other_merchant"}},
		"another terminal's":    {"deductions.csv", "D1,T1", "D1,T4", []string{"deductions.csv:2 settlement_ref import.reference.other_terminal"}},
		"a plan's item":         {"deductions.csv", "transaction,card", "transaction,sim-36", []string{"deductions.csv:3 plan import.reference.other_item"}},
		"no one plan":           {"deductions.csv", "transaction,card", "transaction,", []string{"deductions.csv:3 plan import.reference.which_plan"}},
		"a notice for nobody":   {"notices.csv", "T1,sim_data", "T1,service", []string{"notices.csv:2 item import.reference.not_enrolled"}},
		"a price":               {"plans.yaml", "amount_fen: 19900", "amount_fen: -1", []string{"plans.yaml:28 disclosures[1].plans[2].versions[1].price.amount_fen import.value.not_count"}},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				wantRefused(t, d, folderOf(t, write(t, edit(t, test.file, test.old, test.changed))), test.want...)
			})
		}
		importAll(t, d, morning, folderOf(t, write(t, nil))...) // what was refused stands in nobody's way
	})
}

func TestRowsAreRefusedForTheirFormAndForWhatTheyReferToAtOnce(t *testing.T) {
	d := dbtest.SQLite(t)
	changes := edit(t, "usage.csv", "T1,2024-02-09,7,100,-1.50\nT1,2024-02-10,7,,", "T9,2024-02-09,7,100,\nT1,2024-02-10,seven,,")
	wantRefused(t, d, folderOf(t, write(t, changes)), "usage.csv:2 sn import.reference.terminal", "usage.csv:3 used_mb import.value.not_count")
}

func TestAWrongRowIsNotReportedAgainByThoseThatReferToIt(t *testing.T) {
	d := dbtest.SQLite(t)
	changes := edit(t, "terminals.csv", "T1,M1,总店,前台,K9,智能POS,2024-01-10", "T1,M1,总店,前台,K9,智能POS,2024-13-10")
	wantRefused(t, d, folderOf(t, write(t, changes)), "terminals.csv:3 activated_on import.value.not_date")
	changes = edit(t, "merchants.csv", "M2,", "M3,")
	wantRefused(t, d, folderOf(t, write(t, changes)), "terminals.csv:4 merchant_ref import.reference.merchant")
}

func TestAFileIsComparedWithWhatWasImportedBefore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		importAll(t, d, morning, folderOf(t, write(t, nil))...)
		for _, test := range []struct {
			kind         Kind
			old, changed string
			want         string
		}{
			{KindDeductions, "36.00", "99.00", "deductions.csv:2 deduction_ref import.stored.taken"},
			{KindSettlements, "113.21", "113.22", "settlements.csv:2 settlement_ref import.stored.taken"},
			{KindNotices, "36.00", "45.00", "notices.csv:2 amount import.stored.taken"},
			{KindTerminals, "T4,M1", "T4,M2", "terminals.csv:5 merchant_ref import.stored.other_merchant"},
			{KindEnrolments, "T4,sim-36,2024-01-10,1,2024-01-10,周老板", "T4,sim-36,2024-01-10,1,2024-01-10,李老板", "enrolments.csv:9 accepted_by import.stored.acceptance"},
			{KindPlans, "amount_fen: 4500", "amount_fen: 4600", "plans.yaml:18 disclosures[1].plans[1].versions[2] import.stored.published"},
		} {
			name := string(test.kind) + endings[test.kind == KindPlans][0]
			changes := edit(t, name, test.old, test.changed)
			wantRefused(t, d, []File{given(t, test.kind, changes[name])}, test.want)
		}
		closed := given(t, KindMerchants, strings.Replace(small["merchants.csv"], "2024-01-02,\n", "2024-01-02,2026-11-01\n", 1))
		if got := importAll(t, d, evening, closed)[KindMerchants]; got != (intake.Taken{Rows: 2, Changed: 1, Unchanged: 1}) {
			t.Errorf("got %+v, want one merchant changed", got)
		}
	})
}

func TestFilesOfOneKindAreTakenInTheOrderGiven(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		importAll(t, d, morning, folderOf(t, write(t, nil))...)
		header, rows, _ := strings.Cut(small["usage.csv"], "\n")
		first := given(t, KindUsage, header+"\nT1,2024-03-01,1,,\nT1,2024-03-02,2,,\n")
		second := given(t, KindUsage, header+"\nT1,2024-03-02,5,,\n"+rows)
		done, err := Import(t.Context(), d, clock.At(evening), operator, []File{first, second}, Options{})
		if err != nil {
			t.Fatal(describe(t, err))
		}
		if len(done) != 2 || done[0].Taken != (intake.Taken{Rows: 2, Added: 2}) || done[1].Taken != (intake.Taken{Rows: 3, Changed: 1, Unchanged: 2}) {
			t.Errorf("got %+v", done)
		}
		intaketest.WantTexts(t, d, `select used_on || ' ' || used_mb from sim_usage where used_on >= '2024-03-01' order by 1`, "2024-03-01 1", "2024-03-02 5")

		header, _, _ = strings.Cut(small["deductions.csv"], "\n")
		third := given(t, KindDeductions, header+"\nD3,T1,service,,1.00,2024-03-01T00:00:00Z,,posted,core,,,\n")
		fourth := given(t, KindDeductions, header+"\nD3,T1,service,,2.00,2024-03-01T00:00:00Z,,posted,core,,,\n")
		wantRefused(t, d, []File{third, fourth}, "deductions.csv:2 deduction_ref import.stored.taken")
	})
}

func TestEachFileLeavesARecordOfWhoImportedIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		file := given(t, KindMerchants, small["merchants.csv"])
		importAll(t, d, morning, file)
		intaketest.WantTexts(t, d, `select kind || ' ' || file_name || ' ' || rows || ' ' || added || ' ' || changed || ' ' || unchanged || ' ' || by_kind || ' ' || by_id from imports`,
			"merchants merchants.csv 2 2 0 0 cli root")
		intaketest.WantTexts(t, d, `select a.actor_kind || ' ' || a.actor_id || ' ' || a.action from audit_entries a join imports i on i.id = a.subject`, "cli root import.merchants")
		for _, details := range intaketest.Texts(t, d, `select cast(details as text) from audit_entries where action = 'import.merchants'`) {
			if !strings.Contains(details, `"sha256"`) || strings.Contains(details, "merchants.csv") || strings.Contains(details, "周") {
				t.Errorf("the audit says %s", details)
			}
		}
	})
}

func TestAFileAboveTheLimitIsRefusedUnread(t *testing.T) {
	d := dbtest.SQLite(t)
	read := false
	file := given(t, KindMerchants, small["merchants.csv"])
	_, err := Import(t.Context(), d, clock.At(morning), operator, []File{file}, Options{MaxBytes: 10, Progress: func(Progress) error { read = true; return nil }})
	if got := describe(t, err); got != "merchants.csv:0  import.file.too_large" || read {
		t.Errorf("got %s, and it was read: %t", got, read)
	}
}

func TestAnImportThatIsCalledOffLeavesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		before := intaketest.Dump(t, d)
		enough := errors.New("enough")
		for _, at := range []string{"merchants.csv", "settlements.csv", "usage.csv"} {
			_, err := Import(t.Context(), d, clock.At(morning), operator, folderOf(t, sampleFolder), Options{Progress: func(p Progress) error {
				if p.File == at {
					return enough
				}
				return nil
			}})
			if !errors.Is(err, enough) {
				t.Errorf("called off in %s: got %v", at, err)
			}
			intaketest.WantSame(t, intaketest.Dump(t, d), before, "called off in "+at)
		}
	})
}

func TestTwoImportsOfOneFileAtOnceAreOneAfterTheOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		importAll(t, d, morning, folderOf(t, write(t, map[string]string{"deductions.csv": "", "notices.csv": "", "usage.csv": ""}))...)
		for _, kind := range []Kind{KindDeductions, KindNotices, KindUsage} {
			file := given(t, kind, small[string(kind)+".csv"])
			var both sync.WaitGroup
			taken := make([]intake.Taken, 2)
			for i := range taken {
				both.Go(func() {
					done, err := Import(t.Context(), d, clock.At(evening), operator, []File{file}, Options{})
					if err != nil {
						t.Errorf("%s: %v", kind, err)
						return
					}
					taken[i] = done[0].Taken
				})
			}
			both.Wait()
			if rows := taken[0].Rows; taken[0].Added+taken[1].Added != rows || taken[0].Unchanged+taken[1].Unchanged != rows || rows == 0 {
				t.Errorf("%s: one took %+v, the other %+v; want one to add all and the other nothing", kind, taken[0], taken[1])
			}
		}
	})
}
