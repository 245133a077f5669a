package table

import (
	"errors"

	"github.com/xuri/nfp"
)

// look is how a style shows a number.
type look uint8

const (
	asNumber look = iota
	asDate
)

// readStyles finds out which styles show a number as a date: nothing else tells
// the two apart.
func (w *workbook) readStyles(main string) error {
	found, err := w.related(main, "styles")
	if errors.Is(err, errNoPart) {
		return nil
	}
	if err != nil {
		return err
	}
	var sheet struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Styles []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.read(found[0].target, &sheet); err != nil {
		return err
	}
	own := map[int]look{}
	for _, f := range sheet.Formats {
		own[f.ID] = lookOf(f.Code)
	}
	for _, style := range sheet.Styles {
		l, ok := own[style.Format]
		if !ok {
			l = builtIn(style.Format)
		}
		w.styles = append(w.styles, l)
	}
	return nil
}

// builtIn returns what the numbers of formats mean that no workbook spells out:
// 14 to 22 and 45 to 47 everywhere, 27 to 36 and 50 to 58 in East Asian ones.
func builtIn(format int) look {
	switch {
	case format >= 14 && format <= 22, format >= 27 && format <= 36,
		format >= 45 && format <= 47, format >= 50 && format <= 58:
		return asDate
	}
	return asNumber
}

func lookOf(code string) look {
	parser := nfp.NumberFormatParser()
	for _, section := range parser.Parse(code) {
		for _, token := range section.Items {
			if token.TType == nfp.TokenTypeDateTimes {
				return asDate
			}
		}
	}
	return asNumber
}
