package ingest

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/merchant"
)

// Merchant is a row of merchants.csv.
type Merchant = merchant.Row

// Merchants reads merchants.csv.
var Merchants = Format[Merchant]{
	kind: KindMerchants,
	columns: []column[Merchant]{
		required("merchant_ref", ref, func(m *Merchant) *string { return &m.Ref }),
		required("name", name, func(m *Merchant) *string { return &m.Name }),
		optional("contact", name, func(m *Merchant) *string { return &m.Contact }),
		optional("phone", phone, func(m *Merchant) *string { return &m.Phone }),
		optional("email", email, func(m *Merchant) *string { return &m.Email }),
		required("opened_on", day, func(m *Merchant) *date.Date { return &m.OpenedOn }),
		optional("closed_on", day, func(m *Merchant) *date.Date { return &m.ClosedOn }),
		spare("region", name, func(m *Merchant) *string { return &m.Region }),
	},
	check: func(m *Merchant, c *checker) {
		if !m.ClosedOn.IsZero() && m.ClosedOn < m.OpenedOn {
			c.fault("closed_on", m.ClosedOn.String(), "import.row.before", "other", "opened_on", "date", m.OpenedOn.String())
		}
	},
}
