// Moves the eye and shows what changed; every page does without it. Nothing here makes markup of data: rows come as the
// server wrote them, escaped.
"use strict";

const MAX_ROWS = 200; // of a feed that is left open; older ones are on the next pages

function links() {
  return [...document.querySelectorAll("#rows a.story, main table a.story, a[rel=next]")];
}

// What a page leads on to, if it does.
function follow(rel) {
  const link = document.querySelector(`main a[rel=${rel}]`);
  if (link) link.click();
}

function move(step) {
  const all = links();
  const at = all.indexOf(document.activeElement);
  const to = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  if (to) to.focus();
}

// The incident in focus, or this page if it is one.
function act(form) {
  const here = document.getElementById(form);
  if (here) {
    location.hash = form;
    focusForm();
    return;
  }
  const link = document.activeElement;
  if (link && link.closest("#rows") && link.classList.contains("story")) location.href = link.href + "#" + form;
}

// The incident in focus, to do something about several at once.
function choose() {
  const row = document.activeElement.closest("#rows tr");
  const box = row && row.querySelector("input[name=chosen]");
  if (box) box.checked = !box.checked;
}

function focusForm() {
  const form = location.hash && document.getElementById(location.hash.slice(1));
  const field = form && form.matches("form") && form.querySelector("select, textarea, input:not([type=hidden])");
  if (field) field.focus();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  a: () => act("approve"),
  r: () => act("resolve"),
  x: () => choose(),
  n: () => follow("next"),
  p: () => follow("first"),
  u: () => { location.href = "/console/alerts"; },
  "/": () => { const search = document.getElementById("search"); if (search) search.focus(); },
  "?": () => { const help = document.getElementById("help"); if (help && !help.open) help.showModal(); },
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
window.addEventListener("hashchange", focusForm);
// Not before: the browser takes the focus away when it has found what the address leads to.
window.addEventListener("load", focusForm);

function live(rows) {
  const said = document.getElementById("live");
  const source = new EventSource(rows.dataset.live);
  let counting = 0;
  const changed = () => {
    const none = document.getElementById("none");
    if (none) none.remove();
    clearTimeout(counting);
    counting = setTimeout(recount, 1000);
  };
  source.addEventListener("open", () => { said.textContent = "Live"; });
  source.addEventListener("row", (event) => {
    const made = document.createElement("template");
    made.innerHTML = event.data;
    const row = made.content.firstElementChild;
    const old = document.getElementById(row.id);
    // What is in focus stays where it is, so that nobody decides about another one than meant.
    const focused = old && old.contains(document.activeElement);
    if (focused) {
      old.replaceWith(row);
      row.querySelector("a.story").focus();
    } else {
      if (old) old.remove();
      rows.prepend(row);
    }
    row.classList.add("fresh");
    while (rows.children.length > MAX_ROWS) rows.lastElementChild.remove();
    changed();
  });
  source.addEventListener("gone", (event) => {
    const old = document.getElementById("a-" + event.data);
    if (old && !old.contains(document.activeElement)) old.remove();
    changed();
  });
  source.addEventListener("gap", () => {
    said.textContent = "Some changes are not held any more; load the page again.";
  });
  source.addEventListener("end", (event) => { said.textContent = "Live view interrupted: " + event.data; });
  source.addEventListener("error", () => {
    said.textContent = source.readyState === EventSource.CLOSED
      ? "Live view ended; load the page again."
      : "Live view interrupted; trying again.";
  });
  // A page that is left has no use for a place among the watchers.
  window.addEventListener("pagehide", () => source.close());
}

async function recount() {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer || !answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [now, old] = [page.getElementById("counts"), document.getElementById("counts")];
  if (now && old && !old.contains(document.activeElement)) old.replaceWith(now);
}

const rows = document.getElementById("rows");
if (rows && rows.dataset.live) live(rows);
