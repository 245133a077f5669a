package i18n

import "strings"

// texts are written one after another into blocks of memory, each of which is
// one allocation for many texts.
type texts struct{ block strings.Builder }

// textBlock is the size of a block in bytes: about what a page writes.
const textBlock = 4096

// add copies a text into the block.
func (t *texts) add(b []byte) string {
	if t.block.Cap()-t.block.Len() < len(b) {
		t.block = strings.Builder{} // what was written before keeps its own block
		t.block.Grow(max(textBlock, len(b)))
	}
	from := t.block.Len()
	t.block.Write(b)
	return t.block.String()[from:]
}

// text makes a text of what was written.
func (p *Printer) text(b []byte) string {
	if p.texts == nil {
		return string(b)
	}
	return p.texts.add(b)
}
