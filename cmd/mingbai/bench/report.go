package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"text/tabwriter"
)

// WriteTable writes results for a person: the median of the rounds, between the
// quartiles, and what is aimed at. It judges nothing.
func WriteTable(w io.Writer, results []Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "line\tmedian\tquartiles\treach\twhat")
	for _, r := range results {
		what := r.What
		if r.Detail != "" {
			what += " (" + r.Detail + ")"
		}
		fmt.Fprintf(t, "%s\t%s %s\t%s – %s\t%s\t%s\n", r.Name, figure(r.Median), r.Unit, figure(r.Low), figure(r.High), r.Reach, what)
	}
	return t.Flush()
}

// WriteJSON writes results as a JSON document a line, for programs.
func WriteJSON(w io.Writer, results []Result) error {
	e := json.NewEncoder(w)
	for _, r := range results {
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// figure writes a number with three digits that mean something.
func figure(f float64) string {
	switch abs := math.Abs(f); {
	case abs >= 100 || f == math.Trunc(f):
		return fmt.Sprintf("%.0f", f)
	case abs >= 10:
		return fmt.Sprintf("%.1f", f)
	default:
		return fmt.Sprintf("%.2f", f)
	}
}
