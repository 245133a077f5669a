package evidence

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/staff"
)

// Kind says what a pack is about besides a disclosure.
type Kind string

// The kinds.
const (
	OfCase      Kind = "case"      // a complaint or request, by its number
	OfMerchant  Kind = "merchant"  // a merchant over some days, by its reference
	OfDeduction Kind = "deduction" // a line of the bill, by its id
)

// Kinds lists them.
var Kinds = []Kind{OfCase, OfMerchant, OfDeduction}

// MaxReason is how long a reason may be, in characters.
const MaxReason = 500

// MaxDays is over how many days a pack about a merchant may go.
const MaxDays = 1830

// Wanted is a pack that is asked for.
type Wanted struct {
	Kind     Kind
	Subject  string
	From, To date.Date // of a merchant's: both included
	Reason   string    // why it is taken
}

// Matter is what a pack is about, once it was found.
type Matter struct {
	Wanted
	MerchantID  int64
	MerchantRef string
	Merchant    string // its name
	CaseID      string // of a case
	LineID      string // of a deduction, or what a case is about; empty: none
}

// Find checks what is asked for, and finds what it is about. It returns
// fault.Invalid for the fields kind, subject, from, to and reason, and
// fault.Forbidden.
func Find(ctx context.Context, r db.Reader, by staff.Actor, w Wanted) (*Matter, error) {
	if err := by.Must(staff.ExportEvidence); err != nil {
		return nil, err
	}
	w.Subject, w.Reason = strings.TrimSpace(w.Subject), strings.TrimSpace(w.Reason)
	m := &Matter{Wanted: w}
	var bad []fault.Field
	wrong := func(name, key string) { bad = append(bad, fault.Field{Name: name, Key: key}) }
	query := finders[w.Kind]
	switch {
	case query == "":
		wrong("kind", "audit.pack.kind_missing")
	case w.Subject == "":
		wrong("subject", "audit.pack.subject_missing")
	default:
		err := r.QueryRow(ctx, query, w.Subject).Scan(&m.MerchantID, &m.MerchantRef, &m.Merchant, &m.CaseID, &m.LineID)
		if db.NotFound(err) {
			wrong("subject", "audit.pack.subject_unknown")
		} else if err != nil {
			return nil, fmt.Errorf("evidence: %s %s: %w", w.Kind, w.Subject, err)
		}
	}
	if w.Kind == OfMerchant {
		switch {
		case w.From.IsZero():
			wrong("from", "audit.pack.day_missing")
		case w.To.IsZero():
			wrong("to", "audit.pack.day_missing")
		case w.To < w.From || w.To.DaysSince(w.From) > MaxDays:
			wrong("to", "audit.pack.days_wrong")
		}
	} else {
		m.From, m.To = 0, 0
	}
	if w.Reason == "" {
		wrong("reason", "audit.pack.reason_missing")
	} else if utf8.RuneCountInString(w.Reason) > MaxReason {
		wrong("reason", "audit.pack.reason_long")
	}
	if len(bad) > 0 {
		return nil, &fault.Error{Kind: fault.Invalid, Fields: bad}
	}
	return m, nil
}

// finders find what a pack is about by what it was asked for.
var finders = map[Kind]string{
	OfCase: `
		select m.id, m.ref, m.name, c.id, case when c.subject = 'deduction' then c.subject_ref else '' end
		from cases c join merchants m on m.id = c.merchant_id where c.number = $1`,
	OfMerchant:  `select id, ref, name, '', '' from merchants where ref = $1`,
	OfDeduction: `select m.id, m.ref, m.name, '', l.id from bill_lines l join merchants m on m.id = l.merchant_id where l.id = $1 limit 1`,
}

