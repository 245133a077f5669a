package table

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

var utf8BOM = []byte("\xef\xbb\xbf")

// text is a file's characters as UTF-8, with how many bytes of the file were
// read for them.
type text struct {
	io.Reader
	counter *counter
}

// decode finds out a text's encoding and returns its characters. Text that is
// UTF-8 throughout is taken as UTF-8, other text as GB18030. What is neither is
// refused, and so is UTF-8 in which a few bytes are damaged: read as GB18030 it
// would give wrong characters that nobody notices.
func decode(file io.ReaderAt, size int64) (text, error) {
	section := func() io.Reader { return io.NewSectionReader(file, 0, size) }
	wrong, err := firstBad(section(), &utf8Check{})
	if err != nil {
		return text{}, err
	}
	count := &counter{r: section()}
	if wrong == 0 {
		buffered := bufio.NewReaderSize(count, 64<<10)
		if start, _ := buffered.Peek(len(utf8BOM)); bytes.Equal(start, utf8BOM) {
			if _, err := buffered.Discard(len(utf8BOM)); err != nil {
				return text{}, err
			}
		}
		return text{buffered, count}, nil
	}
	mostly, err := mostlyUTF8(section())
	if err != nil {
		return text{}, err
	}
	if !mostly {
		if wrong, err = firstBad(section(), &gb18030Check{}); err != nil {
			return text{}, err
		}
	}
	if wrong > 0 {
		return text{}, &Fault{Line: wrong, Key: "import.file.wrong_encoding"}
	}
	buffered := bufio.NewReaderSize(transform.NewReader(count, simplifiedchinese.GB18030.NewDecoder()), 64<<10)
	// A byte order mark in GB18030 comes out as the same character.
	if start, _ := buffered.Peek(len(utf8BOM)); bytes.Equal(start, utf8BOM) {
		if _, err := buffered.Discard(len(utf8BOM)); err != nil {
			return text{}, err
		}
	}
	return text{buffered, count}, nil
}

// Text returns a whole small text as UTF-8, decoded as a CSV file would be. It
// returns a *Fault for a text in another encoding.
func Text(file []byte) ([]byte, error) {
	t, err := decode(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(t)
}

// byteCheck looks for bytes that an encoding does not have.
type byteCheck interface {
	// bad returns the position of the first byte that can't be, or -1. It keeps
	// a character that the chunk breaks off in for the next call.
	bad(chunk []byte) int
	// open reports whether the text ends inside a character.
	open() bool
}

// firstBad returns the line of the first byte that the encoding does not have,
// or 0. A zero byte, which no text has, is a fault of its own.
func firstBad(r io.Reader, check byteCheck) (line int, err error) {
	line = 1
	chunk := make([]byte, 256<<10)
	for {
		n, err := r.Read(chunk)
		part := chunk[:n]
		at := check.bad(part)
		if zero := bytes.IndexByte(part, 0); zero >= 0 && (at < 0 || zero < at) {
			return 0, &Fault{Line: line + bytes.Count(part[:zero], newline), Key: "import.file.zero_byte"}
		}
		if at >= 0 {
			return line + bytes.Count(part[:at], newline), nil
		}
		line += bytes.Count(part, newline)
		if errors.Is(err, io.EOF) {
			if check.open() {
				return line, nil
			}
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

var newline = []byte{'\n'}

// utf8Check is the byteCheck of UTF-8.
type utf8Check struct{ rest []byte }

func (u *utf8Check) bad(chunk []byte) int {
	carried := len(u.rest)
	if carried > 0 {
		// Finish the character that the last chunk broke off in.
		for len(chunk) > 0 && !utf8.FullRune(u.rest) {
			u.rest = append(u.rest, chunk[0])
			chunk = chunk[1:]
		}
		if !utf8.FullRune(u.rest) {
			return -1
		}
		if !utf8.Valid(u.rest) {
			return 0
		}
		carried = len(u.rest) - carried
		u.rest = u.rest[:0]
	}
	whole := len(chunk)
	for back := 1; back < utf8.UTFMax && back <= len(chunk); back++ {
		if i := len(chunk) - back; utf8.RuneStart(chunk[i]) {
			if !utf8.FullRune(chunk[i:]) {
				whole = i
			}
			break
		}
	}
	u.rest = append(u.rest, chunk[whole:]...)
	if utf8.Valid(chunk[:whole]) {
		return -1
	}
	for i := 0; ; {
		r, n := utf8.DecodeRune(chunk[i:whole])
		if r == utf8.RuneError && n <= 1 {
			return carried + i
		}
		i += n
	}
}

func (u *utf8Check) open() bool { return len(u.rest) > 0 }

// gb18030Check is the byteCheck of GB18030: one byte below 0x80, two bytes, or
// four. The decoder of the library lets some others pass.
type gb18030Check struct {
	seen int // bytes of the character so far
}

func (g *gb18030Check) bad(chunk []byte) int {
	for i, b := range chunk {
		lead := b >= 0x81 && b <= 0xfe
		digit := b >= '0' && b <= '9'
		switch g.seen {
		case 0:
			switch {
			case b < 0x80:
			case lead:
				g.seen = 1
			default:
				return i
			}
		case 1:
			switch {
			case digit:
				g.seen = 2
			case b >= 0x40 && b <= 0xfe && b != 0x7f:
				g.seen = 0
			default:
				return i
			}
		case 2:
			if !lead {
				return i
			}
			g.seen = 3
		case 3:
			if !digit {
				return i
			}
			g.seen = 0
		}
	}
	return -1
}

func (g *gb18030Check) open() bool { return g.seen > 0 }

// mostlyUTF8 reports whether a text that is not UTF-8 throughout is nearly so.
// Chinese in UTF-8 is made of three bytes a character, and GB18030 hardly ever
// looks like that; so a text with more such characters than stray bytes is
// damaged UTF-8.
func mostlyUTF8(r io.Reader) (bool, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	characters, stray := 0, 0
	if start, _ := buffered.Peek(len(utf8BOM)); bytes.Equal(start, utf8BOM) {
		return true, nil
	}
	for {
		c, n, err := buffered.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			return characters > stray, nil
		case err != nil:
			return false, err
		case c == utf8.RuneError && n == 1:
			stray++
		case n >= 3:
			characters++
		}
	}
}

// endsWithLine reports whether the last byte ends a line.
func endsWithLine(file io.ReaderAt, size int64) (bool, error) {
	var last [1]byte
	if _, err := file.ReadAt(last[:], size-1); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return last[0] == '\n' || last[0] == '\r', nil
}

// counter counts the bytes that were read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
