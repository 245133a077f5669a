package demo

import (
	"bytes"
	_ "embed"
	"strconv"
	"text/template"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
)

// plansTemplate is the disclosure of the made-up acquirer; its dates are filled
// in, counted from the day on which the demo starts.
//
//go:embed plans.yaml.tmpl
var plansTemplate string

var plansYAML = template.Must(template.New("plans").Parse(plansTemplate))

// prices are what the template says of the fees that have cycles.
func prices() map[string]fee.Price {
	return map[string]fee.Price{
		"sim-annual-36": {Kind: fee.Recurring, Amount: 3600, CycleMonths: 12, FreeDays: 30, Idle: fee.Accrue},
		"sim-half-48":   {Kind: fee.Recurring, Amount: 4800, CycleMonths: 6, FreeMonths: 6, Idle: fee.Accrue},
		"sim-quarter-9": {Kind: fee.Recurring, Amount: 900, CycleMonths: 3, FreeMonths: 3, Idle: fee.Skip},
		"service-99":    {Kind: fee.OneOff, Amount: 9900, FreeDays: 180},
		"deposit-199":   {Kind: fee.OneOff, Amount: 19900},
	}
}

func itemOf(plan string) string {
	switch plan {
	case "service-99":
		return "service"
	case "deposit-199":
		return "device_deposit"
	case "extra-5":
		return "overage"
	default:
		return "sim_data"
	}
}

// plansFile returns the disclosures as they stood: the coming rise is not in
// what was published before it.
func plansFile(today date.Date, rise bool) File {
	var b bytes.Buffer
	err := plansYAML.Execute(&b, map[string]any{
		"First":     today.AddMonths(-48),
		"InForce":   today.AddMonths(-48).AddDays(31),
		"Rise":      rise,
		"Published": risePublished(today),
		"RiseOn":    risePublished(today).AddDays(33),
	})
	if err != nil {
		panic(err) // the template and its data are both in this package
	}
	return File{"plans.yaml", b.Bytes()}
}

// risePublished is when the dearer version was published.
func risePublished(today date.Date) date.Date { return today.AddDays(-14) }

func itoa(n int) string { return strconv.Itoa(n) }
