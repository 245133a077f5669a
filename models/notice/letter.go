package notice

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Letter is what one merchant is told at one moment: one notice or several of
// one kind, a line each.
type Letter struct {
	ID         string // l_…
	MerchantID int64
	Merchant   string // the name
	Kind       Kind
	DueOn      date.Date // the day of a charge to come; zero otherwise
	Total      money.Fen // of all lines
	InboxOnly  bool      // it goes nowhere but to the portal
	CreatedAt  time.Time // UTC
	Lines      []Line
}

// Line is one notice of a letter, with what its words need. What does not apply
// is zero.
type Line struct {
	TerminalID int64
	SN         string
	Terminal   string // the merchant's own name for it, else the acquirer's
	Shop       string
	PlanID     int64
	Item       fee.Item
	Cycle      int
	PeriodFrom date.Date // first day of the cycle
	PeriodTo   date.Date // its last; zero: none
	DueOn      date.Date // the day of the charge, or from which it may be taken where that day is past
	Amount     money.Fen
	Version    int // of the price
	LeadDays   int // days ahead at which it is told
	Round      int // more than 1: told again
	Ref        string
	Facts      Facts
}

// Facts are what else a notice's words need, each where its kind has it.
type Facts struct {
	At          time.Time  `json:"at,omitzero"`             // when it happened, in UTC
	Before      money.Fen  `json:"before_fen,omitempty"`    // the amount that was told, or the price until now
	After       money.Fen  `json:"after_fen,omitempty"`     // the price that is meant
	On          date.Date  `json:"on,omitzero"`             // the day that was told, or from which a price is meant
	Reasons     []string   `json:"reasons,omitempty"`       // codes of the rules that stopped a deduction
	BeforeRate  money.Rate `json:"before_ppm,omitempty"`    // the price until now, where it is a share of each sale
	AfterRate   money.Rate `json:"after_ppm,omitempty"`     // and the one that is meant
	Terminals   int        `json:"terminals,omitempty"`     // that a change of price is about
	YearMore    money.Fen  `json:"year_more_fen,omitempty"` // what it would have cost them more over the last twelve months
	Percent     int        `json:"percent,omitempty"`       // of a SIM's allowance
	UsedMB      int64      `json:"used_mb,omitempty"`       //
	AllowanceMB int64      `json:"allowance_mb,omitempty"`  //
	Balance     money.Fen  `json:"balance_fen,omitempty"`   // of a SIM
	Number      string     `json:"number,omitempty"`        // of a case
	Step        string     `json:"step,omitempty"`          // of a case, or what about the sign-in
	Text        string     `json:"text,omitempty"`          // what a person wrote
}

// Recipient is who gets a message, by which channel and in which language.
type Recipient struct {
	ID      string // nr_… of one whom the merchant added; empty otherwise
	Channel Channel
	Address string // number (E.164), mail address or openid; empty in the portal
	Name    string
	Locale  string // BCP 47 tag
	// Unsubscribe is where one click ends such letters to this address; empty:
	// they can't be ended so.
	Unsubscribe string
	off         []Event // of which nothing is wanted here
}

// Content is a letter's words for one channel and language, finished.
type Content struct {
	Subject  string            // of a mail and in the portal; empty otherwise
	Body     string            // plain text
	HTML     string            // of a mail; empty otherwise
	Template string            // whose words they are: name and version
	Fields   map[string]string // what fills the places of a provider's template, by the places' names
}

// Render writes a letter for a recipient. Code is the message's own, by which
// anyone may check it.
type Render func(l *Letter, to Recipient, code string) (Content, error)
