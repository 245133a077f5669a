package complaint

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/webhook"
	"github.com/mingbai/mingbai/models/worktime"
)

// NewCase is what is to be filed.
type NewCase struct {
	Token   string // of the form: sent twice, it files once
	Kind    Kind
	Subject Subject
	Ref     string   // what Subject's is
	Item    fee.Item // of a terminal: which fee; empty: none in particular
	Reason  Reason   // of a complaint
	Words   string   // may be empty where the reason says it all
	Phone   string   // of a call that is wanted: E.164, personal data; empty: the number that they sign in with
	Files   []Upload
	// FromScratch is set where it was begun without a subject: the draft of that
	// is the one whose files come with it, and that is sent now.
	FromScratch bool
}

// draft is what it was begun as.
func (in *NewCase) draft() (Subject, string) {
	if in.FromScratch {
		return OfNothing, ""
	}
	return in.Subject, in.Ref
}

// Caller is who a case came in from where not by the portal.
type Caller struct {
	Channel   Channel
	Authority string    // which wants an answer; always of ByAuthority
	Number    string    // and its number of the case
	DueOn     date.Date // and by when it wants an answer
}

// File files a case for the merchant whose account is open, with what is known of
// its subject and the files of its draft, which is gone then. The same form sent twice files once, and a complaint about a line
// that one is open about already goes into that one: both return its number. It
// returns fault.Invalid for the fields "kind", "subject", "item", "reason",
// "words", "phone" and "files", fault.Forbidden, and fault.NotFound where the merchant has
// no such subject.
func (c *Cases) File(ctx context.Context, who account.Who, in NewCase) (filed Filed, err error) {
	var wrong fault.Fields
	in.check(&wrong, missingWords)
	if err := wrong.Err(); err != nil {
		return Filed{}, err
	}
	at := c.clock.Now()
	subject, ref := in.draft()
	var drafted []stored
	may := func() error {
		by, err := c.mayWrite(ctx, c.d, who)
		if err != nil {
			return err
		}
		drafted, err := draftFiles(ctx, c.d, who, subject, ref)
		if err != nil {
			return err
		}
		return c.mayFile(ctx, at, by, who.MerchantID, &in, len(drafted)+len(in.Files))
	}
	err = c.withFiles(ctx, at, in.Files, may, func(files []stored) (kept bool, err error) {
		err = c.d.Write(ctx, func(tx *db.Tx) error {
			kept = false
			by, err := c.mayWrite(ctx, tx, who)
			if err != nil {
				return err
			}
			if drafted, err = takeDraft(ctx, tx, who, subject, ref); err != nil {
				return err
			}
			filed, kept, err = c.fileIn(ctx, tx, at, by, who.MerchantID, Caller{Channel: ByPortal}, &in, slices.Concat(drafted, files))
			return err
		})
		if err == nil && !kept {
			err = c.unstore(ctx, drafted)
		}
		return kept, err
	})
	return filed, err
}

// FileForCaller files a case for a merchant, by the core system's number of it,
// that called, wrote, or complained to an authority; the merchant gets a
// confirmation. It returns the faults of File, Invalid also for the fields
// "merchant", "channel", "authority", "number" and "due_on".
func (c *Cases) FileForCaller(ctx context.Context, by staff.Actor, merchantRef string, from Caller, in NewCase) (filed Filed, err error) {
	if err := by.Must(staff.WorkCases); err != nil {
		return Filed{}, err
	}
	at := c.clock.Now()
	var wrong fault.Fields
	from.check(&wrong, date.Of(at))
	in.check(&wrong, "case.heard_missing")
	if err := wrong.Err(); err != nil {
		return Filed{}, err
	}
	may := func() error {
		merchantID, err := merchantOf(ctx, c.d, merchantRef)
		if err != nil {
			return err
		}
		return c.mayFile(ctx, at, ofStaff(by), merchantID, &in, len(in.Files))
	}
	err = c.withFiles(ctx, at, in.Files, may, func(files []stored) (kept bool, err error) {
		err = c.d.Write(ctx, func(tx *db.Tx) error {
			kept = false
			merchantID, err := merchantOf(ctx, tx, merchantRef)
			if err == nil {
				filed, kept, err = c.fileIn(ctx, tx, at, ofStaff(by), merchantID, from, &in, files)
			}
			return err
		})
		return kept, err
	})
	return filed, err
}

