package complaint

import "github.com/mingbai/mingbai/models/file"

// Files returns the store in which the files of cases lie, each under its id.
func (c *Cases) Files() file.Store { return c.files }
