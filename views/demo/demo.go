// Package demo draws the pages that only the demo has.
package demo
