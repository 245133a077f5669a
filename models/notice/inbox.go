package notice

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/outbox"
)

// InboxPage is a part of what was ever sent to a merchant, the newest first.
type InboxPage struct {
	Sent         []Sent
	Newer, Older bool // there is more that way
	Unread       int  // of all that lies in the portal
	Any          bool // there is something, whatever the filter
}

// Sent is a letter with its copies, or a message that belongs to none.
type Sent struct {
	ID        string // of the letter; else of the message
	Kind      Kind
	DueOn     date.Date // the day of a charge to come; zero otherwise
	Total     money.Fen // of all its lines
	CreatedAt time.Time // UTC
	Copies    []Copy    // the one in the portal first, then as they went out
}

// Inbox returns the copy that lies in the portal, or nil.
func (s *Sent) Inbox() *Copy {
	for i := range s.Copies {
		if s.Copies[i].Channel == Inbox {
			return &s.Copies[i]
		}
	}
	return nil
}

// IsUnread reports whether it lies in the portal and nobody has opened it.
func (s *Sent) IsUnread() bool {
	c := s.Inbox()
	return c != nil && c.ReadAt.IsZero()
}

// Copy is a message as it was sent over one channel, and what became of it. An
// instant that is zero did not come, or nobody reported it.
type Copy struct {
	ID             string
	Channel        Channel
	To             string // number (E.164), address or openid; empty in the portal
	Locale         string // BCP 47 tag
	Subject        string
	Body           string // plain text; in a list it is left out
	Template       string
	Hash           string
	Code           string // by which anyone may check it
	State          outbox.State
	CreatedAt      time.Time // UTC, as all of them
	AcceptedAt     time.Time
	DeliveredAt    time.Time
	ReadAt         time.Time
	AcknowledgedAt time.Time
	FailedAt       time.Time
}

// InboxPlace is where a part of the list lies: beside what was sent at a moment.
// Its zero value is the newest part.
type InboxPlace struct {
	at    time.Time
	id    string
	newer bool
}

// OlderThan is the place after what was sent.
func OlderThan(s *Sent) InboxPlace { return InboxPlace{at: s.CreatedAt, id: s.ID} }

// NewerThan is the place before what was sent.
func NewerThan(s *Sent) InboxPlace { return InboxPlace{at: s.CreatedAt, id: s.ID, newer: true} }

// Mark writes the place down, for an address.
func (p InboxPlace) Mark() string { return strconv.FormatInt(p.at.UnixMicro(), 10) + "." + p.id }

// ParseOlder reads the mark of a place after what was sent.
func ParseOlder(mark string) (InboxPlace, bool) { return parsePlace(mark, false) }

// ParseNewer reads the mark of a place before what was sent.
func ParseNewer(mark string) (InboxPlace, bool) { return parsePlace(mark, true) }

func parsePlace(mark string, newer bool) (InboxPlace, bool) {
	micros, id, ok := strings.Cut(mark, ".")
	n, err := strconv.ParseInt(micros, 10, 64)
	if !ok || err != nil || n <= 0 || n > 1<<52 || id == "" || len(id) > 40 {
		return InboxPlace{}, false
	}
	return InboxPlace{at: time.UnixMicro(n).UTC(), id: id, newer: newer}, true
}

// InboxPageSize is how many letters a part of the list holds.
const InboxPageSize = 20

// ReadInboxPage reads a part of what was ever sent to a merchant, of one event or
// all where it is empty, in one round trip.
func ReadInboxPage(ctx context.Context, r db.Reader, merchantID int64, event Event, at InboxPlace) (*InboxPage, error) {
	page := &InboxPage{}
	b := db.NewBatch()
	query, args := inboxList(merchantID, event, at)
	b.Add(query, args, func(rows db.Rows) (err error) {
		page.Sent, err = scanSent(rows)
		return err
	})
	b.Add(`select count(*) from messages where merchant_id = $1 and channel = 'inbox' and read_at is null`, []any{merchantID}, func(rows db.Rows) error {
		return db.First(rows, &page.Unread)
	})
	b.Add(`select case when exists (select 1 from letters where merchant_id = $1)
			or exists (select 1 from messages where merchant_id = $1 and letter_id is null and content_hash <> '') then 1 else 0 end`, []any{merchantID},
		func(rows db.Rows) error {
			var there int
			err := db.First(rows, &there)
			page.Any = there == 1
			return err
		})
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	more := len(page.Sent) > InboxPageSize
	switch {
	case at.newer:
		if more {
			page.Sent = page.Sent[1:]
		}
		page.Newer, page.Older = more, true
	default:
		page.Sent = page.Sent[:min(len(page.Sent), InboxPageSize)]
		page.Newer, page.Older = !at.at.IsZero(), more
	}
	return page, nil
}

