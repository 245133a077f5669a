// Package public draws the pages for everybody: what the portal is, and how to
// sign in.
package public
