package search

import "sync"

// answers remembers what was asked lately: many readers ask the same.
type answers struct {
	mu   sync.RWMutex
	hits map[answerTo][]Hit
}

type answerTo struct {
	locale, query string
	most          int
}

// answersHeld is how many answers are remembered before all are forgotten.
const answersHeld = 1000

func (a *answers) get(asked answerTo) ([]Hit, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	hits, known := a.hits[asked]
	return hits, known
}

func (a *answers) keep(asked answerTo, hits []Hit) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.hits == nil || len(a.hits) >= answersHeld {
		a.hits = map[answerTo][]Hit{}
	}
	a.hits[asked] = hits
}
