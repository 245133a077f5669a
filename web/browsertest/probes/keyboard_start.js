// Remembers every control and how it looks without focus. One radio button of
// a group stands for all: the keyboard reaches the others with arrows.
const group = e => e.type === "radio" && e.name ? `${e.form?.id ?? ""}/${e.name}` : null;
const look = e => [e, e.parentElement, e.nextElementSibling, ...(e.labels ?? [])].filter(Boolean).map(x => {
  const s = getComputedStyle(x);
  const outline = s.outlineStyle === "none" ? "none" : [s.outlineStyle, s.outlineWidth, s.outlineColor].join();
  return [outline, s.boxShadow, s.borderColor, s.backgroundColor, s.color, s.textDecorationLine, s.stroke, s.strokeWidth].join();
}).join();
const all = controls();
document.activeElement?.blur();
window.keyboardProbe = { all, look, before: all.map(look), label, group: all.map(group) };
return all.map((e, i) => ({ name: label(e), group: group(e) ?? "", jumps: e.tabIndex > 0 }));
