package server

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// Route is a line of the list of routes.
type Route struct {
	Method string
	Path   string // pattern, such as /deductions/:id
	Access string // name of its access
}

// String writes the line as the golden list holds it.
func (r Route) String() string { return r.Method + " " + r.Path + " — " + r.Access }

// Router is the only way to register a route.
type Router struct {
	echo   *echo.Echo
	routes []Route
	bodies map[string]int64 // method and pattern of each route → bytes a body may have
	still  map[string]bool  // patterns of the routes that are Still
	// programs holds method and pattern of the routes that programs ask for
	programs map[string]bool
}

// Option is a property of one route.
type Option func(r *Router, method, path string)

// Body lets the bodies of a route be as long as the bytes given, for files;
// other routes take what a form needs.
func Body(bytes int64) Option {
	return func(r *Router, method, path string) { r.bodies[method+path] = bytes }
}

// Still says that nothing posts on the page of a route as long as nobody is
// signed in. Who brings no cookie then gets none: no token is made for them.
func Still(r *Router, _, path string) { r.still[path] = true }

// Get registers a page. HEAD is answered likewise, without the body.
func (r *Router) Get(path string, access Access, handler echo.HandlerFunc, options ...Option) {
	r.add(http.MethodGet, path, access, handler, options)
	r.echo.HEAD(path, handler, access.check)
}

// Post registers a form's target.
func (r *Router) Post(path string, access Access, handler echo.HandlerFunc, options ...Option) {
	r.add(http.MethodPost, path, access, handler, options)
}

// Put registers a target of the API.
func (r *Router) Put(path string, access Access, handler echo.HandlerFunc, options ...Option) {
	r.add(http.MethodPut, path, access, handler, options)
}

// Delete registers a target of the API.
func (r *Router) Delete(path string, access Access, handler echo.HandlerFunc, options ...Option) {
	r.add(http.MethodDelete, path, access, handler, options)
}

// Routes lists what is registered, by path and method.
func (r *Router) Routes() []Route {
	routes := slices.Clone(r.routes)
	slices.SortFunc(routes, func(a, b Route) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	return routes
}

// Match returns the pattern of the route that would take a request, or false.
func (r *Router) Match(method, path string) (string, bool) {
	c := r.echo.NewContext(nil, nil)
	r.echo.Router().Find(method, path, c)
	return c.Path(), r.has(method, c.Path())
}

// has reports whether a route was registered.
func (r *Router) has(method, pattern string) bool {
	_, ok := r.bodies[method+pattern]
	return ok
}

func (r *Router) add(method, path string, access Access, handler echo.HandlerFunc, options []Option) {
	if access.check == nil || access.name == "" {
		panic(fmt.Sprintf("server: %s %s has no access: say who may use it", method, path))
	}
	if r.has(method, path) {
		panic(fmt.Sprintf("server: %s %s is registered twice", method, path))
	}
	r.routes = append(r.routes, Route{Method: method, Path: path, Access: access.name})
	r.bodies[method+path] = bodyLimit
	if access.program {
		r.programs[method+path] = true
	}
	r.echo.Add(method, path, handler, access.check)
	for _, option := range options {
		option(r, method, path)
	}
}
