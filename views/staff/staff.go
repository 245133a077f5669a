// Package staff is the pages of the acquirer's own people. Each takes what its
// frame needs and a plain struct of finished texts; it asks nothing and decides
// nothing.
package staff
