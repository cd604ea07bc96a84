// One interview by keyboard. Every key presses something that can also be clicked; the page works without this script.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const $ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const help = document.getElementById("help");
  const decide = document.getElementById("decide");
  const competencies = $(".competency");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  let current = null, evidence = -1, playing = null;

  function turnTo(competency, scrolls = true) {
    if (!competency) return;
    current?.classList.remove("current");
    current = competency;
    evidence = -1;
    current.classList.add("current");
    const key = current.dataset.competency;
    for (const question of $(".question")) question.classList.toggle("about", question.dataset.about === key);
    for (const mark of $("mark")) mark.classList.toggle("of-current", mark.dataset.of.split(" ").includes(key));
    if (scrolls) {
      current.scrollIntoView({ block: "nearest", behavior: calm });
      document.querySelector(".question.about")?.scrollIntoView({ block: "nearest", behavior: calm });
    }
  }
  turnTo(competencies[0], false);
  for (const each of competencies) {
    each.addEventListener("focusin", () => { if (each !== current) turnTo(each, false); });
    each.addEventListener("click", () => { if (each !== current) turnTo(each, false); });
  }

  function step(by) {
    turnTo(competencies[Math.max(0, Math.min(competencies.length - 1, competencies.indexOf(current) + by))]);
  }

  function nextEvidence(by) {
    const quotes = $(".quotes li", current);
    if (!quotes.length) return;
    evidence = (evidence + by + quotes.length) % quotes.length;
    for (const mark of $("mark.now")) mark.classList.remove("now");
    const place = document.getElementById(quotes[evidence].querySelector(".anchor").hash.slice(1));
    place?.closest("mark").classList.add("now");
    place?.scrollIntoView({ block: "center", behavior: calm });
  }

  function play(button) {
    const audio = document.getElementById("clip-" + button.dataset.plays);
    if (!audio) return;
    for (const other of $("audio")) if (other !== audio) other.pause();
    for (const now of $("button.now")) now.classList.remove("now");
    button.classList.add("now");
    playing = audio;
    audio.currentTime = Number(button.dataset.at);
    audio.play().catch(() => {});
  }
  for (const button of $("[data-plays]")) button.addEventListener("click", () => play(button));

  function playOrPause() {
    if (playing && !playing.paused) return playing.pause();
    const chosen = $(".quotes li", current)[Math.max(0, evidence)]?.querySelector(".play");
    const first = document.querySelector(".question.about [data-plays]") ?? document.querySelector("[data-plays]");
    if (chosen ?? first) play(chosen ?? first);
  }

  function choose(value) {
    const choice = decide?.querySelector(`[name=value][value=${value}]`);
    if (!choice) return;
    choice.checked = true;
    choice.focus();
    decide.scrollIntoView({ block: "nearest", behavior: calm });
  }

  for (const button of $("[data-fills]")) {
    button.addEventListener("click", () => {
      decide.elements.reason.value = button.dataset.fills;
      decide.querySelector("[name=value]:checked")?.focus();
    });
  }
  decide?.elements.reason.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) decide.requestSubmit();
  });

  function digit(number) {
    const choice = decide?.querySelector("[name=value]:checked");
    if (choice && decide.contains(document.activeElement)) {
      return $(`.ready[data-for=${choice.value}] [data-fills]`)[number - 1]?.click();
    }
    const blind = current?.querySelector(`[type=radio][value="${number}"]`);
    if (blind) {
      blind.checked = true;
      return step(1);
    }
    const correction = current?.querySelector(".correct");
    if (correction) {
      correction.open = true;
      correction.querySelector("[name=level]").value = String(number);
      correction.querySelector("textarea").focus();
    }
  }

  const keys = {
    j: () => step(1), k: () => step(-1), e: () => nextEvidence(1), E: () => nextEvidence(-1), " ": playOrPause,
    a: () => choose("advance"), h: () => choose("hold"), r: () => choose("reject"),
    t: () => decide?.elements.reason.focus(),
    "?": () => (help.open ? help.close() : help.showModal()),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (help.open && event.key !== "?") return;
    const typing = event.target.closest("textarea, select, input:not([type=radio])");
    if (event.key === "Escape") return document.activeElement.blur();
    if (typing) return;
    if (event.target.closest("button, a, summary, audio") && (event.key === " " || event.key === "Enter")) return;
    if (event.key >= "1" && event.key <= "5") digit(Number(event.key));
    else if (keys[event.key]) keys[event.key]();
    else {
      const press = document.querySelector(`[data-key="${event.key}"]`);
      if (!press || event.key.length > 1) return;
      press.click();
    }
    event.preventDefault();
  });
  document.getElementById("help-button").addEventListener("click", () => help.showModal());
});
