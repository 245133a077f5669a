package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/fee"
)

// planted reads the table of the sample's README: which deduction is wrong, and
// the rule that must fire.
func planted(t *testing.T) map[string]string {
	t.Helper()
	readme, err := os.ReadFile(sampleFolder + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	faults := map[string]string{}
	for line := range strings.Lines(string(readme)) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 || !strings.Contains(cells[3], "`") {
			continue
		}
		faults[strings.TrimSpace(cells[1])] = strings.Trim(cells[3], " `")
	}
	return faults
}

func TestTheSampleHasItsPlantedFaultsAndNoOthers(t *testing.T) {
	f, err := ReadFolder(sampleFolder, Options{})
	if err != nil {
		t.Fatal(err)
	}
	judged, err := Check(f)
	if err != nil {
		t.Fatal(err)
	}
	want := planted(t)
	if len(want) != 6 || len(judged) != 114 {
		t.Fatalf("got %d planted faults and %d verdicts, want 6 and 114", len(want), len(judged))
	}
	for _, j := range judged {
		code, ok := want[j.Ref]
		switch {
		case !ok && (j.Decision != fee.Allow || len(j.Reasons) > 0):
			t.Errorf("%s: got %s for %v, want it allowed", j.Ref, j.Decision, j.Reasons)
		case ok && (j.Decision != fee.Deny || !slices.ContainsFunc(j.Reasons, func(c fee.Code) bool { return c.String() == code })):
			t.Errorf("%s: got %s for %v, want it denied for %s", j.Ref, j.Decision, j.Reasons, code)
		}
	}
}

