package report

// Few is how many merchants must stand behind a number that everybody may read.
const Few = 10

// measure is a number of lines, the merchants that they are of, and the money.
type measure struct {
	Lines     int64 `json:"lines"`
	Merchants int64 `json:"merchants"`
	TooMuch   int64 `json:"too_much_fen,omitzero"`
}

func (m measure) small() bool { return m.Merchants > 0 && m.Merchants < Few }

// holdBack says which of the parts of a sum must not be shown, and whether the
// sum itself must not. A part with fewer than Few merchants behind it is held
// back; and so that nobody can work it out from the sum and the other parts, so
// is another part, the one with the fewest merchants that is not spared. Spared
// is the place of a part that is held back last, or -1.
func holdBack(sum measure, parts []measure, spared int) (held []bool, all bool) {
	held = make([]bool, len(parts))
	n := 0
	for i, p := range parts {
		if sum.small() && p.Merchants > 0 || p.small() {
			held[i] = true
			n++
		}
	}
	if n == 0 || sum.small() {
		return held, sum.small()
	}
	// What is held back can be worked out together. That tells nothing of a few
	// merchants where it is all that there is, or one part of it has enough.
	next := -1
	for i, p := range parts {
		if held[i] || p.Merchants == 0 {
			continue
		}
		if next < 0 || next == spared || i != spared && p.Merchants < parts[next].Merchants {
			next = i
		}
	}
	if next >= 0 {
		held[next] = true
		n++
	}
	return held, n < 2
}

func cellOf(value int64, held bool) Cell {
	if held {
		return Cell{Held: true}
	}
	return Cell{Value: value}
}
