package password

// Easy reports whether a password has hardly any different characters, runs such
// as 12345678 counting as one.
func Easy(password string) bool {
	const different = 4
	return steps(password) < different
}

// steps counts the places where a password does not go on as it did: by the
// same character again, the next one or the one before.
func steps(password string) (n int) {
	const none = -1000
	var last rune
	direction := rune(none)
	for i, r := range password {
		if i > 0 {
			if d := r - last; d != direction || d > 1 || d < -1 {
				n++
				direction = d
			}
		}
		last = r
	}
	return n
}
