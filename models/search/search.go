// Package search finds guides and disclosures by a merchant's own words. It knows
// Chinese by pairs of characters and English by words, and which phrases of both
// mean the same. Everything is held in memory: the texts are few and short, and
// an answer takes far less than a millisecond.
package search

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind says what a document is.
type Kind string

// The kinds.
const (
	Guide      Kind = "guide"
	Disclosure Kind = "disclosure"
)

// Document is something that can be found.
type Document struct {
	Kind Kind
	Slug string
	ZhCN Text
	En   Text
}

// Text is what a document says in one language.
type Text struct {
	Title     string
	Summary   string
	Questions []string // that it answers, as they are asked
	Body      string   // a line a paragraph
}

// In returns the document's text in a locale; any but "en" reads the Chinese.
func (d *Document) In(locale string) *Text {
	if locale == "en" {
		return &d.En
	}
	return &d.ZhCN
}

// Index is documents, ready to be searched. It is immutable and may be shared.
type Index struct {
	answers   answers
	docs      []document
	terms     map[string]*entry
	questions []question
}

// document is one of an index, with its texts taken apart.
type document struct {
	Document
	length   float64 // in terms, as a share of the average
	zhCN, en lines
}

func (d *document) in(locale string) *lines {
	if locale == "en" {
		return &d.en
	}
	return &d.zhCN
}

// lines are a text's title, summary and lines.
type lines struct {
	title line
	below []line // the summary first
}

// line is a text with the terms that can be marked in it.
type line struct {
	text  string
	terms []lineTerm
}

type lineTerm struct{ id, from, to int32 }

// entry is where a term stands.
type entry struct {
	id        int32
	rarity    float64
	docs      []place
	questions []int32
}

type place struct {
	doc  int32
	much float64 // how often, the more in a title than in a text
}

// question is one that a document answers.
type question struct {
	doc    int32
	weight float64 // of all its terms
}

// How much it counts where a term stands.
const (
	inTitle    = 4
	inQuestion = 2
	inSummary  = 2
	inBody     = 1
)

// New returns an index of documents.
func New(docs []Document) *Index {
	x := &Index{docs: make([]document, len(docs)), terms: map[string]*entry{}}
	total := 0.0
	var asked [][]string // the terms of each question
	for i := range docs {
		d := &x.docs[i]
		d.Document = docs[i]
		much := map[string]float64{}
		take := func(text string, times float64) line {
			terms := termsOf(text)
			for _, t := range terms {
				much[t.text] += times
			}
			d.length += float64(len(terms))
			return x.line(text, terms)
		}
		for _, locale := range []string{"zh-CN", "en"} {
			text, to := d.In(locale), d.in(locale)
			to.title = take(text.Title, inTitle)
			to.below = append(to.below, take(text.Summary, inSummary))
			for l := range strings.SplitSeq(text.Body, "\n") {
				to.below = append(to.below, take(l, inBody))
			}
			for _, q := range append([]string{text.Title}, text.Questions...) {
				take(q, inQuestion)
				asked = append(asked, distinct(q))
				x.questions = append(x.questions, question{doc: int32(i)})
			}
		}
		total += d.length
		for t, m := range much {
			e := x.entry(t)
			e.docs = append(e.docs, place{int32(i), m})
		}
	}
	for i := range x.docs {
		x.docs[i].length /= max(total/float64(len(docs)), 1)
	}
	for _, e := range x.terms {
		e.rarity = x.rarity(len(e.docs))
	}
	for i, terms := range asked {
		for _, t := range terms {
			e := x.terms[t]
			e.questions = append(e.questions, int32(i))
			x.questions[i].weight += e.rarity * weightOf(t)
		}
	}
	return x
}

// entry returns a term's entry, which it makes where there is none.
func (x *Index) entry(term string) *entry {
	e := x.terms[term]
	if e == nil {
		e = &entry{id: int32(len(x.terms))}
		x.terms[term] = e
	}
	return e
}

// line keeps what can be marked in a text.
func (x *Index) line(text string, terms []term) line {
	l := line{text: text}
	for _, t := range terms {
		if t.weight >= pairWeight {
			l.terms = append(l.terms, lineTerm{x.entry(t.text).id, int32(t.from), int32(t.to)})
		}
	}
	return l
}

