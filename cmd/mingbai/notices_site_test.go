package main

import (
	"context"

	"github.com/mingbai/mingbai/models/db"
)

// leaveUnreached writes a letter that reached nobody, of a merchant whom all may
// see who see anyone: its text message was refused.
func (s *site) leaveUnreached() {
	s.t.Helper()
	err := s.db.Write(s.t.Context(), func(tx *db.Tx) error {
		now := s.at.Now()
		for _, statement := range []string{
			`insert into letters (id, merchant_id, kind, due_on, total_fen, created_at, state, channels, step)
				select 'l_unreached', id, 'upcoming', '2026-12-03', 3600, $1, 'unreached', 'sms', 1 from merchants where ref = '` + mine + `'`,
			`insert into messages (id, kind, channel, merchant_id, letter_id, recipient, locale, body, content_hash, code, created_at, not_after, state, attempts, next_at, reason, last_error, failed_at)
				select 'm_unreached', 'upcoming', 'sms', merchant_id, id, '+8613800006621', 'zh-CN', '12月3日会扣 36.00 元', 'ab', 'UNREACHED2', $1, $1, 'failed', 1, $1, 'recipient', 'sms: refused', $1
				from letters where id = 'l_unreached'`,
		} {
			if _, err := tx.Exec(context.WithoutCancel(s.t.Context()), statement, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}
