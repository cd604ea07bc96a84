// Answers come under one another instead of one page each; the page works without this.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const log = document.getElementById("log"), status = document.getElementById("ask-status");
  addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-asks]")) return;
    event.preventDefault();
    const sent = new URLSearchParams(new FormData(form, event.submitter));
    const buttons = document.querySelectorAll("[data-asks] button");
    for (const button of buttons) button.disabled = true;
    status.textContent = "…";
    try {
      const answer = await fetch("/console/ask", { method: "POST", body: sent, redirect: "error" });
      const made = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".exchange");
      if (!answer.ok || !made) throw new Error();
      log.append(made);
      status.textContent = "";
      form.querySelector("#question")?.form.reset();
      made.scrollIntoView({ block: "start" });
    } catch {
      status.textContent = log.dataset.failed;
    }
    for (const button of document.querySelectorAll("[data-asks] button")) button.disabled = false;
  });
});
