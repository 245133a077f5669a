package api

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// Result says what became of what was put.
type Result string

// The results.
const (
	Added     Result = "added"     // was not there before
	Changed   Result = "changed"   // said something else than what was there
	Unchanged Result = "unchanged" // said what was there already
)

func resultOf(t intake.Taken) Result {
	switch {
	case t.Added == t.Rows:
		return Added
	case t.Added+t.Changed > 0:
		return Changed
	}
	return Unchanged
}

// Taken says what became of a list of rows.
type Taken struct {
	Rows      int64 `json:"rows" doc:"How many there were: the sum of the others."`
	Added     int64 `json:"added" doc:"Were not there before."`
	Changed   int64 `json:"changed" doc:"Said something else than what was there."`
	Unchanged int64 `json:"unchanged" doc:"Said what was there already."`
}

// valuesOf returns a body's properties, with those that stand in the address.
func valuesOf(body any, more map[string]any) (map[string]any, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, err
	}
	for name, value := range more {
		values[name] = value
	}
	return values, nil
}

// put takes in one row that was put.
func (a *API) put(ctx context.Context, tx *db.Tx, shape *rowShape, body any, more map[string]any) (Result, error) {
	values, err := valuesOf(body, more)
	if err != nil {
		return "", err
	}
	taken, err := a.takeObjects(ctx, tx, shape, []map[string]any{values}, noPlace)
	return resultOf(taken), err
}

// columns are properties that are called as the columns that they stand for.
func columns(kind ingest.Kind, names ...string) *rowShape {
	s := &rowShape{kind: kind}
	for _, name := range names {
		s.properties = append(s.properties, property{name: name, column: name})
	}
	return s
}

var merchantShape = columns(ingest.KindMerchants, "merchant_ref", "name", "contact", "phone", "email", "opened_on", "closed_on", "region")

// MerchantBody is a merchant as it is put.
type MerchantBody struct {
	Name     string  `json:"name" doc:"What the merchant is called on bills." example:"East Gate Noodles"`
	Contact  *string `json:"contact,omitempty" nullable:"true" doc:"Whom we write to."`
	Phone    *string `json:"phone,omitempty" nullable:"true" doc:"Who signs in with it for the merchant, as its owner." example:"13800001188"`
	Email    *string `json:"email,omitempty" nullable:"true"`
	OpenedOn string  `json:"opened_on" format:"date" doc:"The first day of the contract." example:"2026-01-15"`
	ClosedOn *string `json:"closed_on,omitempty" nullable:"true" format:"date" doc:"The first day without it."`
	Region   *string `json:"region,omitempty" nullable:"true" doc:"Where the merchant is, as reports of complaints are to name it. Left out, it stays as it was." example:"Shanghai"`
}

// MerchantAnswer says what became of a merchant.
type MerchantAnswer struct {
	Ref    string `json:"merchant_ref"`
	Result Result `json:"result" enum:"added,changed,unchanged"`
}

type putMerchant struct {
	Ref  string `path:"ref" doc:"The core system's number of the merchant." example:"M2001"`
	Body MerchantBody
}

func (a *API) registerMerchants() {
	Write(a, Operation{
		ID: "putMerchant", Method: methodPut, Path: "/merchants/{ref}", Scope: apikey.MerchantsWrite, Group: GroupFacts,
		Summary: "Add or change a merchant",
		Description: "Adds the merchant with this number, or makes what is known of them what is sent: a property that is left out is empty from then on. " +
			"Where a phone is given its holder can sign in as the merchant's owner.",
		Example: Example{Path: "/merchants/M2001", Body: `{"name": "East Gate Noodles", "contact": "Zhou", "phone": "13800002001", "opened_on": "2026-01-15"}`},
	}, func(ctx context.Context, tx *db.Tx, in *putMerchant) (MerchantAnswer, error) {
		result, err := a.put(ctx, tx, merchantShape, in.Body, map[string]any{"merchant_ref": in.Ref})
		return MerchantAnswer{in.Ref, result}, err
	})
}

var terminalShape = columns(ingest.KindTerminals, "sn", "merchant_ref", "shop", "alias", "model", "type", "activated_on", "inactive_from",
	"inactive_reason", "iccid", "carrier", "replaces_sn", "agent_ref")

// TerminalBody is a terminal as it is put.
type TerminalBody struct {
	MerchantRef    string  `json:"merchant_ref" doc:"Whose it is." example:"M2001"`
	Shop           *string `json:"shop,omitempty" nullable:"true" doc:"Where it stands." example:"East Gate"`
	Alias          *string `json:"alias,omitempty" nullable:"true" doc:"What it is called, until the merchant calls it something else." example:"Counter"`
	Model          *string `json:"model,omitempty" nullable:"true"`
	Type           *string `json:"type,omitempty" nullable:"true"`
	ActivatedOn    *string `json:"activated_on,omitempty" nullable:"true" format:"date"`
	InactiveFrom   *string `json:"inactive_from,omitempty" nullable:"true" format:"date" doc:"The first day out of use."`
	InactiveReason *string `json:"inactive_reason,omitempty" nullable:"true" doc:"returned, lost, unbound or broken."`
	ICCID          *string `json:"iccid,omitempty" nullable:"true" doc:"Of its SIM."`
	Carrier        *string `json:"carrier,omitempty" nullable:"true" doc:"Of its SIM."`
	ReplacesSN     *string `json:"replaces_sn,omitempty" nullable:"true" doc:"The terminal that it took the place of."`
	AgentRef       *string `json:"agent_ref,omitempty" nullable:"true" doc:"Who sold it."`
}

