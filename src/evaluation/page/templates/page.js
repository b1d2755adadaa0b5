const LONG = 12; // rows of a table, beyond which it shows the first of them until asked for all
const words = document.querySelector("#words")?.content.firstElementChild.dataset ?? {};

// Letters without their accents: a reader who types “raton” finds “ratón”.
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

// Sortable tables: every column head becomes a button; rows are sorted within their group.
document.querySelectorAll("table.data").forEach((table) => {
  const heads = [...table.tHead.rows[0].cells];
  for (const row of table.querySelectorAll("tbody tr:not(.group)"))
    [...row.cells].forEach((cell, column) => (cell.dataset.label = heads[column].textContent));
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      for (const body of table.tBodies) sort(body, column, down ? -1 : 1);
    });
  });
  if (words.filter && table.rows.length > LONG) addFilter(table);
});

function sort(body, column, sign) {
  const rows = [...body.rows].filter((row) => !row.classList.contains("group"));
  const numeric = rows.some((row) => "value" in row.cells[column].dataset);
  const key = (row) => {
    const cell = row.cells[column];
    return numeric ? Number(cell.dataset.value ?? NaN) : cell.textContent;
  };
  rows
    .map((row) => [key(row), row])
    .sort(([a], [b]) => {
      if (!numeric) return sign * a.localeCompare(b, document.documentElement.lang);
      // Empty cells stay last, whichever way.
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
      return sign * (a < b ? -1 : a > b ? 1 : 0);
    })
    .forEach(([, row]) => body.append(row));
}

function field(label) {
  const holder = document.createElement("label");
  const input = document.createElement("input");
  input.type = "search";
  holder.className = "field";
  holder.append(label, input);
  return [holder, input];
}

// A long table shows its first rows; a filter, its button or paper shows the others.
function addFilter(table) {
  const [holder, input] = field(words.filter);
  const button = document.createElement("button");
  const box = table.closest(".scroll");
  button.type = "button";
  button.textContent = `${words.all} (${table.querySelectorAll("tbody tr:not(.group)").length})`;
  box.before(holder);
  box.after(button);
  let all = false;
  const show = () => {
    const sought = plain(input.value.trim());
    let left = all || sought ? Infinity : LONG;
    for (const body of table.tBodies) {
      let some = false;
      for (const row of body.rows) {
        if (row.classList.contains("group")) continue;
        row.hidden = left <= 0 || !plain(row.textContent).includes(sought);
        left -= row.hidden ? 0 : 1;
        some ||= !row.hidden;
      }
      body.hidden = !some;
    }
    button.hidden = all || sought !== "";
  };
  const open = () => ((all = true), show());
  input.addEventListener("input", show);
  button.addEventListener("click", open);
  addEventListener("beforeprint", open);
  table.addEventListener("click", show); // sorted rows are others
  show();
}

// A link to what is folded opens it, and all that it lies in.
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details"))
    fold.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", reveal);
addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (link && link.hash === location.hash) reveal();
});
if (location.hash) reveal();

// On paper all is open; afterwards it is as it was.
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  closed.forEach((fold) => (fold.open = true));
});
addEventListener("afterprint", () => closed.forEach((fold) => (fold.open = false)));

// A box that hides columns says so.
const boxes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const hides = target.scrollWidth > target.clientWidth + 1;
    target.classList.toggle("sideways", hides);
  }
});
document.querySelectorAll(".scroll").forEach((box) => {
  box.dataset.hint = words.sideways ?? "";
  boxes.observe(box);
});

// Search, and one button for all folds.
const nav = document.querySelector(".report nav");
if (nav) {
  const [holder, input] = field(words.search);
  const results = document.createElement("ol");
  results.className = "results";
  results.setAttribute("aria-live", "polite");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words.expand;
  button.addEventListener("click", () => {
    const open = button.textContent === words.expand;
    document.querySelectorAll("details.fold").forEach((fold) => (fold.open = open));
    button.textContent = open ? words.collapse : words.expand;
  });
  nav.append(holder, results);
  if (document.querySelector("details.fold")) nav.append(button);
  const places = [...document.querySelectorAll("main .exhibit, main .fold, main li, main section > p")].map(
    (place) => [place, plain(place.textContent)],
  );
  input.addEventListener("input", () => {
    const sought = plain(input.value.trim());
    results.replaceChildren();
    if (sought.length < 3) return;
    const found = new Map();
    for (const [place, text] of places) {
      const holder = place.closest("[id]");
      if (text.includes(sought) && !found.has(holder)) found.set(holder, place);
    }
    for (const holder of [...found.keys()].slice(0, 12)) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `#${holder.id}`;
      const name = holder.querySelector("summary, caption, figcaption, h3, h2") ?? holder;
      link.textContent = name.textContent.replace(/\s+/g, " ").trim().slice(0, 90);
      item.append(link);
      results.append(item);
    }
    if (!found.size) results.textContent = words.none;
  });
}
