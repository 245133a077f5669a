package gate

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
)

// verdict is what was decided, with all that it was decided on.
type verdict struct {
	deduction.Decided
	fee.Verdict
}

// judge answers a case.
func judge(c *fee.Case, own []deduction.OwnHold) (*verdict, error) {
	v, err := fee.Judge(c)
	if err != nil {
		return nil, err
	}
	return &verdict{deduction.Decided{Case: c, Own: own}, v}, nil
}

// decision is the worst of the rules' reasons and of the gate's own.
func (v *verdict) decision() fee.Decision {
	if v.Decision == fee.Allow && v.heldByUs() {
		return fee.Hold
	}
	return v.Decision
}

func (v *verdict) heldByUs() bool {
	for i := range v.Own {
		if !v.Own[i].Waived {
			return true
		}
	}
	return false
}

// reasons are the codes of all that fired, the gate's own after the rules'.
func (v *verdict) reasons() string {
	all := make([]string, 0, 4)
	for code := range v.Reasons.All() {
		all = append(all, code.String())
	}
	for i := range v.Own {
		if !v.Own[i].Waived {
			all = append(all, v.Own[i].Code)
		}
	}
	return strings.Join(all, " ")
}

// state is what becomes of what was asked.
func (v *verdict) state() fee.State {
	switch v.decision() {
	case fee.Allow:
		return fee.Authorized
	case fee.Hold:
		return fee.Held
	default:
		return fee.Denied
	}
}

// Replayed is a decision that was made again from what was kept of it.
type Replayed struct {
	At       time.Time
	Rules    string // the version of the rules by which it was made
	Decision fee.Decision
	Reasons  string
	Verdict  fee.Verdict
	Facts    deduction.Decided
	Same     bool // as it was made then
}

// Replay makes the decisions on a deduction again, the first one first, from the
// facts that were kept with them and nothing else. It returns fault.NotFound.
func Replay(ctx context.Context, r db.Reader, id string) (all []Replayed, err error) {
	of, err := readRow(ctx, r, id)
	if err != nil {
		return nil, err
	}
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var one Replayed
			var facts, reasons, answer string
			var decided fee.Decision
			var at db.Time
			if err := rows.Scan(&at, &one.Rules, &decided, &reasons, &answer, &facts); err != nil {
				return err
			}
			kept, err := deduction.ParseDecided([]byte(facts))
			if err != nil {
				return err
			}
			v, err := judge(kept.Case, kept.Own)
			if err != nil {
				return err
			}
			one.At, one.Decision, one.Reasons, one.Verdict, one.Facts = at.Time, v.decision(), v.reasons(), v.Verdict, *kept
			again, err := json.Marshal(v.Answer())
			one.Same = one.Decision == decided && one.Reasons == reasons && string(again) == answer
			all = append(all, one)
			return err
		})
	}, `select at, rules, decision, reasons, answer, facts from gate_decisions where merchant_id = $1 and deduction_id = $2 order by number`, of.MerchantID, of.ID)
	return all, err
}

// read reads a decision back.
func (d *decision) read() (*verdict, error) {
	kept, err := deduction.ParseDecided([]byte(d.facts))
	if err != nil {
		return nil, err
	}
	return judge(kept.Case, kept.Own)
}
