"use strict";
// Keys: / search, j k next and previous, o open, s star, ? help. All of it is there without them, but for stars.
(() => {
  const items = [...document.querySelectorAll(".item, .line > li, .portal")];
  const help = document.getElementById("help");
  const id = (item) => item?.dataset.id;
  let at = -1;
  let stars = new Set();
  try { stars = new Set(JSON.parse(localStorage.getItem("stars") ?? "[]")); } catch { /* None are kept here. */ }
  const show = (item) => item.classList.toggle("starred", stars.has(id(item)));
  items.filter(id).forEach(show);
  const go = (to) => {
    if (!items[to]) return;
    items[at]?.classList.remove("selected");
    at = to;
    items[at].classList.add("selected");
    const link = items[at].querySelector("a");
    if (link) link.focus(); else items[at].scrollIntoView({ block: "center" });
  };
  const star = () => {
    const key = id(items[at]);
    if (!key) return;
    if (!stars.delete(key)) stars.add(key);
    show(items[at]);
    try { localStorage.setItem("stars", JSON.stringify([...stars].slice(-1000))); } catch { /* They last as long as the page. */ }
  };
  const keys = {
    "/": () => document.getElementById("q")?.focus(),
    j: () => go(at + 1),
    k: () => go(at - 1),
    o: () => items[at]?.querySelector("a")?.click(),
    s: star,
    "?": () => help?.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select");
    if (event.key === "Escape" && typing) typing.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || help?.open) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
})();
