package main

import (
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/rootcause"
	"github.com/mingbai/mingbai/models/staff"
)

// leaveCause proposes something about the cause that a case was found to have, of
// none of the merchants whom strangers must not see. Nobody works it.
func (s *site) leaveCause(by staff.Actor) {
	s.t.Helper()
	ctx, today := s.t.Context(), date.Of(s.at.Now())
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	var line, ref string
	must(s.db.QueryRow(ctx, `
		select l.id, m.ref from bill_lines l join merchants m on m.id = l.merchant_id
		where l.kind = 'deduction' and l.state = 'posted' and l.plan_id is not null and l.version is not null and l.merchant_id not in ($1, $2)
		order by case when l.decision = 'deny' then 0 else 1 end, l.at desc, l.id desc limit 1`, s.shop(anothers).id, s.shop(mine).id).Scan(&line, &ref))
	f, err := s.cases.FileForCaller(ctx, by, ref, complaint.Caller{Channel: complaint.ByPhone}, complaint.NewCase{
		Kind: complaint.Complaint, Subject: complaint.OfDeduction, Ref: line, Reason: complaint.TooMuch,
	})
	must(err)
	o, err := rootcause.ReadOffer(ctx, s.db, by, f.Number)
	must(err)
	c := rootcause.Criteria{PlanID: o.PlanID, Version: o.Version, From: today.AddMonths(-24), To: today}
	found, err := rootcause.Find(ctx, s.db, by, c, complaint.Mark{}, today)
	must(err)
	_, err = rootcause.New(s.db, s.at, s.cases, nil).Propose(ctx, by, rootcause.Proposal{
		Token: "site", Case: f.Number, Criteria: c, Seen: found.Seen(), Plan: rootcause.Plan{Refund: true, Stop: true, Tell: true, Reason: "?", Words: "?"},
	})
	must(err)
}
