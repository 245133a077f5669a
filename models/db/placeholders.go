package db

import (
	"strconv"
	"strings"
)

// Placeholders writes the placeholders of n arguments, the first of which is the
// one numbered.
func Placeholders(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(first+i))
	}
	return b.String()
}
