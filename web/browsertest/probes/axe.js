// Every rule of axe that is not an experiment, and the size of targets. Nothing
// is fetched: the page's own policy would refuse it.
return axe.run(document, { preload: false, iframes: false, resultTypes: ["violations"], rules: { "target-size": { enabled: true } } })
  .then(found => found.violations.flatMap(v => v.nodes.map(n =>
    `${v.id} (${v.impact}): ${v.help}: ${n.target.join(" ")}: ${n.failureSummary.replace(/\s+/g, " ")}`)));
