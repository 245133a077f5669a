// What a reader would have to scroll sideways for, or can't see at all, and what
// sticks out of its box.
const limit = WIDTH + 0.5;
const findings = [];
const root = document.documentElement;
if (root.clientWidth > limit) findings.push(`the page is laid out ${root.clientWidth} px wide: its <meta name="viewport"> does not say width=device-width`);

// A line that does not break sticks out of an element that itself fits.
const right = e => {
  const texts = [...e.childNodes].filter(n => n.nodeType === Node.TEXT_NODE).map(n => {
    const range = document.createRange();
    range.selectNode(n);
    return range.getBoundingClientRect().right;
  });
  return Math.max(e.getBoundingClientRect().right, ...texts) + scrollX;
};
const tooWide = e => drawn(e) && right(e) > limit;
const scroller = e => {
  for (let a = e.parentElement; a && a !== document.body && a !== root; a = a.parentElement) {
    if (getComputedStyle(a).overflowX !== "visible") return true;
  }
  return false;
};
if (root.scrollWidth > limit) {
  const sticking = [...document.body.querySelectorAll("*")].filter(e => tooWide(e) && !scroller(e) && ![...e.children].some(tooWide));
  for (const e of sticking) findings.push(`${label(e)} ends at ${Math.round(right(e))} px`);
  if (!sticking.length) findings.push(`the page is ${root.scrollWidth} px wide`);
}

for (const e of document.body.querySelectorAll("*")) {
  if (e.ownerSVGElement || !drawn(e) || e.scrollWidth <= e.clientWidth + 1 || !e.clientWidth) continue;
  const style = getComputedStyle(e);
  if (/auto|scroll/.test(style.overflowX)) findings.push(`${label(e)} scrolls sideways: ${e.scrollWidth} px in ${e.clientWidth}`);
  else if (/hidden|clip/.test(style.overflowX) && style.textOverflow === "clip" && !e.matches("input, select, svg")) {
    findings.push(`${label(e)} cuts off what it holds: ${e.scrollWidth} px in ${e.clientWidth}`);
  } else if (style.overflowX === "visible") {
    findings.push(`${label(e)} does not hold what is in it: ${e.scrollWidth} px in ${e.clientWidth}`);
  }
}
return findings;
