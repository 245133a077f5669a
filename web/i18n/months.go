package i18n

// Months writes a length of time in years where it is whole years, and else in
// months.
func (p *Printer) Months(n int) string {
	if n > 0 && n%12 == 0 {
		return p.N("retention.years", n/12)
	}
	return p.N("retention.months", n)
}
