package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const sampleFolder = "../../testdata/sample"

// small is a folder that is right, with little in it.
var small = map[string]string{
	"plans.yaml": `disclosures:
  - slug: terminal-fees
    title: {zh-CN: 终端收费公示, en: Terminal fees}
    versions:
      - {version: 1, published_on: 2023-03-01, effective_on: 2023-04-01}
      - {version: 2, published_on: 2025-03-01, effective_on: 2025-04-01}
    plans:
      - code: sim-36
        item: sim_data
        title: {zh-CN: 流量卡费, en: SIM data}
        clause: "3"
        recipient: {zh-CN: 示例支付, en: Example Pay}
        priced_by: {zh-CN: 示例支付, en: Example Pay}
        refund: {zh-CN: 不退, en: none}
        stop: {zh-CN: 停用, en: stop it}
        versions:
          - {version: 1, disclosure_version: 1, price: {kind: recurring, amount_fen: 3600, cycle_months: 12, free_days: 30, idle: accrue}}
          - {version: 2, disclosure_version: 2, price: {kind: recurring, amount_fen: 4500, cycle_months: 12, free_days: 30, idle: accrue}}
      - code: deposit
        item: device_deposit
        title: {zh-CN: 机具押金, en: Deposit}
        clause: "6"
        recipient: {zh-CN: 示例支付, en: Example Pay}
        priced_by: {zh-CN: 示例支付, en: Example Pay}
        refund: {zh-CN: 全额退, en: in full}
        stop: {zh-CN: 归还, en: return it}
        versions:
          - {version: 1, disclosure_version: 1, price: {kind: one_off, amount_fen: 19900}}
      - code: card
        item: transaction
        method: card
        title: {zh-CN: 刷卡手续费, en: Card fee}
        clause: "1"
        recipient: {zh-CN: 示例支付, en: Example Pay}
        priced_by: {zh-CN: 示例支付, en: Example Pay}
        refund: {zh-CN: 按原路退, en: returned}
        stop: {zh-CN: 不刷卡, en: take no cards}
        cap_12m_fen: 100000
        versions:
          - {version: 1, disclosure_version: 1, price: {kind: rate, ppm: 6000, min_fen: 0, cap_fen: 8000}}
      - code: qr
        item: transaction
        method: qr
        title: {zh-CN: 扫码手续费, en: QR fee}
        clause: "1"
        recipient: {zh-CN: 示例支付, en: Example Pay}
        priced_by: {zh-CN: 示例支付, en: Example Pay}
        refund: {zh-CN: 按原路退, en: returned}
        stop: {zh-CN: 不扫码, en: take no QR}
        versions:
          - {version: 1, disclosure_version: 1, price: {kind: rate, ppm: 3800}}
`,
	"merchants.csv": `merchant_ref,name,contact,phone,email,opened_on,closed_on
M1,老街面馆,周老板,13800006621,m1@example.com,2024-01-02,
M2,青禾水果,,,,2024-01-02,2026-01-01
`,
	"terminals.csv": `sn,merchant_ref,shop,alias,model,type,activated_on,inactive_from,inactive_reason,iccid,carrier,replaces_sn,agent_ref
T2,M1,总店,收银台,K9,智能POS,2025-06-01,,,,,T1,
T1,M1,总店,前台,K9,智能POS,2024-01-10,2026-06-01,returned,89860401811642600993,中国移动,,A-1
T3,M2,,,,,,,,,,,
T4,M1,,,,,2024-01-10,2024-06-01,broken,,,,
`,
	"enrolments.csv": `sn,plan,anchor_on,version,accepted_on,accepted_by,accepted_via,cancelled_on
T1,sim-36,2024-01-10,1,2024-01-10,周老板,app,
T1,deposit,2024-01-10,1,2024-01-10,周老板,app,
T1,card,2024-01-10,1,2024-01-10,周老板,app,
T1,qr,2024-01-10,1,2024-01-10,周老板,app,
T2,sim-36,2025-06-01,1,2025-06-01,周老板,app,
T2,deposit,2025-06-01,1,2025-06-01,周老板,app,
T3,sim-36,2024-01-10,,,,,
T4,sim-36,2024-01-10,1,2024-01-10,周老板,app,
`,
	"settlements.csv": `settlement_ref,sn,date,card_count,card_amount,card_fee,qr_count,qr_amount,qr_fee,withdrawal_count,withdrawal_fee,other_fee,paid_out
S1,T1,2024-02-09,1,100.00,0.60,2,50,0.19,0,0,36.00,113.21
S2,T3,2024-02-09,0,0,0,0,0,0,0,0,0,0
`,
	"deductions.csv": `deduction_ref,sn,item,plan,amount,at,period_from,state,origin,sale_amount,settlement_ref,order_ref
D1,T1,sim_data,,36.00,2024-02-09T10:00:00+08:00,2024-02-09,posted,core,,S1,
D2,T1,transaction,card,0.60,2024-02-09T10:00:00+08:00,,posted,core,100.00,S1,
`,
	"notices.csv": `sn,item,plan,period_from,amount,channel,delivered_at
T1,sim_data,,2024-02-09,36.00,sms,2024-02-02T10:00:00+08:00
`,
	"usage.csv": `sn,date,used_mb,allowance_mb,balance
T1,2024-02-09,7,100,-1.50
T1,2024-02-10,7,,
`,
}