// ExportMatter writes a pack about what was found: the facts as they are stored, what
// was told and what became of it, what was agreed, the disclosures that it rests
// on, files, and what the record says of it with the head of its chain. Texts are
// files for people; they come first. Phone numbers and people's names are masked.
// The record names who took the pack and why before the call returns.
func ExportMatter(ctx context.Context, d *db.DB, files file.Store, at time.Time, by staff.Actor, m *Matter, texts []File, to io.Writer) (Exported, error) {
	if err := by.Must(staff.ExportEvidence); err != nil {
		return Exported{}, err
	}
	head, _, err := audit.ReadHead(ctx, d)
	if err != nil {
		return Exported{}, err
	}
	a := NewArchive(to, at)
	parts := texts
	for _, t := range tablesOf(m) {
		parts = append(parts, File{t.name + ".jsonl", func(w io.Writer) error { return t.write(ctx, d, m, w) }})
	}
	kept, err := filesOf(ctx, d, files, m)
	if err != nil {
		return Exported{}, err
	}
	parts = append(parts, kept...)
	parts = append(parts, File{"audit.jsonl", func(w io.Writer) error { return writeEntries(ctx, d, m, w) }})
	for _, f := range parts {
		if err := a.Add(f); err != nil {
			return Exported{}, err
		}
	}
	about := &About{Kind: string(m.Kind), Subject: m.Subject, Merchant: m.MerchantRef, At: at.UTC(), AuditHead: head.String()}
	if m.Kind == OfMerchant {
		about.From, about.To = m.From.String(), m.To.String()
	}
	hash, err := a.Finish(Manifest{Pack: string(m.Kind), Format: 1, About: about})
	if err != nil {
		return Exported{}, err
	}
	e := Exported{ID: id.New("ev", at), Wanted: m.Wanted, ManifestHash: hash, Files: a.Files(), Bytes: a.Bytes(), By: by.Name, At: at}
	return e, d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into evidence_packs (id, kind, subject, merchant_id, from_on, to_on, reason, manifest_hash, files, bytes, staff_id, staff_name, at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			e.ID, string(m.Kind), m.Subject, m.MerchantID, m.From, m.To, m.Reason, hash, e.Files, e.Bytes, by.ID, by.Name, at)
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: at, Actor: by.Audit(), MerchantID: m.MerchantID, Action: exported, Subject: string(m.Kind) + " " + m.Subject, RequestID: by.RequestID,
			Details: map[string]any{"export": e.ID, "manifest_hash": hash, "files": e.Files, "bytes": e.Bytes, "reason": m.Reason},
		})
	})
}

// Exported is a pack that was handed out.
type Exported struct {
	ID string // ev_…
	Wanted
	ManifestHash string // SHA-256 of ManifestName, in hexadecimal
	Files        int
	Bytes        int64 // of the archive
	By           string
	At           time.Time // UTC
}

// Taken lists the packs that were handed out last, the newest first.
func Taken(ctx context.Context, r db.Reader) (all []Exported, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var e Exported
			err := rows.Scan(&e.ID, &e.Kind, &e.Subject, &e.From, &e.To, &e.Reason, &e.ManifestHash, &e.Files, &e.Bytes, &e.By, &e.At)
			all = append(all, e)
			return err
		})
	}, `select id, kind, subject, from_on, to_on, reason, manifest_hash, files, bytes, staff_name, at from evidence_packs order by id desc limit $1`, exportsShown)
	return all, err
}

// filesOf are the files of a case as they are kept.
func filesOf(ctx context.Context, r db.Reader, store file.Store, m *Matter) (files []File, err error) {
	if m.CaseID == "" {
		return nil, nil
	}
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var key, kind string
			if err := rows.Scan(&key, &kind); err != nil {
				return err
			}
			files = append(files, File{"files/" + key + endings[kind], func(w io.Writer) error {
				content, err := store.Get(ctx, key)
				if err != nil {
					return err
				}
				_, err = w.Write(content)
				return err
			}})
			return nil
		})
	}, `select id, type from case_files where merchant_id = $1 and case_id = $2 order by id`, m.MerchantID, m.CaseID)
	return files, err
}

var endings = map[string]string{file.JPEG: ".jpg", file.PNG: ".png", file.PDF: ".pdf"}

