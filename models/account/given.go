package account

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// GivenNumbers bounds the text messages to numbers that somebody gives and whose
// holder asked for none: of who wants another number to sign in with, of a
// colleague or of a recipient. Each costs the acquirer, in some countries a lot,
// and some of that goes to whoever has them sent. Numbers that sign in already are
// not bound by it. The zero value takes mainland China's numbers.
type GivenNumbers struct {
	Regions []string // ISO 3166 codes of the regions whose numbers are taken; none: CN
	AnHour  int      // messages by all strangers together, and by all merchants; 0: 300
}

const defaultGivenAnHour = 300

// Giver is who gives a number. Strangers must not use up what merchants have.
type Giver string

// The givers.
const (
	ByStrangers Giver = "strangers"
	ByMerchants Giver = "merchants"
)

// KnownRegion reports whether there are phone numbers of a region.
func KnownRegion(code string) bool { return phonenumbers.GetSupportedRegions()[code] }

func (g GivenNumbers) regions() []string {
	if len(g.Regions) == 0 {
		return []string{homeRegion}
	}
	return g.Regions
}

// Check adds a fault of a form's field where a number in E.164 is of another
// region.
func (g GivenNumbers) Check(fields *fault.Fields, field, phone string) {
	n, err := phonenumbers.Parse(phone, homeRegion)
	if err == nil && slices.Contains(g.regions(), phonenumbers.GetRegionCodeForNumber(n)) {
		return
	}
	var codes []string
	for _, region := range g.regions() {
		code := "+" + strconv.Itoa(phonenumbers.GetCountryCodeForRegion(region))
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	fields.Add(field, "login.phone.region", "codes", strings.Join(codes, " / "))
}

// Count counts a message to a number that was given, or returns fault.TooMany with
// "wait" where as many went out in the last hour as may. With the last of them an
// alarm is raised, so that somebody looks who has them sent.
func (g GivenNumbers) Count(ctx context.Context, tx *db.Tx, by Giver, now time.Time) error {
	most := g.AnHour
	if most == 0 {
		most = defaultGivenAnHour
	}
	key := "texts to numbers given by " + string(by)
	if err := attempt.Within(ctx, tx, key, most, hour, now, "login.phone.stopped"); err != nil {
		return err
	}
	before, err := attempt.Latest(ctx, tx, key, now.Add(-hour), most)
	if err != nil {
		return err
	}
	if err := attempt.Note(ctx, tx, key, now); err != nil || len(before) < most-1 {
		return err
	}
	today := date.Of(now)
	return alarm.Raise(ctx, tx, alarm.Alarm{
		Kind: alarm.TextsStopped, Subject: string(by) + " " + now.Format(time.RFC3339), Ref: today.String(), At: now,
		Facts: alarm.Facts{On: today, Count: int64(most), Unknown: by == ByStrangers},
	})
}

// countOrSkip is Count where it is no fault that the message does not go out: skip
// says that it must not.
func (g GivenNumbers) countOrSkip(ctx context.Context, tx *db.Tx, by Giver, now time.Time) (skip bool, err error) {
	err = g.Count(ctx, tx, by, now)
	if fault.Is(err, fault.TooMany) {
		return true, nil
	}
	return false, err
}
