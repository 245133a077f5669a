package disclosure

import (
	"context"
	"encoding/json"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
)

// Publication is what Publish made.
type Publication struct {
	VersionID int64
	Slug      string
	Version   int
	Hash      string // of the document
}

// Earliest returns the first day on which what is published on a day may take
// effect: after the days of the policy, and after the version before it.
func Earliest(published date.Date, policy setting.Policy, lastEffective date.Date) date.Date {
	earliest := published.AddDays(policy.DisclosureDays)
	if !lastEffective.IsZero() && lastEffective >= earliest {
		return lastEffective.AddDays(1)
	}
	return earliest
}

// Publish makes an approved draft, as it reads at the hash, a version that takes
// effect on a day, with the versions of the plans it prices, and pins the policy
// of today on it. It needs the approval of exactly this text by someone who is
// no author, every opinion answered, and a day that is not too early; for that
// the fault.Invalid of the field effective_on says which is the first. What
// follows from it is a job of PublishedArgs. Terminals whose fees it prices are
// touched, which pend turns into their being judged again.
func Publish(ctx context.Context, d *db.DB, jobs event.Queue, at time.Time, by staff.Actor, draftID, hash string, effective date.Date, pend func(ctx context.Context, tx *db.Tx) error) (Publication, error) {
	if err := by.Must(staff.PublishDisclosures); err != nil {
		return Publication{}, err
	}
	var done Publication
	err := change(ctx, d, draftID, func(tx *db.Tx, draft *Draft) error {
		if err := tx.Lock(ctx, "disclosure "+draft.Slug); err != nil {
			return err
		}
		if draft.State != Approved {
			return fault.New(fault.Conflict, "disclosures.fault.not_approved")
		}
		if draft.Hash != hash || draft.Content.Hash() != hash {
			return fault.New(fault.Conflict, "disclosures.fault.changed_meanwhile", "name", draft.UpdatedBy)
		}
		p := publishing{tx: tx, at: at, by: by, draft: draft, effective: effective, jobs: jobs, pend: pend}
		if err := p.run(ctx); err != nil {
			return err
		}
		done = p.done
		return nil
	})
	if db.Duplicate(err) {
		err = fault.New(fault.Conflict, "disclosures.fault.published_meanwhile")
	}
	return done, err
}

// publishing is what Publish knows while it works.
type publishing struct {
	tx        *db.Tx
	at        time.Time
	by        staff.Actor
	draft     *Draft
	effective date.Date
	jobs      event.Queue
	pend      func(ctx context.Context, tx *db.Tx) error

	policy setting.Policy
	head   *head // of the disclosure
	plans  *Plans
	done   Publication
}

func (p *publishing) run(ctx context.Context) error {
	review, err := approvalOf(ctx, p.tx, p.draft)
	if err != nil {
		return err
	}
	if review == 0 {
		return fault.New(fault.Conflict, "disclosures.fault.not_approved")
	}
	if err := p.opinionsAnswered(ctx); err != nil {
		return err
	}
	if err := ready(ctx, p.tx, p.draft); err != nil {
		return err
	}
	if p.policy, err = setting.GetPolicy(ctx, p.tx, p.at); err != nil {
		return err
	}
	if p.head, err = readHead(ctx, p.tx, p.draft.Slug); err != nil {
		return err
	}
	if p.head == nil {
		p.head = &head{title: p.draft.Content.Title}
	}
	if earliest := Earliest(date.Of(p.at), p.policy, p.head.lastEffective); p.effective < earliest {
		var fields fault.Fields
		fields.Add("effective_on", "disclosures.fault.too_early", "earliest", earliest, "n", p.policy.DisclosureDays)
		return fields.Err()
	}
	if p.plans, err = Load(ctx, p.tx); err != nil {
		return err
	}
	if err := p.write(ctx, review); err != nil {
		return err
	}
	if err := p.jobs.Insert(ctx, p.tx, PublishedArgs{VersionID: p.done.VersionID}, nil); err != nil {
		return err
	}
	return audit.Write(ctx, p.tx, audit.Entry{
		At: p.at, Actor: p.by.Audit(), Action: "disclosure.publish", Subject: p.draft.ID, RequestID: p.by.RequestID,
		Details: map[string]any{
			"slug": p.draft.Slug, "version": p.done.Version, "content_hash": p.done.Hash, "approved_hash": p.draft.Hash, "effective_on": p.effective.String(),
			"disclosure_days": p.policy.DisclosureDays, "policy": p.policy.Version,
		},
	})
}

