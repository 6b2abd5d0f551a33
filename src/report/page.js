// Filters rows by their text and state. Without it everything is shown.
"use strict";
{
  const form = document.querySelector(".filter"), words = form.elements.words, state = form.elements.state;
  const sections = [...document.querySelectorAll("section[data-name]")].map((section) => ({
    section,
    link: document.querySelector('nav a[href="#' + section.id + '"]'),
    rows: [...section.querySelectorAll("[data-state]")].map((row) => ({
      row, states: row.dataset.state.split(" "), text: (section.dataset.name + " " + row.textContent).toLowerCase() })),
  }));
  const count = (n, one, many) => n + " " + (n === 1 ? one : many);
  function filter() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean), only = state.value;
    let shownRows = 0, allRows = 0, shownSections = 0;
    for (const { section, link, rows } of sections) {
      let any = rows.length === 0 && !only && wanted.every((word) => section.dataset.name.toLowerCase().includes(word));
      for (const { row, states, text } of rows) {
        const show = (!only || states.includes(only)) && wanted.every((word) => text.includes(word));
        row.hidden = !show;
        shownRows += show;
        any ||= show;
      }
      allRows += rows.length;
      shownSections += any;
      section.hidden = !any;
      if (link) link.parentElement.hidden = !any;
    }
    form.elements.found.value = count(shownSections, "section", "sections") + " of " + sections.length + ", " +
      count(shownRows, "row", "rows") + " of " + allRows;
  }
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !/^(INPUT|SELECT)$/.test(event.target.tagName)) {
      event.preventDefault();
      words.focus();
    } else if (event.key === "Escape" && event.target === words) {
      words.value = "";
      filter();
    }
  });
  filter();
}
