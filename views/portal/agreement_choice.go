package portal

import (
	"strconv"

	"github.com/mingbai/mingbai/web/form"
)

// choiceID is the id of a box among several of one field; the first bears the
// field's own, which the error summary leads to.
func choiceID(field string, i int) string {
	if i == 0 {
		return form.ID(field)
	}
	return form.ID(field) + "-" + strconv.Itoa(i)
}