// writeEntries writes what the record says of the matter, the latest first.
func writeEntries(ctx context.Context, d *db.DB, m *Matter, w io.Writer) error {
	var queries []audit.Query
	if m.Kind == OfMerchant {
		queries = append(queries, audit.Query{Merchant: m.MerchantRef, From: m.From, To: m.To})
	}
	for _, subject := range []string{m.CaseID, m.LineID} {
		if subject != "" {
			queries = append(queries, audit.Query{Subject: subject})
		}
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, q := range queries {
		err := audit.EachRead(ctx, d, q, func(e *audit.Read) error {
			details, err := canonical(e.Doc)
			if err != nil {
				return err
			}
			return out.Encode(entry{
				ID: e.ID, At: e.At.UTC(), Kind: string(e.Actor.Kind), Actor: e.Actor.ID, Merchant: db.Text(e.MerchantRef), Action: e.Action, Subject: e.Subject,
				Details: details, Request: db.Text(e.RequestID), Seal: e.Seal,
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// dump is a file of a pack with a row of the database a line.
type dump struct {
	name, query string // with @merchant, @case, @line, @from and @to
}

// write writes the rows as they are stored, but for what is masked.
func (t dump) write(ctx context.Context, d *db.DB, m *Matter, w io.Writer) error {
	args := map[string]any{"merchant": m.MerchantID, "case": m.CaseID, "line": m.LineID}
	if m.Kind == OfMerchant {
		args["from"], args["to"], args["start"], args["end"] = m.From, m.To, m.From.Start(), m.To.AddDays(1).Start()
	}
	rows, err := d.Gorm(ctx).Raw(t.query, args).Rows()
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // what it finds says Err
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for _, name := range columns {
		if columnRules[name] == 0 {
			return fmt.Errorf("evidence: of the column %s of %s nobody said how it stands in a pack", name, t.name)
		}
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		row := make(map[string]any, len(columns))
		for i, name := range columns {
			row[name] = plain(name, values[i])
		}
		if err := out.Encode(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// plain is a value as it stands in a file.
func plain(column string, v any) any {
	switch v := v.(type) {
	case time.Time:
		if strings.HasSuffix(column, "_on") || column == "period_from" {
			return v.Format(time.DateOnly)
		}
		return v.UTC().Format(time.RFC3339Nano)
	case []byte:
		if json.Valid(v) && len(v) > 0 && v[0] == '{' {
			return json.RawMessage(v)
		}
		if !utf8.Valid(v) {
			return hex.EncodeToString(v)
		}
		return columnRules[column].show(string(v))
	case string:
		return columnRules[column].show(v)
	}
	return v
}

// columnRules say of every column that a dump selects how it stands in the pack.
// One that is not named ends the pack: whoever adds a column to a table decides
// here whether it names somebody.
var columnRules = rulesOf(map[columnRule]string{
	ofPerson: `accepted_by actor_name answered_by asked_name author_name by_name filed_name name owner_name proposed_name second_name staff_name`,
	ofReach:  `call_phone recipient`,
	asStored: `
		accepted_at accepted_on acknowledged_at actor_id actor_kind again_on alarm_at amount_fen answer answered_at asked_at asked_by at attempts
		author_id authority authority_due_on authority_number body breached by_id by_kind bytes calendar card_count card_fee_fen card_fen case_id
		channel close_on code content_hash created_at cycle cycle_from cycle_index cycle_to days decision deduction_id delivered_at dispute due_on
		effective_on expected_fen facts failed_at filed_at filed_by filed_kind finding gate hash id item judged_at kind lead_days letter_id line_id
		locale made_at merchant_id merged_into method next_due_at not_before number on_date order_ref origin other_fee_fen owner_id paid_at paid_fen
		paid_out_fen payout_count payout_fee_fen period_from plan_code plan_id plan_version planned_at policy proposed_at proposed_by provider
		provider_id published_on qr_count qr_fee_fen qr_fen read_at reason reasons recorded_at ref refunded_fen remark reopened root_cause round rules
		sale_count sale_fen sale_net_fen second_by sent_at seq settled_on settlement_ref settles slug sn staff_id stars state step subject subject_ref
		suggested_fen sum terminal_id type queue_at under_way waits_for verdict version via whom`,
})

// columnRule is how the texts of a column stand in a pack.
type columnRule int

const (
	asStored columnRule = iota + 1
	ofPerson            // a person's name, or what may hold one, such as a file's: its first character is left
	ofReach             // a phone number or address: its end is left
)

func rulesOf(lists map[columnRule]string) map[string]columnRule {
	rules := map[string]columnRule{}
	for rule, names := range lists {
		for name := range strings.FieldsSeq(names) {
			rules[name] = rule
		}
	}
	return rules
}

// show is a text under the rule.
func (r columnRule) show(text string) string {
	switch r {
	case ofPerson:
		return masked(text)
	case ofReach:
		if n := len(text); n > 4 {
			return "****" + text[n-4:]
		}
		return ""
	}
	return text
}

const ofLine = `merchant_id = @merchant and terminal_id = (select terminal_id from bill_lines where merchant_id = @merchant and id = @line)
	and plan_id = (select plan_id from bill_lines where merchant_id = @merchant and id = @line)`

const messageColumns = `id, kind, channel, letter_id, recipient, locale, subject, body, content_hash, code, created_at, state, attempts, reason, provider, provider_id,
	accepted_at, delivered_at, read_at, acknowledged_at, failed_at`

const disclosures = `
	select s.slug, d.version, d.published_on, d.effective_on, d.content_hash, p.code as plan_code, v.version as plan_version, c.body
	from plan_versions v join plans p on p.id = v.plan_id join disclosure_versions d on d.id = v.disclosure_version_id join disclosures s on s.id = d.disclosure_id
	left join disclosure_contents c on c.hash = d.content_hash `

// aboutLines tell of one line.
var aboutLines = []dump{
	{"bill_line", `select * from bill_lines where merchant_id = @merchant and id = @line`},
	{"deduction", `select * from deductions where merchant_id = @merchant and id = @line`},
	{"gate_steps", `select * from gate_steps where merchant_id = @merchant and deduction_id = @line order by number`},
	{"acceptances", `
		select a.id, a.version, a.accepted_on, a.accepted_by, a.via, a.recorded_at from acceptances a join enrolments e on e.id = a.enrolment_id
		where a.merchant_id = @merchant and e.` + ofLine + ` order by a.id`},
	{"notices", `select * from notices where ` + ofLine + ` order by planned_at`},
	{"delivered_notices", `select * from delivered_notices where ` + ofLine + ` order by id`},
	{"messages", `select ` + messageColumns + ` from messages where merchant_id = @merchant and letter_id in (select letter_id from notices where ` + ofLine + `) order by id`},
	{"disclosures", disclosures + `where v.plan_id = (select plan_id from bill_lines where merchant_id = @merchant and id = @line) order by d.version, v.version`},
	{"settlements", `
		select * from settlements where merchant_id = @merchant and terminal_id = (select terminal_id from bill_lines where merchant_id = @merchant and id = @line)
			and settled_on = (select on_date from bill_lines where merchant_id = @merchant and id = @line)`},
	{"receipts", `select code, line_id, on_date, locale, body, content_hash, made_at from deduction_receipts where merchant_id = @merchant and line_id = @line order by made_at`},
}

// aboutCases tell of one case.
var aboutCases = []dump{
	{"case", `select * from cases where merchant_id = @merchant and id = @case`},
	{"case_log", `select * from case_events where case_id = @case order by seq`},
	{"case_thread", `select * from case_posts where merchant_id = @merchant and case_id = @case order by id`},
	{"case_evidence", `select * from case_evidence where merchant_id = @merchant and case_id = @case order by number`},
	{"case_decisions", `select * from case_decisions where case_id = @case order by number`},
	{"case_refunds", `select * from refund_proposals where merchant_id = @merchant and case_id = @case order by id`},
	{"case_inquiries", `select * from case_inquiries where case_id = @case order by id`},
	{"case_files", `select * from case_files where merchant_id = @merchant and case_id = @case order by id`},
	{"case_rating", `select stars, remark, at from case_ratings where case_id = @case`},
	{"case_messages", `
		select ` + messageColumns + ` from messages where merchant_id = @merchant and letter_id in (
			select letter_id from notices where merchant_id = @merchant and ref in (@case, (select number from cases where id = @case))) order by id`},
}

// aboutMerchants tell of a merchant over some days.
var aboutMerchants = []dump{
	{"bill_lines", `select * from bill_lines where merchant_id = @merchant and on_date between @from and @to order by on_date, id`},
	{"deductions", `select * from deductions where merchant_id = @merchant and at >= @start and at < @end order by at, id`},
	{"settlements", `select * from settlements where merchant_id = @merchant and settled_on between @from and @to order by settled_on, id`},
	{"acceptances", `
		select p.code as plan_code, t.sn, a.version, a.accepted_on, a.accepted_by, a.via, a.recorded_at
		from acceptances a join enrolments e on e.id = a.enrolment_id join plans p on p.id = e.plan_id join terminals t on t.id = e.terminal_id
		where a.merchant_id = @merchant order by a.id`},
	{"messages", `select ` + messageColumns + ` from messages where merchant_id = @merchant and created_at >= @start and created_at < @end order by id`},
	{"cases", `select * from cases where merchant_id = @merchant and filed_at >= @start and filed_at < @end order by id`},
	{"case_decisions", `
		select d.* from case_decisions d join cases c on c.id = d.case_id where c.merchant_id = @merchant and c.filed_at >= @start and c.filed_at < @end order by d.case_id, d.number`},
	{"refunds", `select * from refund_proposals where merchant_id = @merchant and proposed_at >= @start and proposed_at < @end order by id`},
	{"disclosures", disclosures + `where v.plan_id in (select plan_id from enrolments where merchant_id = @merchant) order by p.code, v.version`},
}

func tablesOf(m *Matter) (all []dump) {
	switch m.Kind {
	case OfMerchant:
		return aboutMerchants
	case OfCase:
		all = append(all, aboutCases...)
	}
	if m.LineID != "" {
		all = append(all, aboutLines...)
	}
	return all
}
