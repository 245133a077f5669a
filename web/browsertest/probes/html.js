// Checks the source that stands in SOURCE against the HTML standard.
const { HtmlValidate, StaticConfigLoader } = htmlValidate;
const checker = new HtmlValidate(new StaticConfigLoader({
  root: true,
  aria: "latest",
  extends: ["html-validate:standard"],
  // Drawings are checked in the document; here their attributes are let pass.
  elements: ["html5", { svg: { flow: true, phrasing: true, embedded: true, foreign: true, attributes: { "*": {} } } }],
  rules: {
    "doctype-style": "error",
    "empty-title": "error",
    "input-attributes": "error",
    "missing-doctype": "error",
    "no-missing-references": "error",
    "no-self-closing": ["error", { ignoreForeign: true }],
    "no-style-tag": "error",
    "no-inline-style": "error",
    "no-unknown-attributes": "error",
    "no-utf8-bom": "error",
    "script-type": "error",
  },
}));
return checker.validateStringSync(SOURCE).results.flatMap(r => r.messages)
  .map(m => `line ${m.line}, column ${m.column}: ${m.message} (${m.ruleId})`);