// check notes what is wrong with a case to be filed, and where it takes words in
// which words it says that there are none; empty: that is checked elsewhere.
func (in *NewCase) check(wrong *fault.Fields, missing string) {
	in.Words = strings.TrimSpace(in.Words)
	if !in.Kind.Known() {
		wrong.Add("kind", "case.kind_missing")
	}
	if in.Subject == "" {
		in.Subject = OfNothing
	}
	if !slices.Contains([]Subject{OfDeduction, OfNotice, OfTerminal, OfNothing}, in.Subject) || (in.Subject == OfNothing) != (in.Ref == "") {
		wrong.Add("subject", "case.subject_missing")
	}
	if in.Item != "" && !in.Item.Known() {
		wrong.Add("item", "case.item_unknown")
	}
	if in.Kind != Complaint {
		in.Reason = Other
	} else if !slices.Contains(Reasons, in.Reason) {
		wrong.Add("reason", "case.reason_missing")
	}
	if missing != "" && (in.Words != "" || in.Reason == Other && in.Kind != Callback && in.Kind != Invoice) {
		checkText(wrong, &in.Words, "words", missing, MaxWords)
	}
	if in.Phone != "" {
		number, ok := account.ParseLine(in.Phone)
		if !ok || in.Kind != Callback {
			wrong.Add("phone", "case.phone_wrong")
		}
		in.Phone = number
	}
}

func (f *Caller) check(wrong *fault.Fields, today date.Date) {
	f.Authority, f.Number = strings.TrimSpace(f.Authority), strings.TrimSpace(f.Number)
	switch {
	case f.Channel != ByPhone && f.Channel != ByLetter && f.Channel != ByAuthority:
		wrong.Add("channel", "case.channel_missing")
	case f.Channel == ByAuthority, f.Authority != "", f.Number != "", !f.DueOn.IsZero(): // who calls may have been sent by one
		if n := utf8.RuneCountInString(f.Authority); n == 0 || n > 100 {
			wrong.Add("authority", "case.authority_missing")
		}
		if n := utf8.RuneCountInString(f.Number); n == 0 || n > 100 {
			wrong.Add("number", "case.authority_number_missing")
		}
		if f.DueOn < today.AddMonths(-12) || f.DueOn > today.AddMonths(12) {
			wrong.Add("due_on", "case.authority_due_missing")
		}
	}
}

func wrongField(name, key string, args ...any) error {
	var fields fault.Fields
	fields.Add(name, key, args...)
	return fields.Err()
}

func ofStaff(a staff.Actor) person {
	return person{actor: a.Audit(), name: a.Name, address: a.Address, requestID: a.RequestID}
}

// mayWrite returns who somebody of a merchant's is, if they may file and write.
func (c *Cases) mayWrite(ctx context.Context, r db.Reader, who account.Who) (person, error) {
	p := person{actor: audit.Actor{Kind: audit.User, ID: who.UserID}, address: who.Address, requestID: who.RequestID}
	if err := account.May(ctx, r, who, account.ManageComplaints); err != nil {
		return p, err
	}
	return p, r.QueryRow(ctx, `
		select `+account.Called("x", "u")+` from users u left join memberships x on x.user_id = u.id and x.merchant_id = $2
		where u.id = $1`, who.UserID, who.MerchantID).Scan(&p.name)
}

// merchantOf returns the id of the merchant that is named, or fault.Invalid for
// the field "merchant".
func merchantOf(ctx context.Context, r db.Reader, ref string) (merchantID int64, err error) {
	err = r.QueryRow(ctx, `select id from merchants where ref = $1`, strings.TrimSpace(ref)).Scan(&merchantID)
	if db.NotFound(err) {
		err = wrongField("merchant", "case.merchant_unknown")
	}
	return merchantID, err
}

// mayFile says before files are taken in whether a case can be filed with so
// many: whether the merchant has its subject, and whether there is room where it
// would go into one that is open already. A form that has filed is let through,
// to be known for what it is.
func (c *Cases) mayFile(ctx context.Context, at time.Time, by person, merchantID int64, in *NewCase, files int) error {
	about, err := resolve(ctx, c.d, c.plans(), merchantID, in.Subject, in.Ref, in.Item)
	if err != nil || in.Kind != Complaint || about.Subject != OfDeduction {
		return err
	}
	var sent bool
	if err := c.d.QueryRow(ctx, `select count(*) > 0 from case_forms where token = $1`, in.Token).Scan(&sent); err != nil || sent {
		return err
	}
	number, err := openAbout(ctx, c.d, merchantID, about.Ref)
	if err != nil || number == "" {
		return err
	}
	h, err := readOpen(ctx, c.d, merchantID, number)
	if fault.Is(err, fault.Conflict) {
		return nil // it was merged since
	}
	if err != nil {
		return err
	}
	return h.mayTake(ctx, c.d, at, by, in.Words, files)
}

