package ingest

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// JudgedColumns are the columns in which WriteJudgedCSV and WriteJudgedTable
// write a verdict.
var JudgedColumns = []string{"deduction_ref", "decision", "reasons", "expected_fen", "version", "cycle"}

// columns returns the verdict as text: reasons joined by spaces, the cycle as
// its index, and nothing where there is none.
func (j *Judged) columns() []string {
	reasons := make([]string, len(j.Reasons))
	for i, code := range j.Reasons {
		reasons[i] = code.String()
	}
	version, cycle := "", ""
	if j.Version != nil {
		version = strconv.Itoa(*j.Version)
	}
	if j.Cycle != nil {
		cycle = strconv.Itoa(j.Cycle.Index)
	}
	return []string{
		j.Ref, string(j.Decision), strings.Join(reasons, " "), strconv.FormatInt(int64(j.Expected), 10), version, cycle,
	}
}

// WriteJudgedJSON writes a JSON object a line.
func WriteJudgedJSON(w io.Writer, judged []Judged) error {
	buffered := bufio.NewWriter(w)
	encoder := json.NewEncoder(buffered)
	encoder.SetEscapeHTML(false)
	for i := range judged {
		if err := encoder.Encode(&judged[i]); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

// WriteJudgedCSV writes a header and a row a verdict, for programs: the texts
// are as they are, not made safe for a spreadsheet.
func WriteJudgedCSV(w io.Writer, judged []Judged) error {
	rows := csv.NewWriter(w)
	if err := rows.Write(JudgedColumns); err != nil {
		return err
	}
	for i := range judged {
		if err := rows.Write(judged[i].columns()); err != nil {
			return err
		}
	}
	rows.Flush()
	return rows.Error()
}

// WriteJudgedTable writes the same columns in line, for a terminal.
func WriteJudgedTable(w io.Writer, judged []Judged) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	printable := strings.NewReplacer("\t", " ", "\n", " ", "\f", " ", "\v", " ")
	line := func(columns []string) error {
		for i, c := range columns {
			columns[i] = printable.Replace(c)
		}
		_, err := fmt.Fprintln(table, strings.Join(columns, "\t"))
		return err
	}
	if err := line(append([]string(nil), JudgedColumns...)); err != nil {
		return err
	}
	for i := range judged {
		if err := line(judged[i].columns()); err != nil {
			return err
		}
	}
	return table.Flush()
}
