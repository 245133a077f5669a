package disclosure

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Content is everything that a disclosure says, in both languages. The names of
// its properties are part of its hash.
type Content struct {
	Title   Text         `json:"title"`
	Summary Text         `json:"summary"`
	Contact Text         `json:"contact"` // whom to ask, and how
	Limits  Text         `json:"limits"`  // for whom and where it holds
	Clauses []Clause     `json:"clauses"`
	Fees    []ContentFee `json:"fees"`
}

// Clause is a numbered part of the text.
type Clause struct {
	Number  string `json:"number"`
	Heading Text   `json:"heading"`
	Text    Text   `json:"text"`
}

// ContentFee is a fee as a disclosure states it. What its price does not have is
// zero.
type ContentFee struct {
	Plan        string     `json:"plan"` // code
	Item        fee.Item   `json:"item"`
	Method      fee.Method `json:"method,omitzero"`
	Cap12m      money.Fen  `json:"cap_12m_fen"` // ceiling for any twelve months; 0: none
	Kind        fee.Kind   `json:"kind"`
	Amount      money.Fen  `json:"amount_fen,omitzero"`
	CycleMonths int        `json:"cycle_months,omitzero"`
	FreeDays    int        `json:"free_days,omitzero"`
	FreeMonths  int        `json:"free_months,omitzero"`
	Idle        fee.Idle   `json:"idle,omitzero"`
	Rate        money.Rate `json:"ppm,omitzero"`
	Min         money.Fen  `json:"min_fen,omitzero"`
	Cap         money.Fen  `json:"cap_fen,omitzero"`
	Terms       Terms      `json:"terms"`
}

// Price returns what the fee costs.
func (f *ContentFee) Price() fee.Price {
	return fee.Price{
		Kind: f.Kind, Amount: f.Amount, CycleMonths: f.CycleMonths, FreeDays: f.FreeDays, FreeMonths: f.FreeMonths,
		Idle: f.Idle, Rate: f.Rate, Min: f.Min, Cap: f.Cap,
	}
}

// FeeOf returns a fee as a disclosure states it.
func FeeOf(plan *fee.Plan, price fee.Price, terms Terms) ContentFee {
	return ContentFee{
		Plan: plan.Code, Item: plan.Item, Method: plan.Method, Cap12m: plan.Cap12m,
		Kind: price.Kind, Amount: price.Amount, CycleMonths: price.CycleMonths, FreeDays: price.FreeDays, FreeMonths: price.FreeMonths,
		Idle: price.Idle, Rate: price.Rate, Min: price.Min, Cap: price.Cap, Terms: terms,
	}
}

// Clause returns the clause with the number, or nil.
func (c *Content) Clause(number string) *Clause {
	for i := range c.Clauses {
		if c.Clauses[i].Number == number {
			return &c.Clauses[i]
		}
	}
	return nil
}

// Fee returns the fee of the plan, or nil.
func (c *Content) Fee(plan string) *ContentFee {
	for i := range c.Fees {
		if c.Fees[i].Plan == plan {
			return &c.Fees[i]
		}
	}
	return nil
}

// Encode returns the content in its one written form: JSON in the order of the
// properties above, without spaces, in UTF-8, every text in Unicode's composed
// form, without spaces around it and with line feeds alone.
func (c *Content) Encode() []byte {
	tidy := c.tidy()
	return encode(&tidy)
}

// Hash returns the SHA-256 of Encode, in hexadecimal. It is what an approval is
// about.
func (c *Content) Hash() string { return hashOf(c.Encode()) }

// DecodeContent reads what Encode wrote.
func DecodeContent(body []byte) (Content, error) {
	var c Content
	err := json.Unmarshal(body, &c)
	if err != nil {
		err = fmt.Errorf("disclosure: content: %w", err)
	}
	return c, err
}

// Document is what is published of a version, and what its hash is of.
type Document struct {
	Slug           string            `json:"slug"`
	Version        int               `json:"version"`
	PublishedOn    date.Date         `json:"published_on"`
	EffectiveOn    date.Date         `json:"effective_on"`
	DisclosureDays int               `json:"disclosure_days"` // the policy at publication
	PolicyVersion  int               `json:"policy_version"`
	Plans          []DocumentVersion `json:"plans"`   // which version of its plan each fee is
	Content        Content           `json:"content"` // as it was approved
}

// DocumentVersion names the version of a plan that a document states.
type DocumentVersion struct {
	Plan    string `json:"plan"`
	Version int    `json:"version"`
}

// Encode returns the document in its one written form, as Content.Encode does.
func (d *Document) Encode() []byte {
	tidy := *d
	tidy.Content = d.Content.tidy()
	return encode(&tidy)
}

// DecodeDocument reads what Encode wrote.
func DecodeDocument(body []byte) (Document, error) {
	var d Document
	err := json.Unmarshal(body, &d)
	if err != nil {
		err = fmt.Errorf("disclosure: document: %w", err)
	}
	return d, err
}

// encode can't fail: everything in it can be written as JSON.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // so that any other program writes the same
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// tidy returns a copy whose texts are written alike, however they were typed.
func (c *Content) tidy() Content {
	out := *c
	for _, t := range []*Text{&out.Title, &out.Summary, &out.Contact, &out.Limits} {
		t.tidy()
	}
	out.Clauses = make([]Clause, len(c.Clauses))
	for i, clause := range c.Clauses {
		clause.Number = tidyText(clause.Number)
		clause.Heading.tidy()
		clause.Text.tidy()
		out.Clauses[i] = clause
	}
	out.Fees = make([]ContentFee, len(c.Fees))
	for i, f := range c.Fees {
		f.Plan = tidyText(f.Plan)
		f.Terms.Clause = tidyText(f.Terms.Clause)
		for _, t := range f.Terms.texts() {
			t.text.tidy()
		}
		out.Fees[i] = f
	}
	return out
}

// namedText is a text with the name of its property.
type namedText struct {
	name string
	text *Text
}

// texts are a fee's texts in the order of the form.
func (t *Terms) texts() []namedText {
	return []namedText{
		{"title", &t.Title}, {"collected", &t.Collected}, {"recipient", &t.Recipient}, {"priced_by", &t.PricedBy},
		{"refund", &t.Refund}, {"stop", &t.Stop},
	}
}

func (t *Text) tidy() { t.ZhCN, t.En = tidyText(t.ZhCN), tidyText(t.En) }

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func tidyText(s string) string {
	lines := strings.Split(lineEnds.Replace(norm.NFC.String(s)), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\u3000")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
