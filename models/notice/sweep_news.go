package notice

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/outbox"
)

// newsBatch is how many pieces of news one transaction takes up.
const newsBatch = 500

// taking takes up news batch by batch until there are no more.
func (s *sweep) taking(ctx context.Context, take func(tx *db.Tx) (taken int, news []News, err error)) error {
	for {
		taken := 0
		_, err := s.write(ctx, func(tx *db.Tx) (int, error) {
			n, news, err := take(tx)
			taken = n
			if err != nil {
				return 0, err
			}
			return len(news), Tell(ctx, tx, s.now, news...)
		})
		if err != nil || taken < newsBatch {
			return err
		}
	}
}

// deductions plans to tell what was taken, what came back, and what was given
// back.
func (s *sweep) deductions(ctx context.Context) error {
	return s.taking(ctx, func(tx *db.Tx) (int, []News, error) {
		all, err := deduction.TakeNews(ctx, tx, s.now, newsBatch)
		if err != nil || len(all) == 0 {
			return 0, nil, err
		}
		news, err := readDeductions(ctx, tx, all)
		return len(all), news, err
	})
}

// kindOf is what a deduction's state tells.
var kindOf = map[fee.State]Kind{fee.Posted: Taken, fee.Reversed: Failed, fee.Refunded: Refunded}

// readDeductions reads what there is to tell of deductions: one that was taken
// and given back since may be two pieces of news.
func readDeductions(ctx context.Context, r db.Reader, all []deduction.News) (news []News, err error) {
	states := make(map[string][]fee.State, len(all))
	args := make([]any, 0, 2*len(all))
	for _, n := range all {
		states[n.DeductionID] = append(states[n.DeductionID], n.State)
		args = append(args, n.MerchantID)
	}
	for _, n := range all {
		args = append(args, n.DeductionID)
	}
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			n := News{Round: 1}
			var planID, version, cycle *int64
			var refunded, told money.Fen
			var rounds int
			if err := rows.Scan(&n.Ref, &n.MerchantID, &n.TerminalID, &planID, &version, &cycle, &n.PeriodFrom, &n.Amount, &refunded, &n.Facts.At, &rounds, &told); err != nil {
				return err
			}
			n.PlanID, n.Version, n.Cycle = orZero(planID), int(orZero(version)), int(orZero(cycle))
			for _, state := range states[n.Ref] {
				n := n
				n.Kind = kindOf[state]
				if n.Kind == Refunded {
					// In part, perhaps, and not for the first time: what is new is told.
					if refunded > 0 {
						n.Amount = refunded
					}
					n.Round, n.Amount = rounds+1, n.Amount-told
				}
				if n.Kind != Refunded || n.Amount > 0 {
					news = append(news, n)
				}
			}
			return nil
		})
	}, `
		select l.id, l.merchant_id, l.terminal_id, l.plan_id, l.version, l.cycle_index, l.cycle_from, l.amount_fen, l.refunded_fen, l.at,
			(select count(*) from notices n where `+isRefund+`), (select cast(coalesce(sum(n.amount_fen), 0) as bigint) from notices n where `+isRefund+`)
		from bill_lines l
		where l.merchant_id in (`+db.Placeholders(1, len(all))+`) and l.id in (`+db.Placeholders(len(all)+1, len(all))+`)
		order by l.merchant_id, l.at, l.id`, args...)
	return news, err
}

// isRefund asks whether a notice n tells of a refund of the line l.
const isRefund = `n.merchant_id = l.merchant_id and n.kind = '` + string(Refunded) + `' and n.terminal_id = l.terminal_id
				and n.plan_id = coalesce(l.plan_id, 0) and n.ref = l.id`

func orZero(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// usage plans to tell whose SIM has used a share of its allowance, or has little
// left on its account.
func (s *sweep) usage(ctx context.Context) error {
	return s.taking(ctx, func(tx *db.Tx) (int, []News, error) {
		ids, err := merchant.TakeUsageNews(ctx, tx, newsBatch)
		if err != nil || len(ids) == 0 {
			return 0, nil, err
		}
		news, err := readUsage(ctx, tx, ids)
		return len(ids), news, err
	})
}

// used is what a SIM has used of the latest month of which anything is known.
type used struct {
	merchantID, terminalID int64
	on                     date.Date // the last day that was reported
	usedMB                 int64
	allowanceMB            *int64
	balance                *money.Fen
}

func readUsage(ctx context.Context, r db.Reader, ids []int64) (news []News, err error) {
	var all []used
	var merchants []int64
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var u used
			err := rows.Scan(&u.merchantID, &u.terminalID, &u.on, &u.usedMB, &u.allowanceMB, &u.balance)
			all, merchants = append(all, u), append(merchants, u.merchantID)
			return err
		})
	}, `
		select u.merchant_id, u.terminal_id, u.last_on, u.used_mb, u.allowance_mb, u.balance_fen
		from terminals t join usage_months u on u.merchant_id = t.merchant_id and u.terminal_id = t.id
		where t.id in `+idList(ids)+` and not exists (
			select 1 from usage_months later where later.merchant_id = u.merchant_id and later.terminal_id = u.terminal_id and later.month > u.month)
		order by u.terminal_id`)
	if err != nil {
		return nil, err
	}
	preferences, err := readPreferences(ctx, r, compact(merchants))
	if err != nil {
		return nil, err
	}
	for i := range all {
		news = append(news, all[i].news(preferences[all[i].merchantID])...)
	}
	return news, nil
}