// kindsOf are the kinds of notice that follow a choice.
func kindsOf(event Event) (kinds []string) {
	for _, k := range Kinds {
		if k.Event() == event {
			kinds = append(kinds, string(k))
		}
	}
	return kinds
}

// inboxList selects a part of the list and one more, each letter's copies in rows
// of their own.
func inboxList(merchantID int64, event Event, at InboxPlace) (string, []any) {
	args := []any{merchantID, InboxPageSize + 1}
	place, order := "", "desc"
	if !at.at.IsZero() {
		args = append(args, at.at, at.id)
		place = " and (created_at, id) < ($3, $4)"
		if at.newer {
			place, order = " and (created_at, id) > ($3, $4)", "asc"
		}
	}
	if event != "" {
		var places []string
		for _, kind := range kindsOf(event) {
			args = append(args, kind)
			places = append(places, "$"+strconv.Itoa(len(args)))
		}
		place += " and kind in (" + strings.Join(places, ", ") + ")"
	}
	part := " order by created_at " + order + ", id " + order + " limit $2"
	return `
		with letter_part as (
			select id, kind, created_at, due_on, total_fen from letters where merchant_id = $1` + place + part + `),
		alone_part as (
			select id, kind, created_at, cast(null as date) as due_on, cast(null as bigint) as total_fen from messages
			where merchant_id = $1 and letter_id is null and content_hash <> ''` + place + part + `),
		p as (select * from letter_part union all select * from alone_part` + part + `)
		select p.id, p.kind, p.created_at, p.due_on, p.total_fen, ` + copyColumns + `, '' from p join messages m on m.letter_id = p.id
		union all
		select p.id, p.kind, p.created_at, p.due_on, p.total_fen, ` + copyColumns + `, '' from p join messages m on m.id = p.id
		order by 3 desc, 1 desc, 6, 7, 8`, args
}

// copyColumns are what scanSent reads of a copy m, but for its text. The first
// puts the copy in the portal before the others.
const copyColumns = `case when m.channel = 'inbox' then 0 else 1 end, m.created_at, m.id, m.channel, m.recipient, m.locale, m.subject, m.template,
	m.content_hash, m.code, m.state, m.accepted_at, m.delivered_at, m.read_at, m.acknowledged_at, m.failed_at`

// scanSent reads letters with their copies, a row for each copy.
func scanSent(rows db.Rows) (all []Sent, err error) {
	err = db.Each(rows, func() error {
		var s Sent
		var c Copy
		var place int
		var code db.Text
		var total *int64
		var accepted, delivered, read, acknowledged, failed db.Time
		err := rows.Scan(&s.ID, &s.Kind, &s.CreatedAt, &s.DueOn, &total, &place, &c.CreatedAt, &c.ID, &c.Channel, &c.To, &c.Locale, &c.Subject, &c.Template,
			&c.Hash, &code, &c.State, &accepted, &delivered, &read, &acknowledged, &failed, &c.Body)
		c.Code, c.AcceptedAt, c.DeliveredAt = string(code), accepted.Time, delivered.Time
		c.ReadAt, c.AcknowledgedAt, c.FailedAt = read.Time, acknowledged.Time, failed.Time
		if total != nil {
			s.Total = money.Fen(*total)
		}
		if len(all) == 0 || all[len(all)-1].ID != s.ID {
			all = append(all, s)
		}
		last := &all[len(all)-1]
		last.Copies = append(last.Copies, c)
		return err
	})
	return all, err
}
