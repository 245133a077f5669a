package table

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
)

// sharedStrings holds the texts of a workbook, one behind the other, so that a
// million of them cost no more than their bytes.
type sharedStrings struct {
	all  []byte
	ends []uint32
}

func readSharedStrings(r io.Reader) (*sharedStrings, error) {
	s := &sharedStrings{}
	decoder := xml.NewDecoder(r)
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if errors.Is(err, errBudget) {
			return nil, &Fault{Key: "import.file.too_much_text"}
		}
		if err != nil {
			return nil, err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "si" {
			if s.all, err = appendText(s.all, decoder); err != nil {
				return nil, err
			}
			if len(s.all) > math.MaxUint32 {
				return nil, &Fault{Key: "import.file.too_much_text"}
			}
			s.ends = append(s.ends, uint32(len(s.all)))
		}
	}
}

// at returns the text that a cell names by its position.
func (s *sharedStrings) at(position string) (string, bool) {
	i, err := strconv.Atoi(position)
	if err != nil || i < 0 || i >= len(s.ends) {
		return "", false
	}
	from := uint32(0)
	if i > 0 {
		from = s.ends[i-1]
	}
	return string(s.all[from:s.ends[i]]), true
}

// appendText appends the text of the element that the decoder is in, up to its
// end. Runs of differently set text are one text; the reading aids that
// Japanese and Chinese workbooks carry (rPh) are not part of it.
func appendText(b []byte, decoder *xml.Decoder) ([]byte, error) {
	var text strings.Builder
	inText, depth := false, 1
	for depth > 0 {
		token, err := decoder.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return b, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local == "rPh" {
				if err := decoder.Skip(); err != nil {
					return b, err
				}
				continue
			}
			depth++
			inText = t.Name.Local == "t"
		case xml.EndElement:
			depth--
			inText = false
		case xml.CharData:
			if inText {
				text.Write(t)
			}
		}
	}
	return append(b, unescape(text.String())...), nil
}

// unescape resolves the format's own way of writing characters that XML does
// not have: _x000D_ is a carriage return.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for s != "" {
		const length = len("_x000D_")
		at := strings.Index(s, "_x")
		if at < 0 || len(s) < at+length {
			break
		}
		code, err := strconv.ParseUint(s[at+2:at+6], 16, 32)
		if err != nil || s[at+6] != '_' {
			b.WriteString(s[:at+2])
			s = s[at+2:]
			continue
		}
		b.WriteString(s[:at])
		b.WriteRune(rune(code))
		s = s[at+length:]
	}
	b.WriteString(s)
	return b.String()
}
