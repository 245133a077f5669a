package ingest

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// WriteErrorsCSV writes what is wrong as a CSV file for a spreadsheet, in the
// reader's language: file, line, column, value and reason. What came out of the
// refused file can't act as a formula there.
func WriteErrorsCSV(w io.Writer, refusal *Refusal, t Translate) error {
	// Spreadsheets read a file without this mark in the machine's old encoding.
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	rows := csv.NewWriter(w)
	rows.UseCRLF = true
	header := []string{
		t("import.errors.file"), t("import.errors.line"), t("import.errors.column"), t("import.errors.value"), t("import.errors.reason"),
	}
	if err := rows.Write(header); err != nil {
		return err
	}
	for i := range refusal.Errors {
		e := &refusal.Errors[i]
		line := ""
		if e.Line > 0 {
			line = strconv.Itoa(e.Line)
		}
		row := []string{inert(e.File), line, inert(e.Column), inert(e.Value), inert(e.Reason(t))}
		if err := rows.Write(row); err != nil {
			return err
		}
	}
	if refusal.More > 0 {
		if err := rows.Write([]string{"", "", "", "", t("import.more", "n", refusal.More)}); err != nil {
			return err
		}
	}
	rows.Flush()
	return rows.Error()
}

// inert marks a text as text where a spreadsheet would take it for a formula.
func inert(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(s)[0]) {
		return s
	}
	return "'" + s
}
