"use strict";
// Keys: / search, j k next and previous, o open, s star, m mark as read, ? help. Everything also works without them.
(() => {
  const items = [...document.querySelectorAll(".item, .line > li, .portal")];
  const help = document.getElementById("help");
  let at = -1;
  const select = (to) => {
    if (!items[to]) return;
    items[at]?.classList.remove("selected");
    at = to;
    items[at].classList.add("selected");
  };
  const go = (to) => {
    if (!items[to]) return;
    select(to);
    const link = items[at].querySelector("a");
    if (link) link.focus(); else items[at].scrollIntoView({ block: "center" });
  };
  // A mark is a form: the page reloads at the story that was marked.
  const press = (names) => {
    const place = items[at] ?? (document.querySelector("article.whole") && document);
    place?.querySelector(names.map((name) => `button[name=${name}]`).join())?.click();
  };
  if (location.hash) select(items.findIndex((item) => `#${item.id}` === location.hash));
  const keys = {
    "/": () => document.getElementById("q")?.focus(),
    j: () => go(at + 1),
    k: () => go(at - 1),
    o: () => items[at]?.querySelector("a")?.click(),
    s: () => press(["star", "unstar"]),
    m: () => press(["read", "unread"]),
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
