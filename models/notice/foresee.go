package notice

import "time"

// Foreseen is a letter to come.
type Foreseen struct {
	At       time.Time // UTC: when it goes out
	Channels Channels  // by which it does, beside the inbox
	Lines    int       // how many it will have
	Letter   Letter    // with the first of its lines
}
