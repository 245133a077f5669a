package feechange

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/webhook"
)

// See notes that somebody of the merchant's saw the change, the first time.
func See(ctx context.Context, d *db.DB, who Who, id string, at time.Time) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into fee_change_views (change_id, merchant_id, user_id, seen_at)
			select id, merchant_id, $3, $4 from fee_changes where merchant_id = $1 and id = $2
			on conflict (change_id) do nothing`, who.MerchantID, id, who.UserID, at)
		return err
	})
}

// Chosen is the terminals that an acceptance is for.
type Chosen struct {
	All bool     // all that have not accepted and go on
	SNs []string // else these of them
}

// MaxWords is how many characters an objection may have.
const MaxWords = 1000

// Accept gives the merchant's acceptance of the change for terminals, from today
// on: what falls due from the change's day on costs the new price. Where the
// service was to end over it, it goes on. An acceptance stays. It returns for
// how many terminals it was given; fault.Invalid for the field "terminal" where
// none was chosen, fault.Conflict where there is none left to accept for or the
// version was withdrawn, and fault.NotFound.
func Accept(ctx context.Context, d *db.DB, at time.Time, who Who, changeID string, chosen Chosen) (terminals int64, err error) {
	if !chosen.All && (len(chosen.SNs) == 0 || len(chosen.SNs) > terminalsShown) {
		var fields fault.Fields
		fields.Add("terminal", "feechanges.accept.none")
		return 0, fields.Err()
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		a, err := beginAnswer(ctx, tx, at, who, changeID, chosen)
		if err != nil {
			return err
		}
		if err := intake.Begin(ctx, tx); err != nil {
			return err
		}
		if err := a.write(ctx, tx, Accepted, ""); err != nil {
			return err
		}
		terminals = a.terminals
		if _, err := enrolment.AcceptIn(ctx, tx, answeredEnrolments, a.change.To, who.Name, at); err != nil {
			return err
		}
		if !a.endsOn.IsZero() {
			if _, err := enrolment.ReopenIn(ctx, tx, answeredEnrolments, a.endsOn); err != nil {
				return err
			}
		}
		if err := deduction.PendTouched(ctx, tx); err != nil {
			return err
		}
		return a.record(ctx, tx, "fee_change.accept")
	})
	return terminals, err
}

// Object says no to the change, for all terminals for which it was not accepted.
// Nothing changes for them, as without it; staff hear of it. Words may be
// empty, and have at most MaxWords characters. It returns the faults of Accept,
// and fault.Invalid for the field "words".
func Object(ctx context.Context, d *db.DB, at time.Time, who Who, changeID, words string) (terminals int64, err error) {
	words = strings.TrimSpace(words)
	if utf8.RuneCountInString(words) > MaxWords {
		var fields fault.Fields
		fields.Add("words", "feechanges.object.long", "n", MaxWords)
		return 0, fields.Err()
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		a, err := beginAnswer(ctx, tx, at, who, changeID, Chosen{All: true})
		if err != nil {
			return err
		}
		if err := a.write(ctx, tx, Objected, words); err != nil {
			return err
		}
		terminals = a.terminals
		return a.record(ctx, tx, "fee_change.object")
	})
	return terminals, err
}

// answeredEnrolments are those that the answer of a transaction is about.
var answeredEnrolments = enrolment.Which{Query: `select id from answered_enrolments`}

// answering is one answer on its way.
type answering struct {
	id        string
	change    Change
	who       Who
	at        time.Time
	terminals int64
	endsOn    date.Date // of the service, where staff decided so over the change; else zero
}

// beginAnswer reads the change and chooses the enrolments that are answered
// about, one answer after another.
func beginAnswer(ctx context.Context, tx *db.Tx, at time.Time, who Who, changeID string, chosen Chosen) (*answering, error) {
	if err := lock(ctx, tx, changeID); err != nil {
		return nil, err
	}
	a := &answering{id: id.New("fa", at), who: who, at: at}
	var withdrawn bool
	err := tx.QueryRow(ctx, `
		select c.id, c.merchant_id, c.plan_id, c.to_version, c.effective_on, v.content_hash, e.ends_on,
			exists (select 1 from disclosure_withdrawals w where w.version_id = c.disclosure_version_id)
		from fee_changes c
		join disclosure_versions v on v.id = c.disclosure_version_id
		left join service_endings e on e.change_id = c.id and e.carried_out_at is null
		where c.merchant_id = $1 and c.id = $2`, who.MerchantID, changeID).
		Scan(&a.change.ID, &a.change.MerchantID, &a.change.PlanID, &a.change.To, &a.change.EffectiveOn, &a.change.ContentHash, &a.endsOn, &withdrawn)
	if db.NotFound(err) {
		return nil, fault.New(fault.NotFound, notFoundKey)
	}
	if err == nil && withdrawn {
		err = fault.New(fault.Conflict, "feechanges.is_withdrawn")
	}
	if err != nil {
		return nil, err
	}
	return a, a.choose(ctx, tx, chosen)
}

// lock makes answers to a change, and what staff decide over it, come one after
// the other.
func lock(ctx context.Context, tx *db.Tx, changeID string) error {
	return tx.Lock(ctx, "fee change "+changeID)
}

// openEnrolments selects the enrolments n of the change $1, still to be accepted
// for on the day $2.
const openEnrolments = `
	from fee_change_terminals x
	join fee_changes c on c.id = x.change_id
	join enrolments n on n.id = x.enrolment_id
	join terminals t on t.id = x.terminal_id
	where x.change_id = $1
		and not exists (select 1 from acceptances a where a.enrolment_id = n.id and a.version = c.to_version and a.via <> 'agent')
		and (n.cancelled_on is null or n.cancelled_on > $2 and exists (
			select 1 from service_endings e join service_ending_terminals i on i.ending_id = e.id
			where e.change_id = c.id and i.enrolment_id = n.id and e.ends_on = n.cancelled_on))`

func (a *answering) choose(ctx context.Context, tx *db.Tx, chosen Chosen) error {
	if err := tx.Stage(ctx, "answered_enrolments", "id bigint"); err != nil {
		return err
	}
	query, args := `insert into answered_enrolments (id) select n.id `+openEnrolments, []any{a.change.ID, date.Of(a.at)}
	if !chosen.All {
		query += ` and t.sn in (` + db.Placeholders(len(args)+1, len(chosen.SNs)) + `)`
		for _, sn := range chosen.SNs {
			args = append(args, sn)
		}
	}
	n, err := tx.Exec(ctx, query, args...)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "feechanges.nothing_open")
	}
	a.terminals = n
	return err
}

// write keeps the answer and what it was about.
func (a *answering) write(ctx context.Context, tx *db.Tx, kind Kind, words string) error {
	_, err := tx.Exec(ctx, `
		insert into fee_change_answers (id, change_id, merchant_id, answer, terminals, user_id, name, address, content_hash, words, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		a.id, a.change.ID, a.change.MerchantID, string(kind), a.terminals, a.who.UserID, a.who.Name, a.who.Address, a.change.ContentHash, words, a.at)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into fee_change_answered (answer_id, enrolment_id) select $1, id from answered_enrolments order by id`, a.id)
	if err != nil {
		return err
	}
	return a.publish(ctx, tx, kind)
}

// publish tells other systems of the answer, for each terminal that it is about.
// What the merchant wrote is not among it.
func (a *answering) publish(ctx context.Context, tx *db.Tx, kind Kind) error {
	e := webhook.Event{Kind: webhook.FeeChangeAccepted, Subject: a.change.ID, At: a.at, MerchantID: a.change.MerchantID, PlanID: a.change.PlanID, Data: struct {
		Change      string    `json:"change"`
		Version     int       `json:"version"`
		EffectiveOn date.Date `json:"effective_on"`
	}{a.change.ID, a.change.To, a.change.EffectiveOn}}
	if kind == Objected {
		e.Kind = webhook.FeeChangeObjected
	}
	events := make([]webhook.Event, 0, a.terminals)
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			err := rows.Scan(&e.TerminalID)
			events = append(events, e)
			return err
		})
	}, `select n.terminal_id from answered_enrolments a join enrolments n on n.id = a.id order by n.terminal_id, n.id`)
	if err != nil {
		return err
	}
	return webhook.Publish(ctx, tx, events...)
}

func (a *answering) record(ctx context.Context, tx *db.Tx, action string) error {
	return audit.Write(ctx, tx, audit.Entry{
		At: a.at, Actor: a.who.actor(), MerchantID: a.change.MerchantID, Action: action, Subject: a.change.ID, RequestID: a.who.RequestID,
		Details: map[string]any{"answer": a.id, "version": a.change.To, "terminals": a.terminals, "content_hash": a.change.ContentHash},
	})
}
