package ingest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
)

func TestTheSampleReadsAsItIs(t *testing.T) {
	f, err := ReadFolder(sampleFolder, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[Kind]int{
		KindPlans: 8, KindMerchants: 8, KindTerminals: 16, KindEnrolments: 78, KindSettlements: 4737, KindDeductions: 114, KindUsage: 900,
	}
	for _, kind := range Kinds {
		if got := f.Stats[kind].Rows; got != want[kind] {
			t.Errorf("%s: got %d rows, want %d", kind, got, want[kind])
		}
	}
	if len(f.Merchants) != 8 || len(f.Terminals) != 16 || len(f.Deductions) != 114 || len(f.Enrolled) != 76 {
		t.Errorf("got %d merchants, %d terminals, %d deductions, %d enrolments, want 8, 16, 114, 76",
			len(f.Merchants), len(f.Terminals), len(f.Deductions), len(f.Enrolled))
	}
	if notes := f.Notes(catalogue(t, "en")); notes != nil {
		t.Errorf("got the notes %q, want none", notes)
	}
}

func TestASmallFolderIsRight(t *testing.T) {
	if got := wrong(t, write(t, nil)); got != nil {
		t.Errorf("got %q, want nothing wrong", got)
	}
}

// edit replaces a text in one of the small files. It must be there once.
func edit(t testing.TB, file, old, changed string) map[string]string {
	t.Helper()
	if strings.Count(small[file], old) != 1 {
		t.Fatalf("%q is in %s %d times, want once", old, file, strings.Count(small[file], old))
	}
	return map[string]string{file: strings.Replace(small[file], old, changed, 1)}
}

func TestEachFaultOfARowIsReportedWhereItStands(t *testing.T) {
	tests := map[string]struct {
		file, old, changed string
		want               []string
	}{
		"three decimals":           {"deductions.csv", ",36.00,", ",36.005,", []string{"deductions.csv:2 amount import.value.decimals"}},
		"a date of another age":    {"terminals.csv", "2025-06-01", "1925-06-01", []string{"terminals.csv:2 activated_on import.value.century"}},
		"an empty cell":            {"merchants.csv", "M1,老街面馆", "M1,", []string{"merchants.csv:2 name import.value.missing"}},
		"two cells of one row":     {"settlements.csv", "1,100.00,0.60", "one,100.001,0.60", []string{"settlements.csv:2 card_count import.value.not_count", "settlements.csv:2 card_amount import.value.decimals"}},
		"two rows":                 {"usage.csv", "T1,2024-02-09,7,100,-1.50\nT1,2024-02-10,7,,", "T1,2024-02-09,-7,100,-1.50\nT1,2024-02-10,7.5,,", []string{"usage.csv:2 used_mb import.value.not_count", "usage.csv:3 used_mb import.value.not_count"}},
		"closed before opened":     {"merchants.csv", "2026-01-01", "2024-01-01", []string{"merchants.csv:3 closed_on import.row.before"}},
		"a reason without a date":  {"terminals.csv", "2026-06-01,returned", ",returned", []string{"terminals.csv:3 inactive_from import.row.needs"}},
		"gone before it came":      {"terminals.csv", "2026-06-01,returned", "2024-01-09,returned", []string{"terminals.csv:3 inactive_from import.row.before"}},
		"an unknown reason":        {"terminals.csv", "returned", "stolen", []string{"terminals.csv:3 inactive_reason import.value.not_choice"}},
		"it replaces itself":       {"terminals.csv", ",T1,", ",T2,", []string{"terminals.csv:2 replaces_sn import.row.replaces_itself"}},
		"a version without a date": {"enrolments.csv", "T4,sim-36,2024-01-10,1,2024-01-10,周老板,app,", "T4,sim-36,2024-01-10,1,,周老板,app,", []string{"enrolments.csv:9 accepted_on import.row.belongs"}},
		"a name without a version": {"enrolments.csv", "T3,sim-36,2024-01-10,,,,,", "T3,sim-36,2024-01-10,,,周老板,,", []string{"enrolments.csv:8 version import.row.belongs", "enrolments.csv:8 accepted_on import.row.belongs", "enrolments.csv:8 accepted_via import.row.belongs"}},
		"an unknown way":           {"enrolments.csv", "T4,sim-36,2024-01-10,1,2024-01-10,周老板,app,", "T4,sim-36,2024-01-10,1,2024-01-10,周老板,phone,", []string{"enrolments.csv:9 accepted_via import.value.not_choice"}},
		"an unknown item":          {"deductions.csv", "T1,sim_data,,36.00", "T1,sim,,36.00", []string{"deductions.csv:2 item import.value.not_choice"}},
		"a moment without a zone":  {"notices.csv", "10:00:00+08:00", "10:00:00", []string{"notices.csv:2 delivered_at import.value.no_zone"}},
		"a sale below zero":        {"deductions.csv", "core,100.00,S1", "core,-100.00,S1", []string{"deductions.csv:3 sale_amount import.value.below_zero"}},
		"a notice of nothing":      {"notices.csv", "36.00", "0.00", []string{"notices.csv:2 amount import.value.not_positive"}},
		"a row cut short":          {"usage.csv", "T1,2024-02-10,7,,\n", "T1,2024-02-10", []string{"usage.csv:3  import.row.cut"}},
		"a cell too many":          {"usage.csv", "T1,2024-02-10,7,,", "T1,2024-02-10,1,204,,", []string{"usage.csv:3  import.row.too_many"}},
		"an open quotation mark":   {"usage.csv", "T1,2024-02-10,7,,", "T1,2024-02-10,\"7,,", []string{"usage.csv:3  import.file.quote"}},
		"a header twice":           {"usage.csv", "sn,date,used_mb,allowance_mb,balance", "sn,date,used_mb,sn,balance", []string{"usage.csv:1 sn import.header.twice", "usage.csv:1 allowance_mb import.header.missing"}},
		"a header nobody knows":    {"usage.csv", "sn,date,used_mb,allowance_mb,balance", "sn,date,used_mb,allowance_mb,price", []string{"usage.csv:1 price import.header.unknown", "usage.csv:1 balance import.header.missing"}},
		"a damaged character":      {"merchants.csv", "青禾水果", "青禾\ufffd果", []string{"merchants.csv:3 name import.cell.damaged"}},
		"a line end in a name":     {"merchants.csv", "青禾水果", "\"青禾\n水果\"", []string{"merchants.csv:3 name import.value.control"}},
		"another encoding":         {"merchants.csv", "青禾水果", "\xff\xfe", []string{"merchants.csv:3  import.file.wrong_encoding"}},

		"an unknown merchant":       {"terminals.csv", "T3,M2", "T3,M9", []string{"terminals.csv:4 merchant_ref import.reference.merchant"}},
		"an unknown terminal":       {"deductions.csv", "D1,T1", "D1,T9", []string{"deductions.csv:2 sn import.reference.terminal"}},
		"one in enrolments":         {"enrolments.csv", "T3,sim-36", "T9,sim-36", []string{"enrolments.csv:8 sn import.reference.terminal"}},
		"one in settlements":        {"settlements.csv", "S2,T3", "S2,T9", []string{"settlements.csv:3 sn import.reference.terminal"}},
		"one in notices":            {"notices.csv", "T1,sim_data", "T9,sim_data", []string{"notices.csv:2 sn import.reference.terminal"}},
		"one in usage":              {"usage.csv", "T1,2024-02-10", "T9,2024-02-10", []string{"usage.csv:3 sn import.reference.terminal"}},
		"one that is replaced":      {"terminals.csv", ",T1,", ",T9,", []string{"terminals.csv:2 replaces_sn import.reference.terminal"}},
		"another merchant's":        {"terminals.csv", ",T1,", ",T3,", []string{"terminals.csv:2 replaces_sn import.reference.other_merchant"}},
		"an unknown plan":           {"enrolments.csv", "T3,sim-36", "T3,sim-99", []string{"enrolments.csv:8 plan import.reference.plan"}},
		"an unknown version":        {"enrolments.csv", "T4,sim-36,2024-01-10,1", "T4,sim-36,2024-01-10,3", []string{"enrolments.csv:9 version import.reference.version"}},
		"another plan's item":       {"deductions.csv", "sim_data,,36.00", "sim_data,card,36.00", []string{"deductions.csv:2 plan import.reference.other_item"}},
		"several plans of the item": {"deductions.csv", "transaction,card,0.60", "transaction,,0.60", []string{"deductions.csv:3 plan import.reference.which_plan"}},
		"no such settlement":        {"deductions.csv", ",S1,\nD2", ",S9,\nD2", []string{"deductions.csv:2 settlement_ref import.reference.settlement"}},
		"another's settlement":      {"deductions.csv", ",S1,\nD2", ",S2,\nD2", []string{"deductions.csv:2 settlement_ref import.reference.other_merchant"}},
		"another terminal's":        {"deductions.csv", "D1,T1", "D1,T4", []string{"deductions.csv:2 settlement_ref import.reference.other_terminal"}},
		"a notice of no plan":       {"notices.csv", "T1,sim_data", "T1,insurance", []string{"notices.csv:2 item import.reference.not_enrolled"}},
		"a notice of another plan":  {"notices.csv", "T1,sim_data,,", "T3,transaction,qr,", []string{"notices.csv:2 plan import.reference.not_enrolled"}},

		"the anchor disagrees":       {"enrolments.csv", "T3,sim-36,2024-01-10,,,,,", "T1,sim-36,2024-01-11,,,,,", []string{"enrolments.csv:8 anchor_on import.row.disagrees"}},
		"the cancellation disagrees": {"enrolments.csv", "T3,sim-36,2024-01-10,,,,,", "T1,sim-36,2024-01-10,,,,,2025-01-01", []string{"enrolments.csv:8 cancelled_on import.row.disagrees"}},
		"a deduction twice":          {"deductions.csv", "D2,T1", "D1,T1", []string{"deductions.csv:3 deduction_ref import.row.taken"}},
		"a settlement twice":         {"settlements.csv", "S2,T3", "S1,T3", []string{"settlements.csv:3 settlement_ref import.row.taken"}},
		"a notice twice":             {"notices.csv", "T1,sim_data,,2024-02-09,36.00,sms,2024-02-02T10:00:00+08:00\n", "T1,sim_data,,2024-02-09,36.00,sms,2024-02-02T10:00:00+08:00\nT1,sim_data,sim-36,2024-02-09,45.00,sms,2024-02-02T02:00:00Z\n", []string{"notices.csv:3 amount import.row.taken"}},
	}
	for name, tt := range tests {
		if got := wrong(t, write(t, edit(t, tt.file, tt.old, tt.changed))); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
}

func TestTheSameRowAgainChangesNothing(t *testing.T) {
	twice := map[string]string{}
	for file, content := range small {
		if file != "plans.yaml" {
			_, rows, _ := strings.Cut(content, "\n")
			twice[file] = content + rows
		}
	}
	f, err := ReadFolder(write(t, twice), Options{})
	if err != nil {
		t.Fatal(err)
	}
	once, err := ReadFolder(write(t, nil), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Merchants) != len(once.Merchants) || len(f.Terminals) != len(once.Terminals) || len(f.Deductions) != len(once.Deductions) || len(f.Enrolled) != len(once.Enrolled) {
		t.Errorf("got %+v, want as without the rows again: %+v", f, once)
	}
	for i, e := range f.Enrolled {
		if !slices.Equal(e.Accepted, once.Enrolled[i].Accepted) {
			t.Errorf("%s %s: got %v, want %v", e.SN, e.Plan, e.Accepted, once.Enrolled[i].Accepted)
		}
	}
}

func TestALaterRowUpdatesAMerchantOrTerminal(t *testing.T) {
	f, err := ReadFolder(write(t, map[string]string{
		"merchants.csv": small["merchants.csv"] + "M1,新街面馆,,,,2024-01-02,\n",
		"terminals.csv": small["terminals.csv"] + "T1,M1,二店,,,,2024-01-10,,,,,,\n",
	}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Merchants[0]; got.Name != "新街面馆" || got.Phone != "" {
		t.Errorf("got %+v, want the later row", got)
	}
	if got := f.Terminals[1]; got.SN != "T1" || got.Shop != "二店" || !got.InactiveFrom.IsZero() {
		t.Errorf("got %+v, want the later row", got)
	}
}

func TestSeveralRowsOfAnEnrolmentAreItsAcceptances(t *testing.T) {
	f, err := ReadFolder(write(t, map[string]string{
		"enrolments.csv": small["enrolments.csv"] + "T1,sim-36,2024-01-10,2,2025-03-20,代理,agent,\nT1,sim-36,2024-01-10,2,2025-03-25,周老板,portal,\n",
	}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []fee.Acceptance{
		{Version: 1, On: date.MustParse("2024-01-10"), Via: "app"},
		{Version: 2, On: date.MustParse("2025-03-20"), Via: "agent"},
		{Version: 2, On: date.MustParse("2025-03-25"), Via: "portal"},
	}
	if got := f.Enrolled[0].Accepted; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := f.Enrolled[6]; got.SN != "T3" || got.Accepted != nil {
		t.Errorf("got %+v, want an enrolment of T3 without an acceptance", got)
	}
}

func TestThePlanIsFilledInWhereThereIsOne(t *testing.T) {
	f, err := ReadFolder(write(t, map[string]string{
		"deductions.csv": small["deductions.csv"] + "D3,T1,insurance,,15.00,2024-02-09T10:00:00+08:00,,posted,core,,,\n",
	}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"sim-36", "card", ""} {
		if got := f.Deductions[i].Plan; got != want {
			t.Errorf("%s: got plan %q, want %q", f.Deductions[i].Ref, got, want)
		}
	}
}

func TestAnyAmountThatWasTakenIsAFact(t *testing.T) {
	for _, amount := range []string{"0.00", "-36.00"} {
		if got := wrong(t, write(t, edit(t, "deductions.csv", ",36.00,", ","+amount+","))); got != nil {
			t.Errorf("%s: got %q, want it taken and judged", amount, got)
		}
	}
	// A payout fee without a payout, and a day on which more was returned than
	// sold, are what a merchant must be able to see.
	if got := wrong(t, write(t, edit(t, "settlements.csv", "0,0,0,0,0,0,0,0,0,0", "1,-50,-0.30,0,0,0,0,3.00,0,-52.70"))); got != nil {
		t.Errorf("got %q, want the settlement taken", got)
	}
}

func TestOneWrongRowIsNotReportedByAllThatReferToIt(t *testing.T) {
	tests := map[string]struct {
		changes map[string]string
		want    []string
	}{
		"a terminal":          {edit(t, "terminals.csv", "2026-06-01,returned", "06-01,returned"), []string{"terminals.csv:3 inactive_from import.value.not_date"}},
		"a merchant":          {edit(t, "merchants.csv", "M1,老街面馆", "M1,"), []string{"merchants.csv:2 name import.value.missing"}},
		"a terminal's name":   {edit(t, "terminals.csv", "T1,M1", ",M1"), []string{"terminals.csv:3 sn import.value.missing"}},
		"a file of terminals": {edit(t, "terminals.csv", "sn,merchant_ref", "SN,merchant_ref"), []string{"terminals.csv:1 SN import.header.unknown", "terminals.csv:1 sn import.header.missing"}},
		"a settlement":        {edit(t, "settlements.csv", "S1,T1,2024-02-09", "S1,T1,2024-02-30"), []string{"settlements.csv:2 date import.value.not_date"}},
		"a plan":              {edit(t, "plans.yaml", "code: sim-36", "code: sim 36"), []string{"plans.yaml:8 disclosures[1].plans[1].code import.value.not_code"}},
		"an enrolment":        {edit(t, "enrolments.csv", "T1,sim-36,2024-01-10,1,2024-01-10", "T1,sim-36,2024-01-10,1,2024-01-32"), []string{"enrolments.csv:2 accepted_on import.value.not_date"}},
	}
	for name, tt := range tests {
		if got := wrong(t, write(t, tt.changes)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
}

func TestAFileThatOthersReferToMustBeThere(t *testing.T) {
	tests := map[string]struct {
		without []string
		want    []string
	}{
		"plans":     {[]string{"plans.yaml"}, []string{"enrolments.csv:0 plan import.folder.needs_file"}},
		"merchants": {[]string{"merchants.csv"}, []string{"terminals.csv:0 merchant_ref import.folder.needs_file"}},
		"terminals": {[]string{"terminals.csv"}, []string{"enrolments.csv:0 sn import.folder.needs_file"}},
		"nothing that others need": {
			[]string{"settlements.csv", "notices.csv", "usage.csv"}, nil,
		},
		"all but the merchants": {
			[]string{"plans.yaml", "terminals.csv", "enrolments.csv", "settlements.csv", "deductions.csv", "notices.csv", "usage.csv"}, nil,
		},
	}
	for name, tt := range tests {
		changes := map[string]string{}
		for _, file := range tt.without {
			changes[file] = ""
		}
		if got := wrong(t, write(t, changes)); !slices.Equal(got, tt.want) {
			t.Errorf("without %s: got %q, want %q", name, got, tt.want)
		}
	}
}

func TestAFolderWithoutAnyKnownFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "deduction.csv"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Base(dir) + ":0  import.folder.empty"}
	if got := wrong(t, dir); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := ReadFolder(filepath.Join(dir, "none"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that there is no such folder", err)
	}
}

func TestTwoFilesOfAKindAreRefused(t *testing.T) {
	want := []string{"usage.xlsx:0  import.folder.two_files"}
	if got := wrong(t, write(t, map[string]string{"usage.xlsx": "x"})); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAFileAboveTheLimitIsRefused(t *testing.T) {
	dir := write(t, nil)
	_, err := ReadFolder(dir, Options{MaxBytes: int64(len(small["terminals.csv"]))})
	refusal, ok := errors.AsType[*Refusal](err)
	if !ok {
		t.Fatalf("got %v, want a refusal", err)
	}
	want := []string{"plans.yaml:0  import.file.too_large", "enrolments.csv:0  import.file.too_large"}
	got := places(t, refusal)
	got = slices.DeleteFunc(got, func(s string) bool { return !strings.Contains(s, "too_large") })
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhatMayBeASlipIsNoted(t *testing.T) {
	f, err := ReadFolder(write(t, map[string]string{
		"notices.csv": "", "notice.csv": small["notices.csv"], "README.md": "what this is",
		"usage.csv": strings.TrimSuffix(small["usage.csv"], "\n"),
	}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"没有读 notice.csv，文件名不是我们认识的。请检查拼写。",
		"usage.csv：最后一行没有换行。请确认文件没有被截断。",
	}
	if got := f.Notes(catalogue(t, "zh-CN")); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := f.Notes(catalogue(t, "en")); len(got) != 2 {
		t.Errorf("got %q, want two notes", got)
	}
}
