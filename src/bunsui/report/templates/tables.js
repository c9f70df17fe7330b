// The table of operations: sorted by a click on a heading; a link to an operation opens what there is to say of it.
(() => {
  const table = document.getElementById("table");
  if (!table) return;
  const groups = [...table.tBodies];
  const value = (group, column) => {
    const cell = group.rows[0].cells[column];
    const text = cell.dataset.sort ?? cell.textContent.trim();
    return text === "" ? null : isNaN(text) ? text : Number(text);
  };
  const compare = (a, b) => {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  };
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const way = head.getAttribute("aria-sort") === "descending" ? "ascending" : "descending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", way);
      const sign = way === "descending" ? -1 : 1;
      const sorted = [...groups].sort((a, b) => {
        const one = value(a, column), two = value(b, column);
        return one === null || two === null ? compare(one, two) : sign * compare(one, two);
      });
      table.append(...sorted);
    });
  });
  const unfold = (group, open) => {
    group.classList.toggle("open", open);
    group.querySelector("details").open = open;
    group.querySelector(".opener").setAttribute("aria-expanded", String(open));
  };
  table.classList.add("live");
  for (const group of groups) {
    if (!group.querySelector("details")) continue;
    const head = group.rows[0].cells[0], button = document.createElement("button");
    button.type = "button";
    button.className = "opener";
    button.setAttribute("aria-label", "More of " + head.querySelector(".name").textContent);
    button.setAttribute("aria-expanded", "false");
    head.prepend(button);
    group.rows[0].addEventListener("click", (event) => {
      if (!event.target.closest("a") && String(getSelection()) === "") unfold(group, !group.classList.contains("open"));
    });
  }
  const open = () => {
    const target = location.hash.startsWith("#op-") ? document.getElementById(location.hash.slice(1)) : null;
    if (target) unfold(target, true);
  };
  addEventListener("hashchange", open);
  open();
})();
