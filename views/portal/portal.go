// Package portal is the merchants' pages. Each takes what its frame needs and a
// plain struct of finished texts; it asks nothing and decides nothing.
package portal
