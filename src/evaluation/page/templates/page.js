// Sortable tables: every column head becomes a button; rows are sorted within their group.
document.querySelectorAll("table.data").forEach((table) => {
  const heads = [...table.tHead.rows[0].cells];
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
