"use strict";
(() => {
  const $ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const id = (name) => document.getElementById(name);
  const key = "compose2quadlet:" + document.body.dataset.report;
  const projects = $(".p");
  const texts = new Map();
  let here = -1;

  // What is remembered: some browsers refuse to store anything for a local file.
  let state = { viewed: {} };
  try { state = { ...state, ...JSON.parse(localStorage.getItem(key) || "{}") }; } catch { /* without it */ }
  const save = () => { try { localStorage.setItem(key, JSON.stringify(state)); } catch { /* without it */ } };

  const textOf = (project) => {
    if (!texts.has(project)) texts.set(project, project.textContent.toLowerCase());
    return texts.get(project);
  };
  const isViewed = (project) => state.viewed[project.dataset.digest] === 1;

  const apply = () => {
    const words = id("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const project of projects) {
      const hidden = (id("clean").checked && "clean" in project.dataset) || (id("seen").checked && isViewed(project))
        || !words.every((word) => textOf(project).includes(word));
      project.hidden = hidden;
      shown += !hidden;
    }
    id("shown").textContent = shown === projects.length ? "" : `${shown} of ${projects.length} projects`;
    Object.assign(state, { filter: id("filter").value, clean: id("clean").checked, seen: id("seen").checked });
    save();
  };

  const view = (project, viewed) => {
    if (viewed) state.viewed[project.dataset.digest] = 1;
    else delete state.viewed[project.dataset.digest];
    project.querySelector(".viewed").checked = viewed;
    project.open = !viewed;
    apply();
  };

  const go = (step) => {
    const shown = projects.filter((project) => !project.hidden);
    if (!shown.length) return;
    const at = shown.indexOf(projects[here]);
    const next = shown[Math.max(0, Math.min(shown.length - 1, at < 0 ? 0 : at + step))];
    projects[here]?.classList.remove("here");
    here = projects.indexOf(next);
    next.classList.add("here");
    next.querySelector("summary").focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
  };

  const theme = () => {
    const dark = state.theme ? state.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    state.theme = dark ? "light" : "dark";
    document.documentElement.dataset.theme = state.theme;
    save();
  };

  const openAll = (open) => { for (const details of $("details")) details.open = open; };
  const reveal = () => {
    const target = location.hash ? id(location.hash.slice(1)) : null;
    const project = target?.closest(".p");
    if (!project) return;
    project.hidden = false;
    project.open = true;
    target.scrollIntoView({ block: "start" });
  };

  const keys = {
    j: () => go(1), k: () => go(-1), "/": () => id("filter").focus(), "?": () => id("help").showModal(), t: theme,
    c: () => { id("clean").checked = !id("clean").checked; apply(); },
    v: () => { const project = projects[here]; if (project) view(project, !isViewed(project)); },
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || id("help").open) return;
    if (event.target === id("filter")) { if (event.key === "Escape") event.target.blur(); return; }
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  if (state.theme) document.documentElement.dataset.theme = state.theme;
  id("filter").value = state.filter || "";
  id("clean").checked = !!state.clean;
  id("seen").checked = !!state.seen;
  for (const project of projects) {
    const box = project.querySelector(".viewed");
    box.checked = isViewed(project);
    if (box.checked) project.open = false;
    box.addEventListener("change", () => view(project, box.checked));
  }
  for (const element of $(".bar, .w")) element.hidden = false;
  id("filter").addEventListener("input", apply);
  for (const name of ["clean", "seen"]) id(name).addEventListener("change", apply);
  id("theme").addEventListener("click", theme);
  id("keys").addEventListener("click", () => id("help").showModal());
  id("all").addEventListener("click", (event) => {
    const open = event.target.textContent === "open all";
    openAll(open);
    event.target.textContent = open ? "close all" : "open all";
  });
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => openAll(true));
  apply();
  reveal();
})();
