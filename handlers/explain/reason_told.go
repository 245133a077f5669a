package explain

import (
	"time"

	"github.com/mingbai/mingbai/models/fee"
)

func (w *writer) noticeMissing(s fee.Status) string {
	switch s {
	case fee.Failed:
		return w.noticeNot()
	case fee.Unchecked:
		if other := w.e.Facts.NoticeOther; other != nil {
			return w.p.T("explain.notice_missing.other", "at", w.moment(other.DeliveredAt), "told", other.Amount)
		}
		return w.p.T("explain.notice_missing.unchecked")
	}
	n := w.e.Facts.Notice
	at, channel := n.DeliveredAt, nameOf(w.p, channelsInText, n.Channel, "fees.channel_in_text.other")
	if !w.ctx.NoticeAt.IsZero() {
		at = w.ctx.NoticeAt
	}
	if w.ctx.NoticeTo == "" {
		return w.p.T("explain.notice_missing.passed", "at", w.moment(at), "channel", channel)
	}
	return w.p.T("explain.notice_missing.passed_to", "at", w.moment(at), "channel", channel, "to", w.ctx.NoticeTo)
}

// noticeNot says what was wrong with the notice that comes closest, if there is
// one.
func (w *writer) noticeNot() string {
	n, policy := w.e.Facts.NoticeOther, &w.c.Policy
	if n == nil {
		return w.p.T("explain.notice_missing.none", "amount", w.e.Amount)
	}
	at := w.moment(n.DeliveredAt)
	ahead := w.c.Request.At.Sub(n.DeliveredAt)
	switch {
	case n.Amount < w.e.Amount:
		return w.p.T("explain.notice_missing.less", "at", at, "told", n.Amount, "amount", w.e.Amount)
	case ahead < time.Duration(policy.NoticeHours)*time.Hour:
		return w.p.N("explain.notice_missing.late", policy.NoticeHours, "at", at)
	}
	return w.p.N("explain.notice_missing.early", policy.NoticeMaxDays, "at", at)
}
