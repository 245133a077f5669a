package ingest

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Notice is a row of notices.csv.
type Notice = deduction.NoticeRow

// Notices reads notices.csv.
var Notices = Format[Notice]{
	kind: KindNotices,
	columns: []column[Notice]{
		required("sn", code, func(n *Notice) *string { return &n.SN }),
		required("item", choice(fee.Items...), func(n *Notice) *fee.Item { return &n.Item }),
		optional("plan", code, func(n *Notice) *string { return &n.Plan }),
		required("period_from", day, func(n *Notice) *date.Date { return &n.PeriodFrom }),
		required("amount", noticeYuan, func(n *Notice) *money.Fen { return &n.Amount }),
		required("channel", channel, func(n *Notice) *string { return &n.Channel }),
		required("delivered_at", instant, func(n *Notice) *time.Time { return &n.DeliveredAt }),
	},
}
