// Remembers every control and how it looks without focus, and leaves behind what
// a step asks. One radio button of a group stands for all: the keyboard reaches
// the others with arrows.
const group = e => e.type === "radio" && e.name ? `${e.form?.id ?? ""}/${e.name}` : null;
const look = e => [e, e.parentElement, e.nextElementSibling, ...(e.labels ?? [])].filter(Boolean).map(x => {
  const s = getComputedStyle(x);
  const outline = s.outlineStyle === "none" ? "none" : [s.outlineStyle, s.outlineWidth, s.outlineColor].join();
  return [outline, s.boxShadow, s.borderColor, s.backgroundColor, s.color, s.textDecorationLine, s.stroke, s.strokeWidth].join();
}).join();
const all = controls();
document.activeElement?.blur();
const before = all.map(look);
// Where the focus is now, and whether a reader can see it there.
window.keyboardStep = () => {
  const e = document.activeElement;
  const at = all.indexOf(e);
  if (at < 0) return { at, fault: "" };
  const box = e.getBoundingClientRect();
  let fault = "";
  if (look(e) === before[at]) fault = "looks the same with the focus as without";
  else if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) fault = "is not on the screen when it has the focus";
  else {
    const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
    const y = Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1);
    const top = document.elementFromPoint(x, y);
    const own = [e, ...(e.labels ?? [])];
    if (top && !own.some(o => o.contains(top) || top.contains(o))) fault = `is covered by ${label(top)} when it has the focus`;
  }
  return { at, fault };
};
return all.map((e, i) => ({ name: label(e), group: group(e) ?? "", jumps: e.tabIndex > 0 }));