// distinct lists the terms of a text, each once, without what tells nothing.
func distinct(text string) (all []string) {
	for _, t := range termsOf(text) {
		if t.weight >= pairWeight && !slices.Contains(all, t.text) {
			all = append(all, t.text)
		}
	}
	return all
}

// weightOf is the weight of a term that is none of those that tell little.
func weightOf(term string) float64 {
	switch {
	case term[0] == '#':
		return meaningWeight
	case term[0] >= '0' && term[0] <= '9':
		return numberWeight
	default:
		return pairWeight
	}
}

// rarity is how much it tells that a term stands in some of the documents.
func (x *Index) rarity(in int) float64 {
	return math.Log(1 + (float64(len(x.docs)-in)+0.5)/(float64(in)+0.5))
}

// Hit is a document that was found.
type Hit struct {
	Document *Document
	Score    float64
	Title    Marked
	Excerpt  Marked

	found *document
}

// MaxQuery is how much of a query is looked at, in characters.
const MaxQuery = 80

const (
	// saturation and lengthCounts are the k1 and b of the BM25 formula.
	saturation   = 1.2
	lengthCounts = 0.5
	// likeQuestion is how much it adds that a document answers just that.
	likeQuestion = 2.5
	// unknownPair is how much a pair of characters counts that stands in no
	// document, beside a word that does not.
	unknownPair = 0.3
	// least is the share of what a query tells that a document must have.
	least = 0.3
)

// Search returns the documents that answer a query best, the best first, at most
// so many, with their words in a locale. A query in one language finds documents
// by either. The answer is shared with whoever asks the same: it is not to be
// changed.
func (x *Index) Search(locale, query string, most int) []Hit {
	asked := answerTo{locale, Normal(query), most}
	if hits, known := x.answers.get(asked); known {
		return hits
	}
	hits := x.search(locale, asked.query, most)
	x.answers.keep(asked, hits)
	return hits
}

