// Package api draws the page that explains the API to who builds against it.
package api
