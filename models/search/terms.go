package search

import (
	_ "embed"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// term is something that a query and a text may have in common: a pair of
// Chinese characters, one of them, a word, or a meaning that several phrases
// share. It stands for the bytes from..to of the text.
type term struct {
	text     string
	from, to int
	weight   float64 // how much it tells
}

// How much a term tells beside its rarity.
const (
	pairWeight    = 1.0
	wordWeight    = 1.0
	numberWeight  = 1.3
	singleWeight  = 0.12 // a Chinese character out of a longer run
	fillerWeight  = 0.05
	meaningWeight = 1.7
)

// phrase is a row of units that has a meaning.
type phrase struct {
	units   []string
	meaning string // as the term of it
}

//go:embed words.yaml
var listed []byte

// fillers and phrases are the words of the file: fillers by their stems, phrases
// by their first unit.
var fillers, phrases = readWords()

func readWords() (map[string]bool, map[string][]phrase) {
	var file struct {
		Concepts [][]string `yaml:"concepts"`
		Fillers  []string   `yaml:"fillers"`
	}
	if err := yaml.Unmarshal(listed, &file); err != nil {
		panic(err) // it is part of the program
	}
	skip := map[string]bool{}
	for _, w := range file.Fillers {
		skip[stem(w)] = true
	}
	by := map[string][]phrase{}
	for i, all := range file.Concepts {
		for _, text := range all {
			p := phrase{meaning: "#" + strconv.Itoa(i)}
			for _, u := range unitsOf(text) {
				p.units = append(p.units, u.text)
			}
			by[p.units[0]] = append(by[p.units[0]], p)
		}
	}
	return skip, by
}

// termsOf lists what a text has to be found by, in its order.
func termsOf(text string) []term {
	units := unitsOf(text)
	terms := make([]term, 0, 3*len(units))
	for i := range units {
		u := &units[i]
		for _, p := range phrases[u.text] {
			if last := i + len(p.units) - 1; last < len(units) && p.stands(units[i:last+1]) {
				terms = append(terms, term{p.meaning, u.from, units[last].to, meaningWeight})
			}
		}
		switch {
		case !u.han:
			terms = append(terms, term{u.text, u.from, u.to, u.wordWeight()})
			continue
		case i+1 < len(units) && units[i+1].han && units[i+1].joined:
			pair := term{u.text + units[i+1].text, u.from, units[i+1].to, pairWeight}
			if fillers[pair.text] {
				pair.weight = fillerWeight
			}
			terms = append(terms, pair)
		}
		alone := !(i > 0 && units[i-1].han && u.joined) && !(i+1 < len(units) && units[i+1].han && units[i+1].joined)
		weight := singleWeight
		if alone {
			weight = pairWeight
		}
		terms = append(terms, term{u.text, u.from, u.to, weight})
	}
	return terms
}

func (u *unit) wordWeight() float64 {
	switch {
	case fillers[u.text]:
		return fillerWeight
	case u.text[0] >= '0' && u.text[0] <= '9':
		return numberWeight
	default:
		return wordWeight
	}
}

// stands reports whether the phrase stands in the units. Chinese characters of a
// phrase stand side by side.
func (p *phrase) stands(units []unit) bool {
	return slices.EqualFunc(p.units, units, func(a string, b unit) bool { return a == b.text }) &&
		!slices.ContainsFunc(units[1:], func(u unit) bool { return u.han && !u.joined })
}