func (p *publishing) opinionsAnswered(ctx context.Context) error {
	if err := closedToOpinions(ctx, p.tx, p.draft.ID, p.at); err != nil {
		return err
	}
	n, err := unansweredOpinions(ctx, p.tx, p.draft.ID)
	if err != nil {
		return err
	}
	if n > 0 {
		return fault.New(fault.Conflict, "disclosures.fault.unanswered", "n", n)
	}
	return nil
}

func (p *publishing) write(ctx context.Context, review int64) error {
	today := date.Of(p.at)
	document := Document{
		Slug: p.draft.Slug, Version: p.head.latest + 1, PublishedOn: today, EffectiveOn: p.effective,
		DisclosureDays: p.policy.DisclosureDays, PolicyVersion: p.policy.Version, Plans: []DocumentVersion{}, Content: p.draft.Content,
	}
	numbers, err := planNumbers(ctx, p.tx)
	if err != nil {
		return err
	}
	var changed []*ContentFee
	for i := range document.Content.Fees {
		f := &document.Content.Fees[i]
		number := p.unchanged(f)
		if number == 0 {
			changed = append(changed, f)
			number = numbers[f.Plan] + 1
		}
		document.Plans = append(document.Plans, DocumentVersion{Plan: f.Plan, Version: number})
	}
	body := document.Encode()
	p.done = Publication{Slug: document.Slug, Version: document.Version, Hash: hashOf(body)}
	if err := p.writeVersion(ctx, &document, body, review); err != nil {
		return err
	}
	if err := intake.Begin(ctx, p.tx); err != nil {
		return err
	}
	for _, f := range changed {
		if err := p.writePlanVersion(ctx, f, numbers[f.Plan]+1, today); err != nil {
			return err
		}
	}
	return p.pend(ctx, p.tx)
}

// unchanged returns the number of the plan's newest version where the fee says
// the same, so that nothing new has to be said of it, and 0 otherwise.
func (p *publishing) unchanged(f *ContentFee) int {
	plan := p.plans.ByCode(f.Plan)
	if plan == nil {
		return 0
	}
	if v := plan.latest(); v != nil && v.Price == f.Price() && plan.versions[v.Number].Terms == f.Terms {
		return v.Number
	}
	return 0
}

func (p *publishing) writePlanVersion(ctx context.Context, f *ContentFee, number int, today date.Date) error {
	planID := int64(0)
	if plan := p.plans.ByCode(f.Plan); plan != nil {
		planID = plan.ID
	} else {
		var err error
		if planID, err = insertPlan(ctx, p.tx, p.head.id, &fee.Plan{Code: f.Plan, Item: f.Item, Method: f.Method, Cap12m: f.Cap12m}); err != nil {
			return err
		}
	}
	terms, err := json.Marshal(f.Terms)
	if err != nil {
		return err
	}
	version := fee.Version{Number: number, PublishedOn: today, EffectiveOn: p.effective, DisclosureDays: &p.policy.DisclosureDays, Price: f.Price()}
	if err := insertPlanVersion(ctx, p.tx, planID, &version, p.policy.DisclosureDays, p.done.VersionID, terms); err != nil {
		return err
	}
	return intake.Touch(ctx, p.tx, `select terminal_id, $1 from enrolments where plan_id = $2`, date.Of(p.at), planID)
}
