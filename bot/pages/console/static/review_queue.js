// The queue by keyboard: j and k walk, Enter opens, x ticks.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const rows = [...document.querySelectorAll(".queue li")];
  if (!rows.length) return;
  let at = 0;
  const show = (place) => {
    rows[at].classList.remove("current");
    at = Math.max(0, Math.min(rows.length - 1, place));
    rows[at].classList.add("current");
    rows[at].scrollIntoView({ block: "nearest" });
  };
  show(0);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), select, textarea, button, a, summary")) return;
    if (event.key === "j") show(at + 1);
    else if (event.key === "k") show(at - 1);
    else if (event.key === "x") rows[at].querySelector("input")?.click();
    else if (event.key === "Enter") rows[at].querySelector("a").click();
    else return;
    event.preventDefault();
  });
});
