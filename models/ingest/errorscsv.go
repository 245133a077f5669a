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
	return writeErrors(w, t, int64(refusal.More), func(add func(file string, line int, column, value, reason string) error) error {
		for i := range refusal.Errors {
			e := &refusal.Errors[i]
			if err := add(e.File, e.Line, e.Column, e.Value, e.Reason(t)); err != nil {
				return err
			}
		}
		return nil
	})
}

// WriteCSV writes what is wrong with the upload as WriteErrorsCSV does, with the
// reasons in a language.
func (u *Upload) WriteCSV(w io.Writer, language string, t Translate) error {
	return writeErrors(w, t, u.More, func(add func(file string, line int, column, value, reason string) error) error {
		for i := range u.Errors {
			e := &u.Errors[i]
			if err := add(u.File, e.Line, e.Column, e.Value, e.Text[language]); err != nil {
				return err
			}
		}
		return nil
	})
}

func writeErrors(w io.Writer, t Translate, more int64, each func(add func(file string, line int, column, value, reason string) error) error) error {
	heads := []string{
		t("import.errors.file"), t("import.errors.line"), t("import.errors.column"), t("import.errors.value"), t("import.errors.reason"),
	}
	return spreadsheet.Write(w, heads, func(add func(...string) error) error {
		err := each(func(file string, line int, column, value, reason string) error {
			number := ""
			if line > 0 {
				number = strconv.Itoa(line)
			}
			return add(spreadsheet.Text(file), number, spreadsheet.Text(column), spreadsheet.Text(value), spreadsheet.Text(reason))
		})
		if err != nil || more == 0 {
			return err
		}
		return add("", "", "", "", t("import.more", "n", more))
	})
}