// fileIn files a case in a transaction. It reports whether the files were kept.
func (c *Cases) fileIn(ctx context.Context, tx *db.Tx, at time.Time, by person, merchantID int64, from Caller, in *NewCase, files []stored) (f Filed, kept bool, err error) {
	if err := tx.Lock(ctx, lockOfMerchant(merchantID)); err != nil {
		return f, false, err
	}
	if in.Token != "" {
		var owner int64
		err := tx.QueryRow(ctx, `select c.number, c.merchant_id from case_forms f join cases c on c.id = f.case_id where f.token = $1`, in.Token).Scan(&f.Number, &owner)
		if err == nil && owner != merchantID {
			return f, false, errNotFound
		}
		if err == nil {
			return Filed{f.Number, true}, false, nil
		}
		if !db.NotFound(err) {
			return f, false, err
		}
	}
	about, err := resolve(ctx, tx, c.plans(), merchantID, in.Subject, in.Ref, in.Item)
	if err != nil {
		return f, false, err
	}
	if in.Kind == Complaint && about.Subject == OfDeduction {
		h, err := lockAbout(ctx, tx, merchantID, about.Ref)
		if err != nil {
			return f, false, err
		}
		if h != nil {
			kept, err = c.complainAgain(ctx, tx, at, h, by, from, in, files)
			return Filed{h.number, true}, kept, err
		}
	}
	h := &head{
		id: id.New("c", at), merchantID: merchantID, kind: in.Kind, about: about, reason: in.Reason, filedAt: at, callPhone: in.Phone,
	}
	if err := c.open(ctx, tx, at, h, by, from, in.Token); err != nil {
		return f, false, err
	}
	if in.Words != "" {
		if err := h.post(ctx, tx, at, by, message, in.Words); err != nil {
			return f, false, err
		}
	}
	if err := h.addFiles(ctx, tx, at, by, files); err != nil {
		return f, false, err
	}
	return Filed{h.number, false}, true, c.finish(ctx, tx, at, h, by, "filed")
}

// lockOfMerchant names what who files a case of a merchant's holds.
func lockOfMerchant(merchantID int64) string { return fmt.Sprintf("cases of %d", merchantID) }

// openAboutLine finds the number of the complaint about the line $2 of the
// merchant $1 that is under way.
const openAboutLine = `
	select coalesce(m.number, c.number) from cases c left join cases m on m.id = c.merged_into
	where c.merchant_id = $1 and c.subject_ref = $2 and c.subject_ref <> '' and c.subject = 'deduction' and c.kind = 'complaint'
		and (c.under_way or m.under_way)
	order by c.filed_at, c.id limit 1`

// complaintAboutLine finds a complaint about the line l of the bill, however old.
const complaintAboutLine = `select 1 from cases c where c.merchant_id = l.merchant_id and c.subject_ref = l.id and c.subject_ref <> '' and c.subject = 'deduction' and c.kind = 'complaint'`

// openAbout returns the number of the complaint about a line that is under way,
// or nothing.
func openAbout(ctx context.Context, r db.Reader, merchantID int64, lineID string) (number string, err error) {
	err = r.QueryRow(ctx, openAboutLine, merchantID, lineID).Scan(&number)
	if db.NotFound(err) {
		err = nil
	}
	return number, err
}

// lockAbout reads the complaint about a line that is under way for a change, or
// returns nil.
func lockAbout(ctx context.Context, tx *db.Tx, merchantID int64, lineID string) (*head, error) {
	open, err := openAbout(ctx, tx, merchantID, lineID)
	if err != nil || open == "" {
		return nil, err
	}
	h, err := lock(ctx, tx, merchantID, open)
	if err == nil && h.now.State.UnderWay() {
		return h, nil
	}
	if err != nil && !fault.Is(err, fault.Conflict) {
		return nil, err
	}
	// It ended while it was waited for, or was merged into another.
	if open, err = openAbout(ctx, tx, merchantID, lineID); err != nil || open == "" {
		return nil, err
	}
	return lock(ctx, tx, merchantID, open)
}

