package ingest

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// taker is how the files of a kind are taken in.
type taker struct {
	stage func(ctx context.Context, i *importing, s *staged) error
	take  func(ctx context.Context, i *importing, s *staged) (intake.Taken, intake.Problems, error)
	// months counts a file's rows by month; nil where months don't matter.
	months func(src Source) (map[date.Date]int64, error)
	// refersToItself says that a row may rest on another of the same file, so
	// that without a wrong row others would seem wrong too.
	refersToItself bool
}

// takers are how the files of each kind are taken in.
var takers = map[Kind]taker{
	KindPlans:       {stage: stagePlans, take: takePlans, refersToItself: true},
	KindMerchants:   rowsOf(&Merchants, untimed(merchant.StageMerchants), merchant.TakeMerchants),
	KindTerminals:   referring(rowsOf(&Terminals, untimed(merchant.StageTerminals), merchant.TakeTerminals)),
	KindEnrolments:  rowsOf(&Enrolments, untimed(enrolment.Stage), enrolment.Take),
	KindSettlements: monthly(rowsOf(&Settlements, deduction.StageSettlements, deduction.TakeSettlements), &Settlements, func(s *Settlement) date.Date { return s.On }),
	KindDeductions:  monthly(rowsOf(&Deductions, deduction.StageDeductions, deduction.TakeDeductions), &Deductions, func(d *Deduction) date.Date { return date.Of(d.At) }),
	KindNotices:     rowsOf(&Notices, untimed(deduction.StageNotices), deduction.TakeNotices),
	KindUsage:       monthly(rowsOf(&UsageDays, untimed(merchant.StageUsage), merchant.TakeUsage), &UsageDays, func(u *Usage) date.Date { return u.On }),
}

// stager is the first step of the verb that takes rows in.
type stager[T any] func(ctx context.Context, tx *db.Tx, rows intake.Rows[T], now time.Time) (*intake.Stage, error)

// untimed is a stager that does not ask for the time.
func untimed[T any](stage func(ctx context.Context, tx *db.Tx, rows intake.Rows[T]) (*intake.Stage, error)) stager[T] {
	return func(ctx context.Context, tx *db.Tx, rows intake.Rows[T], _ time.Time) (*intake.Stage, error) {
		return stage(ctx, tx, rows)
	}
}

// rowsOf takes in a file of rows. Those that are wrong stay out of the stage.
func rowsOf[T any](f *Format[T], stage stager[T], take func(context.Context, *db.Tx, *intake.Stage, time.Time) (intake.Taken, intake.Problems, error)) taker {
	return taker{
		stage: func(ctx context.Context, i *importing, s *staged) error {
			rows := func(each func(int, *T) error) (err error) {
				s.stats, err = f.read(s.source, i.options, i.found, func(line int, row *T, sound bool) error {
					if !sound {
						return nil
					}
					return each(line, row)
				})
				return err
			}
			var err error
			s.intake, err = stage(ctx, i.tx, rows, i.now)
			return err
		},
		take: func(ctx context.Context, i *importing, s *staged) (intake.Taken, intake.Problems, error) {
			return take(ctx, i.tx, s.intake, i.now)
		},
	}
}

func referring(t taker) taker {
	t.refersToItself = true
	return t
}

// monthly is a taker whose rows go to a table with a partition for each month.
func monthly[T any](t taker, f *Format[T], day func(*T) date.Date) taker {
	t.months = func(src Source) (map[date.Date]int64, error) {
		months := map[date.Date]int64{}
		_, err := f.read(src, Options{}, newFaults(Options{}), func(_ int, row *T, sound bool) error {
			if sound {
				months[day(row).MonthStart()]++
			}
			return nil
		})
		return months, err
	}
	return t
}

func stagePlans(_ context.Context, i *importing, s *staged) (err error) {
	s.intake = &intake.Stage{}
	s.disclosures, err = readPlans(s.source, i.options, i.found)
	return err
}

func takePlans(ctx context.Context, i *importing, s *staged) (intake.Taken, intake.Problems, error) {
	return disclosure.TakeOver(ctx, i.tx, s.disclosures, i.now)
}
