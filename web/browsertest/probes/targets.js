// Controls that are smaller than the least size in either direction. A link
// inside a sentence is as high as its line; a box with a label is as large as
// both, since either can be pressed.
const boxes = e => [e, ...(e.labels ?? [])].map(x => x.getBoundingClientRect());
const inSentence = e => {
  if (e.localName !== "a" || getComputedStyle(e).display !== "inline" || e.ownerSVGElement) return false;
  return [...e.parentElement.childNodes].some(n => n.nodeType === Node.TEXT_NODE && /[\p{L}\p{N}]/u.test(n.data));
};
return controls().filter(e => drawn(e) || [...(e.labels ?? [])].some(drawn)).filter(e => !inSentence(e)).flatMap(e => {
  const all = boxes(e);
  const width = Math.max(...all.map(b => b.right)) - Math.min(...all.map(b => b.left));
  const height = Math.max(...all.map(b => b.bottom)) - Math.min(...all.map(b => b.top));
  if (width >= LEAST - 0.01 && height >= LEAST - 0.01) return [];
  return [`${label(e)} is ${Math.round(width * 10) / 10} by ${Math.round(height * 10) / 10} px`];
});
