// Text that is smaller than the least size as it stands on the screen: inside
// a drawing it is scaled with it.
const size = e => {
  const px = parseFloat(getComputedStyle(e).fontSize);
  const matrix = e.ownerSVGElement && e.getScreenCTM();
  return matrix ? px * Math.hypot(matrix.c, matrix.d) : px;
};
const small = new Map();
const look = (e, text) => {
  if (drawn(e) && size(e) < LEAST - 0.01) small.set(e, `${label(e)} is ${Math.round(size(e) * 10) / 10} px: ${JSON.stringify(text.trim().slice(0, 40))}`);
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let n; (n = walker.nextNode());) {
  if (n.data.trim() && !n.parentElement.closest("script, style, noscript, template, option, svg > title, svg > desc, svg * > title, svg * > desc")) {
    look(n.parentElement, n.data);
  }
}
for (const e of document.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea")) look(e, e.value || e.placeholder || e.name);
return [...small.values()];