// write makes a folder of files, those of changes in the place of those of
// small; an empty text leaves a file out.
func write(t testing.TB, changes map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files := maps.Clone(small)
	maps.Copy(files, changes)
	for name, content := range files {
		if content == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// wrong returns what is wrong with a folder, as file, line, column and key.
func wrong(t testing.TB, dir string) []string {
	t.Helper()
	folder, err := ReadFolder(dir, Options{})
	if err == nil {
		return nil
	}
	if folder != nil {
		t.Errorf("got %+v beside the error %v, want nothing", folder, err)
	}
	refusal, ok := errors.AsType[*Refusal](err)
	if !ok {
		t.Fatalf("got %v, want a refusal", err)
	}
	return places(t, refusal)
}

// places writes each error in short, and checks that it can be worded.
func places(t testing.TB, refusal *Refusal) []string {
	t.Helper()
	var all []string
	for i := range refusal.Errors {
		e := &refusal.Errors[i]
		all = append(all, fmt.Sprintf("%s:%d %s %s", e.File, e.Line, e.Column, e.Key))
		for _, language := range []string{"zh-CN", "en"} {
			if s := e.Sentence(catalogue(t, language)); s == "" {
				t.Errorf("%s says nothing in %s", e.Key, language)
			}
		}
	}
	return all
}

func sourceOf(name, content string) Source {
	return Source{Name: name, ReaderAt: bytes.NewReader([]byte(content)), Size: int64(len(content))}
}

// readString reads a file of one kind into its rows.
func readString[T any](f *Format[T], content string) ([]T, error) {
	var rows []T
	_, err := f.Read(sourceOf(string(f.kind)+".csv", content), Options{}, func(_ int, row T) error {
		rows = append(rows, row)
		return nil
	})
	return rows, err
}

// catalogues are the messages of this area, by language and key.
var catalogues = map[string]map[string]any{}

// catalogue returns a language's words. It fails the test where a message or
// the value of a placeholder is missing.
func catalogue(t testing.TB, language string) Translate {
	t.Helper()
	if catalogues[language] == nil {
		text, err := os.ReadFile(filepath.Join("../../web/i18n/locales", language, "import.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		messages := map[string]any{}
		if err := yaml.Unmarshal(text, &messages); err != nil {
			t.Fatal(err)
		}
		catalogues[language] = map[string]any{"import": messages}
	}
	return func(key string, args ...any) string {
		t.Helper()
		var message any = catalogues[language]
		for step := range strings.SplitSeq(key, ".") {
			inside, ok := message.(map[string]any)
			if !ok {
				break
			}
			message = inside[step]
		}
		if forms, ok := message.(map[string]any); ok {
			message = forms["other"]
		}
		text, ok := message.(string)
		if !ok {
			t.Fatalf("%s has no message %s", language, key)
		}
		return placeholder.ReplaceAllStringFunc(text, func(name string) string {
			i := slices.Index(args, any(strings.Trim(name, "{}")))
			if i < 0 || i%2 != 0 || i+1 >= len(args) {
				t.Fatalf("%s: %s has no value in %v", key, name, args)
			}
			return fmt.Sprint(args[i+1])
		})
	}
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)
