// Package webhook tells other systems what happens here: in events that they
// read in order, and in messages to the endpoints that they named, signed as the
// Standard Webhooks specification has it.
//
// An event is written in the transaction of what happened: neither exists
// without the other. It gets its place in the order that readers see only once
// it is committed, from one process at a time. A number given on writing would
// not do: who writes later may commit earlier, and a reader who has seen the
// higher number would never come back for the lower one. A counter that writers
// hold until they commit would do, and make every decision of the gate wait for
// the one before it.
//
// A message is sent until it is taken, at least once, always under the id of its
// event. Messages about one subject go out in the order of their events, unless
// a try fails: what comes after does not wait for it.
package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/id"
)

// Kind says what happened.
type Kind string

// The kinds of event.
const (
	DeductionAuthorized      Kind = "deduction.authorized"
	DeductionHeld            Kind = "deduction.held"
	DeductionDenied          Kind = "deduction.denied"
	DeductionReleased        Kind = "deduction.released"
	DeductionVoided          Kind = "deduction.voided"
	DeductionPosted          Kind = "deduction.posted"
	DeductionReversed        Kind = "deduction.reversed"
	DeductionRefunded        Kind = "deduction.refunded"
	DeductionUngated         Kind = "deduction.ungated"
	NoticeDelivered          Kind = "notice.delivered"
	NoticeFailed             Kind = "notice.failed"
	FeeChangeAccepted        Kind = "fee_change.accepted"
	FeeChangeObjected        Kind = "fee_change.objected"
	EnrolmentCancelRequested Kind = "enrolment.cancel_requested"
	TerminalReportedGone     Kind = "terminal.reported_gone"
	ComplaintOpened          Kind = "complaint.opened"
	ComplaintDecided         Kind = "complaint.decided"
	RefundApproved           Kind = "refund.approved"
)

// Test is the kind of what staff send to one endpoint to try it. It is no event
// that others read.
const Test Kind = "webhook.test"

// Kinds lists what may happen, in the order in which it is shown.
var Kinds = []Kind{
	DeductionAuthorized, DeductionHeld, DeductionDenied, DeductionReleased, DeductionVoided, DeductionPosted, DeductionReversed, DeductionRefunded,
	DeductionUngated, NoticeDelivered, NoticeFailed, FeeChangeAccepted, FeeChangeObjected, EnrolmentCancelRequested, TerminalReportedGone,
	ComplaintOpened, ComplaintDecided, RefundApproved,
}

// Known reports whether the kind is one of Kinds.
func (k Kind) Known() bool { return slices.Contains(Kinds, k) }

// Event is something that other systems are told. What it is about is told by
// the acquirer's own names: give the ids alone.
type Event struct {
	Kind       Kind
	Subject    string    // what it is about: an id or a number. Events about one subject are sent in their order
	At         time.Time // when it happened
	MerchantID int64     // 0: none
	TerminalID int64     // 0: none
	PlanID     int64     // 0: none
	Data       any       // what else is told: it is written down as a JSON object, with nothing personal in it
}

var eventColumns = []string{"id", "kind", "subject", "at", "merchant", "terminal", "plan", "data"}

// Publish tells of what happens in a transaction, if and only if that is
// committed.
func Publish(ctx context.Context, tx *db.Tx, events ...Event) error {
	rows := make([][]any, len(events))
	for i := range events {
		e := &events[i]
		if !e.Kind.Known() {
			return fmt.Errorf("webhook: %q is no kind of event", e.Kind)
		}
		data, err := json.Marshal(e.Data)
		if err != nil {
			return fmt.Errorf("webhook: the data of %s: %w", e.Kind, err)
		}
		rows[i] = []any{id.New("ev", e.At), string(e.Kind), e.Subject, e.At, e.MerchantID, e.TerminalID, e.PlanID, string(data)}
	}
	if err := tx.Insert(ctx, "api_events", eventColumns, rows); err != nil {
		return fmt.Errorf("webhook: publishing: %w", err)
	}
	return nil
}

// Told is an event as others are told it.
type Told struct {
	ID   string // ev_…; of the message too, however often it is sent
	Kind Kind
	At   time.Time
	Data json.RawMessage // an object

	place   int64
	subject string
}

// body is what a message about it says: the same bytes at each try.
func (t *Told) body() ([]byte, error) {
	return json.Marshal(struct {
		Type      Kind            `json:"type"`
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{t.Kind, t.At, t.Data})
}

// toldColumns are what scanTold scans, of api_events as e with toldFrom's
// tables.
const toldColumns = `e.id, e.kind, e.subject, e.at, e.place, e.data, m.ref, t.sn, p.code`

const toldJoins = ` left join merchants m on m.id = e.merchant left join terminals t on t.id = e.terminal left join plans p on p.id = e.plan`

// scan reads an event from toldColumns, and what stands in the columns after
// them.
func (t *Told) scan(rows db.Rows, more ...any) error {
	var at db.Time
	var data string
	var merchant, sn, plan db.Text
	if err := rows.Scan(append([]any{&t.ID, &t.Kind, &t.subject, &at, &t.place, &data, &merchant, &sn, &plan}, more...)...); err != nil {
		return err
	}
	t.At = at.Time
	named := struct {
		Merchant db.Text `json:"merchant_ref,omitempty"`
		SN       db.Text `json:"sn,omitempty"`
		Plan     db.Text `json:"plan,omitempty"`
	}{merchant, sn, plan}
	names, err := json.Marshal(named)
	t.Data = joined(names, []byte(data))
	return err
}

// joined is one JSON object with what stands in two of them.
func joined(a, b []byte) json.RawMessage {
	a, b = bytes.TrimSpace(a), bytes.TrimSpace(b)
	switch empty := []byte("{}"); {
	case bytes.Equal(b, empty), bytes.Equal(b, []byte("null")):
		return a
	case bytes.Equal(a, empty):
		return b
	}
	return slices.Concat(a[:len(a)-1], []byte{','}, b[1:])
}

func joinKinds(kinds []Kind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return strings.Join(words, " ")
}

// splitKinds reads what joinKinds wrote.
func splitKinds(text string) (kinds []Kind) {
	for word := range strings.FieldsSeq(text) {
		kinds = append(kinds, Kind(word))
	}
	return kinds
}