// check judges a folder whose deductions are the lines given, and returns each
// as its reference, decision and reasons.
func check(t testing.TB, changes map[string]string, deductions ...string) []string {
	t.Helper()
	header, _, _ := strings.Cut(small["deductions.csv"], "\n")
	files := map[string]string{"deductions.csv": header + "\n" + strings.Join(deductions, "\n") + "\n"}
	maps.Copy(files, changes)
	f, err := ReadFolder(write(t, files), Options{})
	if err != nil {
		t.Fatalf("%v: %q", err, wrong(t, write(t, files)))
	}
	judged, err := Check(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for i := range judged {
		columns := judged[i].columns()
		all = append(all, strings.TrimSpace(strings.Join([]string{columns[0], columns[1], columns[2]}, " ")))
	}
	return all
}

func TestEachDeductionIsJudgedAgainstThoseBeforeIt(t *testing.T) {
	tests := map[string]struct {
		changes    map[string]string
		deductions []string
		want       []string
	}{
		"by instants, then by the file": {
			deductions: []string{
				"D3,T1,sim_data,,36.00,2025-02-09T10:00:00+08:00,,posted,core,,,",
				"D1,T1,sim_data,,36.00,2024-02-09T10:00:00+08:00,,posted,core,,,",
				"D2,T1,sim_data,,36.00,2024-02-09T02:00:00Z,,posted,core,,,",
			},
			want: []string{"D1 allow", "D2 deny duplicate_cycle", "D3 allow"},
		},
		"of one plan apart from another's": {
			deductions: []string{
				"D1,T1,sim_data,,36.00,2024-02-09T10:00:00+08:00,,posted,core,,,O1",
				"D2,T1,device_deposit,,199.00,2024-02-09T10:00:00+08:00,,posted,core,,,O1",
				"D3,T1,sim_data,,36.00,2025-02-09T10:00:00+08:00,,posted,core,,,O1",
			},
			want: []string{"D1 allow", "D2 allow", "D3 deny duplicate_order"},
		},
		"a reversed one leaves its cycle open and is not judged": {
			deductions: []string{
				"D1,T1,sim_data,,36.00,2024-02-09T10:00:00+08:00,,reversed,core,,,",
				"D2,T1,sim_data,,36.00,2024-02-10T10:00:00+08:00,,posted,core,,,",
			},
			want: []string{"D2 hold retry_after_reversal"},
		},
		"a waived one settles its cycle and is not judged": {
			deductions: []string{
				"D1,T1,sim_data,,36.00,2024-02-09T10:00:00+08:00,,waived,core,,,",
				"D2,T1,sim_data,,36.00,2024-02-10T10:00:00+08:00,,posted,core,,,",
			},
			want: []string{"D2 deny duplicate_cycle"},
		},
		"a refunded one settles its cycle and is judged": {
			deductions: []string{
				"D1,T1,sim_data,,36.00,2024-02-09T10:00:00+08:00,,refunded,core,,,",
				"D2,T1,sim_data,,36.00,2024-02-10T10:00:00+08:00,,authorized,core,,,",
			},
			want: []string{"D1 allow", "D2 deny duplicate_cycle"},
		},
		"a wrong amount settles its cycle all the same": {
			deductions: []string{
				"D1,T1,sim_data,,99.00,2024-02-09T10:00:00+08:00,,posted,core,,,",
				"D2,T1,sim_data,,36.00,2024-02-10T10:00:00+08:00,,posted,core,,,",
			},
			want: []string{"D1 deny amount_over", "D2 deny duplicate_cycle"},
		},
		"what could not be charged settles nothing": {
			deductions: []string{
				"D1,T1,sim_data,,36.00,2024-02-01T10:00:00+08:00,,posted,core,,,",
				"D2,T1,sim_data,,36.00,2024-02-09T10:00:00+08:00,,posted,core,,,",
			},
			want: []string{"D1 deny in_free_period", "D2 allow"},
		},
		"history was not announced, and is not held for it": {
			changes:    map[string]string{"notices.csv": ""},
			deductions: []string{"D1,T1,sim_data,,36.00,2024-02-09T10:00:00+08:00,,posted,core,,,"},
			want:       []string{"D1 allow"},
		},
		"what an agent wrote is held": {
			deductions: []string{"D1,T1,sim_data,,36.00,2024-02-09T10:00:00+08:00,,posted,agent,,,"},
			want:       []string{"D1 hold manual_order"},
		},
		"nothing is not a deduction": {
			deductions: []string{"D1,T1,sim_data,,0.00,2024-02-09T10:00:00+08:00,,posted,core,,,"},
			want:       []string{"D1 deny bad_amount"},
		},
	}
	for name, tt := range tests {
		if got := check(t, tt.changes, tt.deductions...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func TestTheFactsOfTheFilesReachTheRules(t *testing.T) {
	tests := map[string]struct {
		changes   map[string]string
		deduction string
		want      string
	}{
		"an item that nobody took up":        {nil, "D1,T1,insurance,,15.00,2024-02-09T10:00:00+08:00,,posted,agent,,,", "D1 deny not_agreed manual_order"},
		"a plan that this terminal has not":  {nil, "D1,T2,transaction,qr,0.38,2025-07-09T10:00:00+08:00,,posted,core,100,,", "D1 deny not_agreed"},
		"an enrolment that was not accepted": {edit(t, "terminals.csv", "T3,M2,,,,,,", "T3,M2,,,,,2024-01-10,"), "D1,T3,sim_data,,36.00,2024-02-09T10:00:00+08:00,,posted,core,,,", "D1 deny not_agreed"},
		"a terminal that was never switched": {nil, "D1,T3,sim_data,,36.00,2024-02-09T10:00:00+08:00,,posted,core,,,", "D1 deny not_agreed terminal_inactive"},
		"a terminal that was returned":       {nil, "D1,T1,transaction,card,0.60,2026-06-01T10:00:00+08:00,,posted,core,100,,", "D1 deny terminal_inactive"},
		"a broken terminal is still there":   {nil, "D1,T4,sim_data,,36.00,2024-07-01T10:00:00+08:00,,posted,core,,,", "D1 allow"},
		"a merchant that closed":             {edit(t, "merchants.csv", "2024-01-02,\n", "2024-01-02,2024-02-09\n"), "D1,T1,sim_data,,36.00,2024-02-09T10:00:00+08:00,,posted,core,,,", "D1 deny merchant_closed"},
		"an enrolment that was cancelled":    {edit(t, "enrolments.csv", "T4,sim-36,2024-01-10,1,2024-01-10,周老板,app,", "T4,sim-36,2024-01-10,1,2024-01-10,周老板,app,2024-02-01"), "D1,T4,sim_data,,36.00,2024-02-09T10:00:00+08:00,,posted,core,,,", "D1 deny cancelled"},
		"an agent's tick":                    {edit(t, "enrolments.csv", "T4,sim-36,2024-01-10,1,2024-01-10,周老板,app,", "T4,sim-36,2024-01-10,1,2024-01-10,代理,agent,"), "D1,T4,sim_data,,36.00,2024-02-09T10:00:00+08:00,,posted,core,,,", "D1 deny not_agreed"},
		"a rise that was not accepted":       {nil, "D1,T4,sim_data,,45.00,2026-02-09T10:00:00+08:00,2026-02-09,posted,core,,,", "D1 deny version_not_accepted amount_over arrears"},
		"a rate without its sale":            {nil, "D1,T1,transaction,card,0.60,2024-02-09T10:00:00+08:00,,posted,core,,,", "D1 deny sale_unknown"},
		"a rate":                             {nil, "D1,T1,transaction,card,0.61,2024-02-09T10:00:00+08:00,,posted,core,100,,", "D1 deny amount_over"},
		"a rate's cap":                       {nil, "D1,T1,transaction,card,80.00,2024-02-09T10:00:00+08:00,,posted,core,100000,,", "D1 allow"},
		"the ceiling of twelve months":       {nil, "D1,T1,transaction,card,1000.01,2024-02-09T10:00:00+08:00,,posted,core,100000,,", "D1 deny amount_over cap_exceeded"},
		"a day on which no cycle starts":     {nil, "D1,T1,sim_data,,36.00,2024-02-20T10:00:00+08:00,2024-02-10,posted,core,,,", "D1 deny period_unknown"},
		"a document published too late": {edit(t, "plans.yaml", "published_on: 2023-03-01", "published_on: 2023-03-02"),
			"D1,T1,sim_data,,36.00,2024-02-09T10:00:00+08:00,,posted,core,,,", "D1 deny notice_period"},
		"the policy of the document's day": {edit(t, "plans.yaml", "published_on: 2023-03-01,", "published_on: 2023-03-02, disclosure_days: 30,"),
			"D1,T1,sim_data,,36.00,2024-02-09T10:00:00+08:00,,posted,core,,,", "D1 allow"},
	}
	for name, tt := range tests {
		if got := check(t, tt.changes, tt.deduction); !slices.Equal(got, []string{tt.want}) {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

// T2 took the place of T1; its first cycle starts on 1 July 2025.
func TestWhatAReplacedTerminalPaidCountsFromWhenItPaid(t *testing.T) {
	const (
		old1 = "O1,T1,sim_data,,36.00,2024-02-09T10:00:00+08:00,,posted,core,,,"
		old2 = "O2,T1,sim_data,,36.00,2025-02-09T10:00:00+08:00,2025-02-09,posted,core,,,"
		new1 = "N1,T2,sim_data,,36.00,2025-07-01T10:00:00+08:00,,posted,core,,,"
	)
	tests := map[string]struct {
		deductions []string
		want       []string
	}{
		"paid for the same days":          {[]string{old1, old2, new1}, []string{"O1 allow", "O2 allow", "N1 hold replacement_paid"}},
		"paid for earlier days":           {[]string{old1, new1}, []string{"O1 allow", "N1 allow"}},
		"paid, and given back":            {[]string{old1, strings.Replace(old2, "posted", "refunded", 1), new1}, []string{"O1 allow", "O2 allow", "N1 hold replacement_paid"}},
		"taken, and reversed":             {[]string{old1, strings.Replace(old2, "posted", "reversed", 1), new1}, []string{"O1 allow", "N1 allow"}},
		"too early, so it settled none":   {[]string{old1, strings.Replace(old2, "2025-02-09T", "2025-01-15T", 1), new1}, []string{"O1 allow", "O2 deny not_due", "N1 allow"}},
		"paid only afterwards":            {[]string{old1, strings.Replace(old2, "2025-02-09T", "2025-08-01T", 1), new1}, []string{"O1 allow", "N1 allow", "O2 allow"}},
		"paid at the same moment, before": {[]string{old1, strings.Replace(old2, "2025-02-09T", "2025-07-01T", 1), new1}, []string{"O1 allow", "O2 allow", "N1 hold replacement_paid"}},
		"paid at the same moment, after":  {[]string{old1, new1, strings.Replace(old2, "2025-02-09T", "2025-07-01T", 1)}, []string{"O1 allow", "N1 allow", "O2 allow"}},
		"a fee that is paid once": {[]string{
			"O3,T1,device_deposit,,199.00,2024-01-10T10:00:00+08:00,,posted,core,,,",
			"N3,T2,device_deposit,,199.00,2025-06-01T10:00:00+08:00,,posted,core,,,",
		}, []string{"O3 allow", "N3 hold replacement_paid"}},
		"another item": {[]string{
			"O3,T1,device_deposit,,199.00,2024-01-10T10:00:00+08:00,,posted,core,,,", new1,
		}, []string{"O3 allow", "N1 allow"}},
	}
	for name, tt := range tests {
		if got := check(t, nil, tt.deductions...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

// A verdict says the same whether the terminal's other fees and the other
// terminals are in the folder or not, as long as the terminal that was replaced
// is.
func TestAHistoryIsJudgedApartFromOthers(t *testing.T) {
	f, err := ReadFolder(sampleFolder, Options{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := Check(f)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for i := range all {
		want[all[i].Ref] = fmt.Sprint(all[i].columns())
	}
	rapid.Check(t, func(t *rapid.T) {
		sn := rapid.SampledFrom(f.Terminals).Draw(t, "terminal").SN
		item := rapid.SampledFrom(fee.Items).Draw(t, "item")
		part := *f
		part.Deductions = slices.DeleteFunc(slices.Clone(f.Deductions), func(d Deduction) bool { return d.SN != sn || d.Item != item })
		judged, err := Check(&part)
		if err != nil {
			t.Fatal(err)
		}
		for i := range judged {
			if got := fmt.Sprint(judged[i].columns()); got != want[judged[i].Ref] {
				t.Errorf("got %s, want %s", got, want[judged[i].Ref])
			}
		}
	})
}

func judgedOf(t *testing.T) []Judged {
	t.Helper()
	f, err := ReadFolder(write(t, map[string]string{"deductions.csv": `deduction_ref,sn,item,plan,amount,at,period_from,state,origin,sale_amount,settlement_ref,order_ref
"D<1>, a",T1,sim_data,,99.00,2024-02-09T10:00:00+08:00,,posted,agent,,,
D2,T1,device_deposit,,199.00,2024-02-09T10:00:00+08:00,,posted,core,,,
D3,T1,insurance,,15.00,2024-02-09T10:00:00+08:00,,posted,core,,,
`}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	judged, err := Check(f)
	if err != nil {
		t.Fatal(err)
	}
	return judged
}

func TestVerdictsAreWrittenAsJSONALine(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJudgedJSON(&b, judgedOf(t)); err != nil {
		t.Fatal(err)
	}
	want := `{"deduction_ref":"D<1>, a","decision":"deny","reasons":["amount_over","manual_order"],"expected_fen":3600,"version":1,"cycle":{"index":1,"from":"2024-02-09","to":"2025-02-08"}}
{"deduction_ref":"D2","decision":"allow","reasons":[],"expected_fen":19900,"version":1,"cycle":{"index":1,"from":"2024-01-10","to":null}}
{"deduction_ref":"D3","decision":"deny","reasons":["not_agreed"],"expected_fen":0,"version":null,"cycle":null}
`
	if got := b.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for line := range strings.Lines(b.String()) {
		var again Judged
		if err := json.Unmarshal([]byte(line), &again); err != nil || again.Ref == "" {
			t.Errorf("%s is read as %+v, %v", line, again, err)
		}
	}
}

func TestVerdictsAreWrittenAsCSVAndAsATable(t *testing.T) {
	judged := judgedOf(t)
	var b bytes.Buffer
	if err := WriteJudgedCSV(&b, judged); err != nil {
		t.Fatal(err)
	}
	want := `deduction_ref,decision,reasons,expected_fen,version,cycle
"D<1>, a",deny,amount_over manual_order,3600,1,1
D2,allow,,19900,1,1
D3,deny,not_agreed,0,,
`
	if got := b.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	b.Reset()
	if err := WriteJudgedTable(&b, judged); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 4 {
		t.Fatalf("got %q, want four lines", lines)
	}
	for i, want := range []string{"deduction_ref decision reasons expected_fen version cycle", "D<1>, a deny amount_over manual_order 3600 1 1", "D2 allow 19900 1 1", "D3 deny not_agreed 0"} {
		if got := strings.Join(strings.Fields(lines[i]), " "); got != want {
			t.Errorf("line %d: got %q, want %q", i, got, want)
		}
	}
	if strings.Index(lines[0], "decision") != strings.Index(lines[1], "deny") {
		t.Errorf("columns are not in line:\n%s", b.String())
	}
}
