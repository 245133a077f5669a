package attempt

import "encoding/hex"

// Asker is whoever tries something at a name, such as a number or a login, as far
// as limits tell those who try apart. Each has a budget of its own, so that nobody
// uses up another's.
type Asker struct {
	key   string
	known bool
}

// Stranger is somebody of whom nothing is known but the address that they come
// from. All strangers share a budget at a name besides their own.
func Stranger(address string) Asker { return Asker{key: "from " + Neighbourhood(address)} }

// Device is a browser that has signed in to the name before, by the hash of what
// it keeps to be known again. The caller has seen that it did.
func Device(hash []byte) Asker { return Asker{key: "on " + hex.EncodeToString(hash), known: true} }

// SignedIn is somebody who has signed in to the name, and tries from within.
func SignedIn() Asker { return Asker{key: "signed in", known: true} }

// Known reports whether the asker has signed in to the name before.
func (a Asker) Known() bool { return a.known }

// At returns the key of what this asker tries at a name.
func (a Asker) At(name string) string { return name + " " + a.key }