func (x *Index) search(locale, query string, most int) []Hit {
	q := x.read(query)
	if len(q.tell) == 0 {
		return nil
	}
	score, share, like := make([]float64, len(x.docs)), make([]float64, len(x.docs)), make([]float64, len(x.docs))
	common := make([]float64, len(x.questions))
	for i := range q.terms {
		t := &q.terms[i]
		if t.entry == nil {
			continue
		}
		tells, covers := t.weight*t.entry.rarity, t.covers()
		for _, p := range t.entry.docs {
			much := p.much / (1 - lengthCounts + lengthCounts*x.docs[p.doc].length)
			score[p.doc] += tells * much * (saturation + 1) / (much + saturation)
			share[p.doc] += covers
		}
		if t.weight >= pairWeight {
			for _, i := range t.entry.questions {
				common[i] += tells
			}
		}
	}
	for i, both := range common {
		asked := &x.questions[i]
		if both > 0 {
			like[asked.doc] = max(like[asked.doc], both/(q.weight+asked.weight-both))
		}
	}
	var hits []Hit
	for i := range x.docs {
		if has := share[i] / q.covers; has >= least {
			hits = append(hits, Hit{Document: &x.docs[i].Document, Score: score[i]*(0.5+has) + like[i]*likeQuestion*q.weight, found: &x.docs[i]})
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	hits = hits[:min(len(hits), most)]
	for i := range hits {
		text := hits[i].found.in(locale)
		hits[i].Title, hits[i].Excerpt = q.mark(&text.title), q.excerpt(text.below)
	}
	return hits
}

// asked is a query, read.
type asked struct {
	terms  []askedTerm
	weight float64           // of what it tells
	covers float64           // of all its terms
	marked []uint64          // a bit for each term that is marked
	tell   map[int32]float64 // what each of these tells
}

type askedTerm struct {
	weight float64
	rarity float64
	entry  *entry // nil: no document has it
}

// covers is how much of a query a document has that has the term. One rare word
// does not outweigh all others here.
func (t *askedTerm) covers() float64 { return t.weight * math.Sqrt(t.rarity) }

func (x *Index) read(query string) *asked {
	q := &asked{marked: make([]uint64, len(x.terms)/64+1), tell: map[int32]float64{}}
	seen := map[string]bool{}
	never := x.rarity(0)
	meant := 0 // up to where a phrase is understood, whose parts need not be known
	for _, t := range termsOf(query) {
		e := x.terms[t.text]
		if e != nil && t.text[0] == '#' {
			meant = max(meant, t.to)
		}
		if seen[t.text] || e == nil && t.to <= meant {
			continue
		}
		seen[t.text] = true
		rarity := never
		switch {
		case e != nil:
			rarity = e.rarity
		case utf8.RuneLen([]rune(t.text)[0]) > 1: // two characters that are no word, mostly
			rarity *= unknownPair
		}
		q.terms = append(q.terms, askedTerm{t.weight, rarity, e})
		q.weight += t.weight * rarity
		q.covers += q.terms[len(q.terms)-1].covers()
		if e != nil && t.weight >= pairWeight {
			q.marked[e.id/64] |= 1 << (e.id % 64)
			q.tell[e.id] = t.weight * rarity
		}
	}
	return q
}

// Normal returns a query as it is looked for and noted: without spaces around it,
// in small letters, no longer than MaxQuery.
func Normal(query string) string {
	query = strings.Join(strings.Fields(strings.ToValidUTF8(query, "")), " ")
	var b strings.Builder
	n := 0
	for _, r := range query {
		if n++; n > MaxQuery {
			break
		}
		b.WriteRune(fold(r))
	}
	return strings.TrimSpace(b.String())
}

// Marked is a text with the parts that answer a query.
type Marked struct {
	Text  string
	Marks []Range // in order, apart from each other
}

// Range is the bytes from..to of a text; both ends lie between characters.
type Range struct{ From, To int }

// marks reports whether a term is one of the query's.
func (q *asked) marks(id int32) bool { return q.marked[id/64]&(1<<(id%64)) != 0 }

// mark marks what of a query stands in a line.
func (q *asked) mark(l *line) Marked {
	marked := Marked{Text: l.text}
	for _, t := range l.terms {
		if !q.marks(t.id) {
			continue
		}
		from, to := int(t.from), int(t.to)
		if n := len(marked.Marks); n > 0 && from <= marked.Marks[n-1].To {
			marked.Marks[n-1].To = max(marked.Marks[n-1].To, to)
			continue
		}
		marked.Marks = append(marked.Marks, Range{from, to})
	}
	return marked
}

// excerpt returns the line that answers a query best, and the first, which is the
// summary, where none does better.
func (q *asked) excerpt(lines []line) Marked {
	best, most := 0, 0.0
	for i := range lines {
		if tells := q.tells(&lines[i]); tells > most {
			best, most = i, tells
		}
	}
	return q.mark(&lines[best]).shorten()
}

// tells is how much of what a query tells stands in a line.
func (q *asked) tells(l *line) (sum float64) {
	var room [16]int32
	seen := room[:0]
	for _, t := range l.terms {
		if q.marks(t.id) && !slices.Contains(seen, t.id) {
			seen = append(seen, t.id)
			sum += q.tell[t.id]
		}
	}
	return sum
}

// longestExcerpt is how much of a document stands below its title, in
// characters.
const longestExcerpt = 90

// shorten cuts a text that is too long for an excerpt, with a sign that it goes
// on. What is marked beyond the cut is marked no more.
func (m Marked) shorten() Marked {
	if utf8.RuneCountInString(m.Text) <= longestExcerpt {
		return m
	}
	at, n := 0, 0
	for at = range m.Text {
		if n++; n > longestExcerpt {
			break
		}
	}
	if space := strings.LastIndexByte(m.Text[:at], ' '); space > at*2/3 {
		at = space
	}
	m.Text = m.Text[:at] + "\u2026"
	for len(m.Marks) > 0 && m.Marks[len(m.Marks)-1].To > at {
		last := &m.Marks[len(m.Marks)-1]
		if last.From < at {
			last.To = at
			break
		}
		m.Marks = m.Marks[:len(m.Marks)-1]
	}
	return m
}
