// Where the focus is now, and whether a reader can see it there.
const { all, look, before } = window.keyboardProbe;
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
