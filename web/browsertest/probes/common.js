// Runs before each probe, in the same function.

// label tells a person which element is meant.
const label = e => {
  let name = e.localName;
  if (e.id) name += "#" + e.id;
  else if (e.classList.length) name += "." + [...e.classList].join(".");
  const text = (e.getAttribute("aria-label") || e.textContent || e.getAttribute("name") || "").trim().replace(/\s+/g, " ");
  return "<" + name + ">" + (text ? " " + JSON.stringify(text.slice(0, 40)) : "");
};

// drawn reports whether an element takes up space that a reader could look at:
// neither hidden, nor kept for screen readers by cutting it down to a point or
// moving it off the page.
const drawn = e => {
  if (!e.checkVisibility({ visibilityProperty: true })) return false;
  const box = e.getBoundingClientRect();
  if (box.width <= 1 || box.height <= 1) return false;
  if (box.right + scrollX <= 0 || box.bottom + scrollY <= 0) return false;
  for (let a = e; a; a = a.parentElement) {
    const style = getComputedStyle(a);
    if (style.clipPath.startsWith("inset(50%") || style.clipPath.startsWith("inset(100%")) return false;
    const clips = style.overflowX !== "visible" && style.overflowY !== "visible";
    if (clips && a.clientWidth <= 1 && a.clientHeight <= 1 && style.display !== "inline") return false;
  }
  return true;
};

// controls are what a pointer or the keyboard can work, in document order.
const controls = () => [...document.querySelectorAll(
  "a[href], area[href], button, input:not([type=hidden]), select, textarea, summary, iframe, audio[controls], video[controls]," +
  "[contenteditable], [tabindex], [role=button], [role=link], [role=tab], [role=checkbox], [role=radio], [role=switch], [role=menuitem]",
)].filter(e => !e.matches(":disabled, [tabindex='-1']") && !e.closest("[inert]")
  && !(e.localName === "summary" && e.parentElement?.querySelector(":scope > summary") !== e)
  && e.checkVisibility({ visibilityProperty: true }));
