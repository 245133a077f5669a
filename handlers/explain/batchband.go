package explain

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/web/i18n"
)

// BatchBand says in which way a batch is unlike those before it, with the
// figures.
func BatchBand(p *i18n.Printer, b *deduction.BatchBand) string {
	between := " "
	if p.Locale() == i18n.ZhCN {
		between = ""
	}
	return strings.Join(batchFigures(p, b), between)
}

func batchFigures(p *i18n.Printer, b *deduction.BatchBand) []string {
	share := func(ppm int64) string { return p.Percent(ppm) }
	count := func(n int64) string { return strconv.FormatInt(n, 10) }
	all := []string{p.T("gate.batch_band.title", "n", b.Batches)}
	for _, f := range []struct {
		name, key string
		deduction.Band
		write func(int64) string
	}{
		{"count", "gate.batch_band.count", b.Count, count},
		{"total", "gate.batch_band.total", b.Total, func(fen int64) string { return p.Money(int64(money.Fen(fen))) }},
		{"denied", "gate.batch_band.denied", b.Denied, share},
	} {
		if slices.Contains(b.Outside, f.name) {
			all = append(all, p.T(f.key, "got", f.write(f.Got), "low", f.write(f.Low), "high", f.write(f.High)))
		}
	}
	return all
}