// TerminalAnswer says what became of a terminal.
type TerminalAnswer struct {
	SN     string `json:"sn"`
	Result Result `json:"result" enum:"added,changed,unchanged"`
}

type putTerminal struct {
	SN   string `path:"sn" doc:"The terminal's serial number." example:"SN20010001"`
	Body TerminalBody
}

func (a *API) registerTerminals() {
	Write(a, Operation{
		ID: "putTerminal", Method: methodPut, Path: "/terminals/{sn}", Scope: apikey.TerminalsWrite, Group: GroupFacts,
		Summary: "Add or change a terminal",
		Description: "Adds the terminal with this serial number, or makes what is known of it what is sent: a property that is left out is empty from then on. " +
			"The merchant must be there.",
		Example: Example{Path: "/terminals/SN20010001", Body: `{"merchant_ref": "M2001", "shop": "East Gate", "alias": "Counter", "model": "P20", "type": "smart", "activated_on": "2026-02-01"}`},
	}, func(ctx context.Context, tx *db.Tx, in *putTerminal) (TerminalAnswer, error) {
		result, err := a.put(ctx, tx, terminalShape, in.Body, map[string]any{"sn": in.SN})
		return TerminalAnswer{in.SN, result}, err
	})
}

var enrolmentShape = withWhole(columns(ingest.KindEnrolments, "sn", "plan", "anchor_on", "version", "accepted_on", "accepted_by", "accepted_via", "cancelled_on"), "version")

// withWhole makes properties of a shape whole numbers.
func withWhole(s *rowShape, names ...string) *rowShape {
	for _, name := range names {
		s.propertyOf(name).kind = whole
	}
	return s
}

// AcceptanceBody is the merchant's yes to one version of a plan.
type AcceptanceBody struct {
	Version int     `json:"version" doc:"Of the plan." minimum:"1" example:"1"`
	On      string  `json:"accepted_on" format:"date" example:"2026-02-01"`
	By      *string `json:"accepted_by,omitempty" nullable:"true" doc:"Who said so." example:"Zhou"`
	Via     string  `json:"accepted_via" doc:"How: app, portal, paper, sms, or agent, which counts once the merchant confirms it." enum:"app,portal,paper,sms,agent" example:"app"`
}

// EnrolmentBody is what a terminal is enrolled in, as it is put.
type EnrolmentBody struct {
	AnchorOn    string           `json:"anchor_on" format:"date" doc:"Day 1 of the counting." example:"2026-02-01"`
	Accepted    []AcceptanceBody `json:"accepted,omitempty" nullable:"true" maxItems:"100" doc:"Acceptances; those that are known already stay, whatever is sent."`
	CancelledOn *string          `json:"cancelled_on,omitempty" nullable:"true" format:"date" doc:"The first day without it."`
}

// EnrolmentAnswer says what became of an enrolment.
type EnrolmentAnswer struct {
	SN     string `json:"sn"`
	Plan   string `json:"plan"`
	Result Result `json:"result" enum:"added,changed,unchanged"`
}

type putEnrolment struct {
	SN   string `path:"sn" doc:"The terminal's serial number." example:"SN20010001"`
	Plan string `path:"plan" doc:"The plan's code." example:"sim-annual-36"`
	Body EnrolmentBody
}

// rows returns the enrolment as a file holds it: a row for each acceptance.
func (e *putEnrolment) rows() []map[string]any {
	row := func() map[string]any {
		return map[string]any{"sn": e.SN, "plan": e.Plan, "anchor_on": e.Body.AnchorOn, "cancelled_on": e.Body.CancelledOn}
	}
	if len(e.Body.Accepted) == 0 {
		return []map[string]any{row()}
	}
	var rows []map[string]any
	for _, accepted := range e.Body.Accepted {
		r := row()
		r["version"], r["accepted_on"], r["accepted_by"], r["accepted_via"] = accepted.Version, accepted.On, accepted.By, accepted.Via
		rows = append(rows, r)
	}
	return rows
}

func (a *API) registerEnrolments() {
	Write(a, Operation{
		ID: "putEnrolment", Method: methodPut, Path: "/terminals/{sn}/enrolments/{plan}", Scope: apikey.EnrolmentsWrite, Group: GroupFacts,
		Summary: "Enrol a terminal in a plan",
		Description: "Enrols the terminal in the plan, adds acceptances of its versions, or cancels it. The terminal and the plan must be there. " +
			"Acceptances are never taken back: what a merchant agreed to is kept.",
		Example: Example{Path: "/terminals/SN20010001/enrolments/sim-annual-36", Body: `{"anchor_on": "2026-02-01", "accepted": [{"version": 1, "accepted_on": "2026-02-01", "accepted_by": "Zhou", "accepted_via": "app"}]}`},
	}, func(ctx context.Context, tx *db.Tx, in *putEnrolment) (EnrolmentAnswer, error) {
		taken, err := a.takeObjects(ctx, tx, enrolmentShape, in.rows(), func(row int) string { return placeOfAcceptance(len(in.Body.Accepted), row) })
		return EnrolmentAnswer{in.SN, in.Plan, resultOf(taken)}, err
	})
}

// placeOfAcceptance is the place of an enrolment's row. What is wrong with the
// enrolment itself is said of its first row, whose acceptance may not be meant.
func placeOfAcceptance(accepted, row int) string {
	if accepted == 0 {
		return ""
	}
	return fmt.Sprintf("accepted[%d].", row)
}
