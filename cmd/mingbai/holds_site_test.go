package main

import (
	"fmt"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/money"
)

// leaveHeld has the gate hold a deduction that an agent ordered, and a batch
// unlike those before it, of none of the merchants whom strangers must not see.
func (s *site) leaveHeld() {
	s.t.Helper()
	ctx, now := s.t.Context(), s.at.Now()
	var sn, code string
	var item fee.Item
	var amount money.Fen
	err := s.db.QueryRow(ctx, `
		select t.sn, p.code, p.item, v.amount_fen from enrolments e join terminals t on t.id = e.terminal_id join plans p on p.id = e.plan_id
		join plan_versions v on v.plan_id = p.id and v.version = 1
		where v.kind = 'per_item' and t.inactive_from is null and e.cancelled_on is null and t.merchant_id not in ($1, $2) order by t.sn, e.id limit 1`, s.shop(anothers).id, s.shop(mine).id).Scan(&sn, &code, &item, &amount)
	if err != nil {
		s.t.Fatal(err)
	}
	asked := 0
	ask := func(origin string, n int) {
		s.t.Helper()
		var requests []gate.Request
		for range n {
			asked++
			requests = append(requests, gate.Request{Ref: fmt.Sprintf("SITE-%d", asked), SN: sn, Item: item, Plan: code, Amount: amount, At: now, Origin: origin})
		}
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			_, err := s.gate.AuthorizeBatchIn(ctx, tx, gate.By{Actor: audit.Actor{Kind: audit.CLI, ID: "test"}}, requests)
			return err
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	ask("agent", 1)
	for range 3 {
		ask(fee.OriginCore, 1)
	}
	ask(fee.OriginCore, 5)
}