// complainAgain adds what is said of a line to the complaint about it, and which
// authority passed it on. It reports whether the files were kept.
func (c *Cases) complainAgain(ctx context.Context, tx *db.Tx, at time.Time, h *head, by person, from Caller, in *NewCase, files []stored) (kept bool, err error) {
	if err := h.sentBy(ctx, tx, in.Token); err != nil {
		return false, err
	}
	if h.answerTo(from) {
		if err := h.keep(ctx, tx, at); err != nil {
			return false, err
		}
	}
	if in.Words == "" && len(files) == 0 {
		return false, nil
	}
	return c.say(ctx, tx, at, h, by, in.Words, files)
}

// answerTo notes the authority that wants an answer; of two, the one that wants it
// first. It reports whether that changed anything.
func (h *head) answerTo(from Caller) bool {
	if from.Authority == "" || h.authority.Authority != "" && h.authority.DueOn <= from.DueOn {
		return false
	}
	h.authority = from
	return true
}

// sentBy notes the form that filed a case or added to it.
func (h *head) sentBy(ctx context.Context, tx *db.Tx, token string) error {
	if token == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into case_forms (token, case_id) values ($1, $2)`, token, h.id)
	return err
}

// open writes a new case with a number of its day, by the calendar and policy in
// force.
func (c *Cases) open(ctx context.Context, tx *db.Tx, at time.Time, h *head, by person, from Caller, token string) error {
	if err := h.pin(ctx, tx); err != nil {
		return err
	}
	h.answerTo(from)
	if err := h.insert(ctx, tx, at, by, from); err != nil {
		return err
	}
	if err := h.sentBy(ctx, tx, token); err != nil {
		return err
	}
	if err := h.add(ctx, tx, at, by, worktime.Event{Kind: worktime.Filed}, ""); err != nil {
		return err
	}
	return h.publish(ctx, tx, at, webhook.ComplaintOpened, toldCase{})
}

// pin binds a case to the calendar and the policy that are in force.
func (h *head) pin(ctx context.Context, tx *db.Tx) error {
	calendar, err := latestCalendar(ctx, tx)
	if err != nil {
		return err
	}
	policy, err := latestPolicy(ctx, tx)
	if err != nil {
		return err
	}
	h.calendarNo, h.policyNo, h.secondAbove = calendar.Version, policy.Version, policy.SecondAbove
	h.log = worktime.Case{Calendar: calendar.Calendar, Policy: policy.Policy, Complaint: h.kind == Complaint}
	return nil
}

func (h *head) insert(ctx context.Context, tx *db.Tx, at time.Time, by person, from Caller) error {
	today := date.Of(at)
	var n int
	err := tx.QueryRow(ctx, `insert into case_days (on_date, cases) values ($1, 1) on conflict (on_date) do update set cases = case_days.cases + 1 returning cases`, today).Scan(&n)
	if err != nil {
		return err
	}
	year, month, day := today.Civil()
	h.number = fmt.Sprintf("C%04d-%02d%02d-%02d", year, month, day, n)
	_, err = tx.Exec(ctx, `
		insert into cases (id, number, merchant_id, kind, subject, subject_ref, terminal_id, plan_id, item, cycle, reason,
			channel, authority, authority_number, authority_due_on, filed_at, filed_kind, filed_by, filed_name, calendar, policy,
			state, under_way, next_due_at, queue_at, call_phone)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, 'received', true, $22, $22, $23)`,
		h.id, h.number, h.merchantID, string(h.kind), string(h.about.Subject), h.about.Ref, orNull(h.about.TerminalID), orNull(h.about.PlanID), string(h.about.Item),
		orNull(h.about.Cycle), string(h.reason), string(from.Channel), from.Authority, from.Number, from.DueOn, h.filedAt,
		string(by.actor.Kind), by.actor.ID, by.name, h.calendarNo, h.policyNo, never, h.callPhone)
	return err
}

// finish attaches the evidence to a new case, opens its dispute unless its cycle
// was decided before, and tells of it.
func (c *Cases) finish(ctx context.Context, tx *db.Tx, at time.Time, h *head, by person, step string) error {
	if err := c.attach(ctx, tx, h, at); err != nil {
		return err
	}
	decided, err := h.decidedBefore(ctx, tx)
	if err != nil {
		return err
	}
	if decided != "" {
		if err := h.link(ctx, tx, at, by, decided, "again"); err != nil {
			return err
		}
	} else if err := h.dispute(ctx, tx, at); err != nil {
		return err
	}
	if err := h.keep(ctx, tx, at); err != nil {
		return err
	}
	if err := h.tell(ctx, tx, at, step, ""); err != nil {
		return err
	}
	return h.record(ctx, tx, at, by, "file", map[string]any{"kind": string(h.kind), "subject": string(h.about.Subject), "ref": h.about.Ref, "reason": string(h.reason)})
}

// decidedBefore returns the id of the latest complaint about the same cycle that
// was decided, or nothing.
func (h *head) decidedBefore(ctx context.Context, tx *db.Tx) (caseID string, err error) {
	if h.kind != Complaint || h.about.TerminalID == 0 || h.about.Cycle == 0 {
		return "", nil
	}
	err = tx.QueryRow(ctx, `
		select c.id from cases c
		where c.merchant_id = $1 and c.terminal_id = $2 and c.item = $3 and c.cycle = $4 and c.kind = 'complaint' and c.id <> $5
			and exists (select 1 from case_decisions d where d.case_id = coalesce(c.merged_into, c.id))
		order by c.filed_at desc, c.id desc limit 1`, h.merchantID, h.about.TerminalID, string(h.about.Item), h.about.Cycle, h.id).Scan(&caseID)
	if db.NotFound(err) {
		err = nil
	}
	return caseID, err
}

// link ties a case to an earlier one.
func (h *head) link(ctx context.Context, tx *db.Tx, at time.Time, by person, otherID, kind string) error {
	_, err := tx.Exec(ctx, `insert into case_links (case_id, other_id, kind, at) values ($1, $2, $3, $4) on conflict do nothing`, h.id, otherID, kind, at)
	if err != nil {
		return err
	}
	return h.add(ctx, tx, at, by, worktime.Event{Kind: worktime.CaseLinked}, kind)
}

// openAtOnce is how many cases the rules open in one transaction.
const openAtOnce = 20

// OpenDenied opens a case for every deduction since a moment that was taken
// although the rules say that it must not be, and tells its merchant. It returns
// how many it opened, and may run at any time: a line that a complaint is about,
// or was, gets none.
func (c *Cases) OpenDenied(ctx context.Context, since time.Time) (n int, err error) {
	for {
		opened := 0
		err := c.d.Write(ctx, func(tx *db.Tx) (err error) {
			opened, err = c.openDeniedIn(ctx, tx, since)
			return err
		})
		n += opened
		if err != nil || opened < openAtOnce {
			return n, err
		}
	}
}

func (c *Cases) openDeniedIn(ctx context.Context, tx *db.Tx, since time.Time) (int, error) {
	if err := tx.Lock(ctx, "cases for denied lines"); err != nil {
		return 0, err
	}
	type denied struct {
		merchantID int64
		lineID     string
	}
	var all []denied
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var one denied
			err := rows.Scan(&one.merchantID, &one.lineID)
			all = append(all, one)
			return err
		})
	}, `
		select l.merchant_id, l.id from bill_lines l
		where l.decision <> 'allow' and l.decision = 'deny' and l.kind = 'deduction' and l.state = 'posted' and l.at >= $1
			and not exists (`+complaintAboutLine+`)
		order by l.merchant_id, l.at, l.id limit $2`, since, openAtOnce)
	if err != nil {
		return 0, err
	}
	at := c.clock.Now()
	for _, one := range all { // before the first takes a number, for which who files waits
		if err := tx.Lock(ctx, lockOfMerchant(one.merchantID)); err != nil {
			return 0, err
		}
	}
	for _, one := range all {
		if err := c.openForDenied(ctx, tx, at, one.merchantID, one.lineID); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

func (c *Cases) openForDenied(ctx context.Context, tx *db.Tx, at time.Time, merchantID int64, lineID string) error {
	about, err := resolve(ctx, tx, c.plans(), merchantID, OfDeduction, lineID, "")
	if err != nil {
		return err
	}
	var known bool // filed, or put right, while the lock was waited for
	err = tx.QueryRow(ctx, `select exists (`+complaintAboutLine+`) from bill_lines l where l.merchant_id = $1 and l.id = $2`, merchantID, lineID).Scan(&known)
	if err != nil || known {
		return err
	}
	h := &head{id: id.New("c", at), merchantID: merchantID, kind: Complaint, about: about, reason: BrokenRule, filedAt: at}
	if err := c.open(ctx, tx, at, h, itself, Caller{Channel: ByItself}, ""); err != nil {
		return err
	}
	return c.finish(ctx, tx, at, h, itself, "opened")
}