// news returns what the merchant wants to be told of a SIM's use. Each share of
// the allowance, and a low balance, is told once a calendar month.
func (u *used) news(p *Preferences) (news []News) {
	y, m, _ := u.on.Civil()
	month := fmt.Sprintf("%04d-%02d", y, int(m))
	n := News{MerchantID: u.merchantID, TerminalID: u.terminalID, Round: 1, Facts: Facts{On: u.on}}
	if u.allowanceMB != nil && *u.allowanceMB > 0 {
		share := 0
		switch {
		case u.usedMB >= *u.allowanceMB:
			share = 100
		case u.usedMB*100 >= *u.allowanceMB*int64(p.UsagePercent):
			share = p.UsagePercent
		}
		if share > 0 {
			n := n
			n.Kind, n.Ref = SIMUsage, month+" "+strconv.Itoa(share)
			n.Facts.Percent, n.Facts.UsedMB, n.Facts.AllowanceMB = int(u.usedMB*100 / *u.allowanceMB), u.usedMB, *u.allowanceMB
			news = append(news, n)
		}
	}
	if u.balance != nil && *u.balance < p.LowBalance {
		n.Kind, n.Ref, n.Facts.Balance = LowBalance, month, *u.balance
		news = append(news, n)
	}
	return news
}

// How often sign-ins are looked at, and how long their transactions may take.
const (
	signInsEvery = time.Minute
	signInsLong  = 10 * time.Minute
)

// What happened to those who may see a merchant's account, as the record calls
// it, and as a letter about it does.
var memberSteps = map[string]string{
	"membership.add": string(outbox.Invitation), "membership.end": string(outbox.Membership), "membership.role": "member_role",
}

// signIns plans to tell merchants what happened to the sign-ins of their owners:
// whatever the owner was told by text message, and who asked for another number;
// and who may see their account from then on, or no longer, or more or less of it.
func (s *sweep) signIns(ctx context.Context) error {
	return s.since(ctx, "sign-ins", signInsEvery, signInsLong, func(tx *db.Tx, since time.Time) (int, error) {
		if recent := s.now.Add(-newsFor); since.Before(recent) {
			since = recent
		}
		var news []News
		err := tx.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				n := News{Kind: Security, Round: 1}
				err := rows.Scan(&n.MerchantID, &n.Facts.Step, &n.Facts.At)
				n.Facts.Step = cmp.Or(memberSteps[n.Facts.Step], n.Facts.Step)
				n.Ref = n.Facts.Step + " " + strconv.FormatInt(n.Facts.At.UnixMicro(), 10)
				news = append(news, n)
				return err
			})
		}, `
			select x.merchant_id, m.kind, m.created_at
			from messages m
			join users u on u.phone = m.recipient
			join memberships x on x.user_id = u.id and x.role = 'owner' and x.ended_at is null
			where m.merchant_id is null and m.created_at > $1 and m.kind in ($2, $3)
			union
			select x.merchant_id, cast($4 as text), e.at
			from audit_entries e
			join memberships x on x.user_id = e.subject and x.role = 'owner' and x.ended_at is null
			where e.at > $1 and e.action = 'phone.change'
			union
			select e.merchant_id, cast($5 as text), e.at
			from audit_entries e
			where e.at > $1 and e.action = 'phone.request' and e.merchant_id is not null
			union
			select e.merchant_id, e.action, e.at
			from audit_entries e
			where e.at > $1 and e.action in ('membership.add', 'membership.end', 'membership.role') and e.merchant_id is not null
			order by 1, 3`,
			since, string(outbox.NewDevice), string(outbox.PasswordSet), string(outbox.PhoneChanged), string(outbox.PhoneRequest))
		if err != nil {
			return 0, err
		}
		return len(news), Tell(ctx, tx, s.now, news...)
	})
}

// newsFor is for how long what happened is news.
const newsFor = 3 * 24 * time.Hour
