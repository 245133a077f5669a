package stop

import (
	"context"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/webhook"
)

// EndIn ends the fees of enrolments from a day on, which staff decided under a
// number, and tells other systems of each. A fee that ends by then stays as it
// is. What was taken is not touched.
func EndIn(ctx context.Context, tx *db.Tx, at time.Time, number string, which enrolment.Which, on date.Date) error {
	var events []webhook.Event
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			e := webhook.Event{Kind: webhook.EnrolmentCancelRequested, At: at, Data: struct {
				Number string    `json:"number"`
				Kind   Kind      `json:"kind"`
				On     date.Date `json:"on"`
			}{number, OfFee, on}}
			var until date.Date
			var enrolmentID int64
			err := rows.Scan(&enrolmentID, &e.MerchantID, &e.TerminalID, &e.PlanID, &until)
			e.Subject = number + "/" + strconv.FormatInt(enrolmentID, 10) // none waits for another
			if until.IsZero() || until > on {
				events = append(events, e)
			}
			return err
		})
	}, `select id, merchant_id, terminal_id, plan_id, cancelled_on from enrolments where id in (`+which.Query+`) order by id`, which.Args...)
	if err != nil || len(events) == 0 {
		return err
	}
	if err := intake.Begin(ctx, tx); err != nil {
		return err
	}
	if _, err := enrolment.CancelIn(ctx, tx, which, on); err != nil {
		return err
	}
	if err := deduction.PendTouched(ctx, tx); err != nil {
		return err
	}
	return webhook.Publish(ctx, tx, events...)
}
