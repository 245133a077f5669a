// What the checker of the source does not look at: drawings, what stands for
// another element or for a date, and handlers, which some browsers block under a
// policy without a word until they are needed.
const findings = [];
for (const e of document.querySelectorAll("*")) {
  if (e instanceof HTMLUnknownElement) findings.push(`<${e.localName}> is no element of HTML`);
  if (Object.getPrototypeOf(e) === SVGElement.prototype) findings.push(`<${e.localName}> is no element of SVG`);
  for (const a of e.attributes) {
    if (a.name.startsWith("on")) findings.push(`${label(e)} has the handler ${a.name}: listen from a script file`);
    const to = a.name === "href" && e instanceof SVGElement ? a.value.match(/^#(.+)/) : a.value.match(/^url\(["']?#([^"')]+)/);
    if (to && !document.getElementById(to[1])) findings.push(`${a.name}="${a.value}" of ${label(e)} names nothing on the page`);
  }
}
const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
for (const id of new Set(ids.filter((x, i) => ids.indexOf(x) !== i))) findings.push(`the id ${id} stands more than once`);

const day = "\\d{4,}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])";
const moment = new RegExp(`^(${day}([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,3})?)?(Z|[+-]\\d\\d:?\\d\\d)?)?|\\d{4,}(-(0[1-9]|1[0-2]))?|P(\\d+D)?(T(\\d+H)?(\\d+M)?(\\d+S)?)?|([01]\\d|2[0-3]):[0-5]\\d)$`);
for (const e of document.querySelectorAll("time")) {
  if (!moment.test(e.getAttribute("datetime") ?? e.textContent)) findings.push(`${label(e)} holds no date or time that a machine can read`);
}
return findings;
