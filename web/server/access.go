package server

import "github.com/labstack/echo/v4"

// Access says who may use a route. Every route has one, so that none is open by
// oversight; its name stands in the list of routes, where a review sees it.
type Access struct {
	name    string
	check   echo.MiddlewareFunc
	program bool // nobody's cookies count
}

// Grant returns an access with the name and the check that stands before the
// handler.
func Grant(name string, check echo.MiddlewareFunc) Access {
	return Access{name: name, check: check}
}

// Public returns the access of a route that anyone may use, with the reason.
func Public(reason string) Access {
	return Access{
		name:  "public: " + reason,
		check: func(next echo.HandlerFunc) echo.HandlerFunc { return next },
	}
}

// Program returns the access of a route that programs ask for, with the reason:
// what it does follows from the request's address and body alone. They carry no
// token of a form. The request's cookies are dropped before it is handled, so
// that nothing can be done in the name of a reader whose browser was made to ask.
func Program(reason string) Access {
	a := Public(reason)
	a.name, a.program = "program: "+reason, true
	return a
}

// Before returns the handler with the check before it, for an access that is made
// of another.
func (a Access) Before(handler echo.HandlerFunc) echo.HandlerFunc { return a.check(handler) }

// Name returns what the list of routes says.
func (a Access) Name() string { return a.name }
