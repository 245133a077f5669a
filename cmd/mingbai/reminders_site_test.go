package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
)

// idle takes jobs that nobody works.
type idle struct{}

func (idle) Insert(context.Context, *db.Tx, river.JobArgs, *river.InsertOpts) error { return nil }

// leaveNotices gives a merchant what comes of being told: a letter with a copy by
// mail, recipients who have not confirmed yet, and a deduction that was written
// out, and what lets one of its people in.
func (s *site) leaveNotices(m shop) {
	s.t.Helper()
	ctx, now := s.t.Context(), s.at.Now()
	name := func(prefix string) string { return fmt.Sprintf("%s_site%d", prefix, m.id) }
	unsubscribe := "/unsubscribe/" + notice.UnsubscribeToken([]byte(s.config.Secret), name("nr_mail"), notice.EventUpcoming)
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		const recipient = `insert into notice_recipients (id, merchant_id, channel, address, name, added_by, added_at, code_until, confirmed_at) values ($1, $2, $3, $4, '', 'test', $5, $5, $6)`
		for _, statement := range []struct {
			query string
			args  []any
		}{
			{`insert into letters (id, merchant_id, kind, due_on, total_fen, created_at, state, channels, step) values ($1, $2, 'upcoming', '2020-01-01', 3600, $3, 'told', 'email', 1)`, []any{name("l"), m.id, now}},
			{`insert into notices (merchant_id, kind, terminal_id, plan_id, cycle, lead_days, round, ref, due_on, amount_fen, not_before, planned_at, letter_id)
				select $2, 'upcoming', min(id), 0, 0, 7, 1, 'test', '2020-01-01', 3600, $3, $3, $1 from terminals where merchant_id = $2`, []any{name("l"), m.id, now}},
			{recipient, []any{name("nr_mail"), m.id, "email", "mail@example.com", now, now}},
			{recipient, []any{name("nr_wait"), m.id, "email", "wait@example.com", now, db.Time{}}},
			{recipient, []any{name("nr_scan"), m.id, "wechat", "", now, db.Time{}}},
		} {
			if _, err := tx.Exec(ctx, statement.query, statement.args...); err != nil {
				return err
			}
		}
		token := sha256.Sum256(fmt.Appendf(nil, "SITE%d", m.id))
		if _, err := tx.Exec(ctx, `insert into entry_links (id, token_hash, user_id, merchant_id, to_path, made_by, made_at, expires_at)
			select $1, $2, min(user_id), merchant_id, '', 'test', $4, $5 from memberships where merchant_id = $3 and ended_at is null group by merchant_id`,
			name("el"), token[:], m.id, now, now.Add(time.Hour)); err != nil {
			return err
		}
		inbox := outbox.New{Kind: "upcoming", MerchantID: m.id, LetterID: name("l"), Locale: "zh-CN", Subject: "会扣 ¥36.00", Text: "2020年1月1日会扣 ¥36.00", CreatedAt: now}
		mail := inbox
		inbox.Channel, inbox.Code = outbox.Inbox, outbox.NewCode()
		mail.Channel, mail.Code, mail.To, mail.Unsubscribe = outbox.Email, fmt.Sprintf("SITE%d", m.id), "mail@example.com", unsubscribe
		if _, err := outbox.QueueAll(ctx, tx, idle{}, []outbox.New{inbox, mail}); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update messages set state = 'accepted', accepted_at = created_at, provider = 'test' where code = $1`, mail.Code)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	var line string
	err = s.db.QueryRow(ctx, `select id from bill_lines where merchant_id = $1 and kind = 'deduction' order by id limit 1`, m.id).Scan(&line)
	if db.NotFound(err) {
		return
	}
	if err == nil {
		_, err = notice.MakeDeductionReceipt(ctx, s.db, now, account.Who{UserID: "test", MerchantID: m.id}, line, "zh-CN", "扣费凭证\n"+line)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}
