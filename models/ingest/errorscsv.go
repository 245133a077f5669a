package ingest

import (
	"io"
	"strconv"

	"github.com/mingbai/mingbai/models/spreadsheet"
)

// WriteErrorsCSV writes what is wrong as a CSV file for a spreadsheet, in the
// reader's language: file, line, column, value and reason. What came out of the
// refused file can't act as a formula there.
func WriteErrorsCSV(w io.Writer, refusal *Refusal, t Translate) error {
	heads := []string{
		t("import.errors.file"), t("import.errors.line"), t("import.errors.column"), t("import.errors.value"), t("import.errors.reason"),
	}
	return spreadsheet.Write(w, heads, func(add func(...string) error) error {
		for i := range refusal.Errors {
			e := &refusal.Errors[i]
			line := ""
			if e.Line > 0 {
				line = strconv.Itoa(e.Line)
			}
			if err := add(spreadsheet.Text(e.File), line, spreadsheet.Text(e.Column), spreadsheet.Text(e.Value), spreadsheet.Text(e.Reason(t))); err != nil {
				return err
			}
		}
		if refusal.More > 0 {
			return add("", "", "", "", t("import.more", "n", refusal.More))
		}
		return nil
	})
}
