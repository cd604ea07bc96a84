// Small comforts; every page works without them.
"use strict";
addEventListener("DOMContentLoaded", () => {
  // Points in time in the reader's zone; Swedish is written YYYY-MM-DD HH:MM, which both languages read at a glance.
  const clock = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short" });
  for (const time of document.querySelectorAll("time[datetime]")) time.textContent = clock.format(new Date(time.dateTime));

  for (const select of document.querySelectorAll("select[data-sends]")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }

  // Drop-downs of the head close on Escape and on a click elsewhere; older browsers do not yet close one for another.
  const open = () => document.querySelectorAll(".bar details[open]");
  addEventListener("click", event => { for (const each of open()) if (!each.contains(event.target)) each.open = false; });
  addEventListener("keydown", event => {
    if (event.key !== "Escape") return;
    for (const each of open()) {
      if (each.contains(document.activeElement)) each.querySelector("summary").focus();
      each.open = false;
    }
  });

  if (document.querySelector("[data-reloads]")) setTimeout(() => location.reload(), 1000);

  for (const button of document.querySelectorAll("button[data-copies]")) {
    const field = document.getElementById(button.dataset.copies);
    button.addEventListener("click", async () => {
      field.select();
      // Without HTTPS browsers give no clipboard; the older command still copies what is selected.
      if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
      else document.execCommand("copy");
      button.textContent = button.dataset.done;
    });
  }
});
