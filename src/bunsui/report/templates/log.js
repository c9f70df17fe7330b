// The log: all lines in memory, in the page only those in sight. Nothing of a line is ever taken for markup.
(async () => {
  const viewer = document.getElementById("viewer"), holder = document.getElementById("log-data");
  if (!viewer) return;
  const HEIGHT = 20, MARGIN = 20, LEVELS = ["DEBUG", "INFO", "WARN", "ERROR", "CRIT"];
  const find = (id) => document.getElementById(id);
  const log = JSON.parse(holder.dataset.encoding === "gzip" ? await unpacked(holder.textContent) : holder.textContent);
  const count = log.message.length, times = new Float64Array(count);
  let sum = log.begin;
  for (let at = 0; at < count; at++) times[at] = sum += log.time[at];
  const evidence = new Set(log.evidence.flat()), opening = holder.dataset.open === "" ? -1 : Number(holder.dataset.open);
  const [box, room, pane, chosen] = ["lines", "room", "window", "chosen"].map(find);
  const [search, operation, level, attempt] = ["find", "by-operation", "by-level", "by-attempt"].map(find);
  let lower = null, shown = everything(), selected = -1, needle = "", sensitive = false;

  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }
  function everything() { return Int32Array.from({ length: count }, (_, at) => at); }

  // What cannot be seen, or would reorder what can, is spelt out.
  const hidden = /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;
  const spelt = (letter) => {
    const code = letter.codePointAt(0);
    if (code === 9) return "    ";
    if (code === 10) return "↵ ";
    return code < 256 ? "\\x" + code.toString(16).padStart(2, "0") : "\\u{" + code.toString(16) + "}";
  };
  const visible = (text) => text.replace(hidden, spelt);
  const plain = (text) => text.replace(/\u001b\[[0-9;]*m/g, "");  // colours of a terminal

  const two = (number) => String(number).padStart(2, "0");
  function clock(at) {
    const date = new Date(at), here = document.documentElement.dataset.zone === "local";
    const parts = here ? [date.getHours(), date.getMinutes(), date.getSeconds()]
      : [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
    return parts.map(two).join(":") + "." + String(date.getMilliseconds()).padStart(3, "0");
  }
  function who(at) {
    const name = log.operations[log.operation[at]] || "session";
    return log.item[at] < 0 ? name : `${name}[${log.item[at]}]`;
  }
  function node(kind, name, text) {
    const made = document.createElement(kind);
    made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  }
  function marked(element, text) {
    if (!needle) { element.textContent = text; return element; }
    const where = sensitive ? text : text.toLowerCase();
    let from = 0, at;
    while ((at = where.indexOf(needle, from)) >= 0 && element.childNodes.length < 200) {
      element.append(text.slice(from, at), node("mark", "", text.slice(at, at + needle.length)));
      from = at + needle.length;
    }
    element.append(text.slice(from));
    return element;
  }
  function entry(at) {
    const kind = log.level[at] >= 3 ? " error" : log.level[at] === 2 ? " warning" : "";
    const made = node("div", "entry" + kind + (evidence.has(at) ? " proof" : "") + (at === selected ? " chosen" : ""));
    made.dataset.at = at;
    const text = visible(plain(log.message[at]));
    made.append(node("span", "when", clock(times[at])), node("span", "level", LEVELS[log.level[at]]),
      node("span", "who", visible(who(at))), marked(node("span", "message"), text.length > 600 ? text.slice(0, 600) + "…" : text));
    return made;
  }
  function draw() {
    const first = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - MARGIN);
    const last = Math.min(shown.length, first + Math.ceil(box.clientHeight / HEIGHT) + 2 * MARGIN);
    room.style.height = shown.length * HEIGHT + "px";
    pane.style.top = first * HEIGHT + "px";
    const made = [];
    for (let at = first; at < last; at++) made.push(entry(shown[at]));
    pane.replaceChildren(...made);
  }
  function tell() {
    const all = count.toLocaleString("en");
    find("found").textContent = shown.length === count ? `${all} lines` : `${shown.length.toLocaleString("en")} of ${all} lines`;
  }
  function filter() {
    const text = search.value;
    sensitive = text !== text.toLowerCase();
    needle = text;
    if (needle && !sensitive && !lower) lower = log.message.map((one) => plain(one).toLowerCase());
    const least = Number(level.value), wanted = operation.value, tried = attempt.value === "" ? -1 : Number(attempt.value);
    const takes = log.operations.map((name) => !wanted || name === wanted || name.startsWith(wanted + "."));
    const kept = new Int32Array(count);
    let length = 0;
    for (let at = 0; at < count; at++) {
      if (log.level[at] < least || !takes[log.operation[at]] || (tried >= 0 && log.attempt[at] !== tried)) continue;
      if (needle && !(sensitive ? plain(log.message[at]) : lower[at]).includes(needle)) continue;
      kept[length++] = at;
    }
    shown = kept.subarray(0, length);
    tell();
    reveal(selected);
  }
  // To the line, or where it would be; in the middle of what is in sight.
  function reveal(at) {
    let low = 0, high = shown.length;
    while (low < high) { const half = (low + high) >> 1; if (shown[half] < at) low = half + 1; else high = half; }
    box.scrollTop = at < 0 ? 0 : Math.max(0, low * HEIGHT - box.clientHeight / 2);
    draw();
  }
  function choose(at) {
    selected = at;
    const head = node("div", "head");
    const date = new Date(times[at]);
    head.append(node("b", "", visible(who(at))), node("span", "muted", date.toISOString().replace("T", " ").replace("Z", " UTC")),
      node("span", "muted", `${LEVELS[log.level[at]]}, ${visible(log.streams[log.stream[at]])}`));
    const tried = log.attempts[log.attempt[at]];
    if (tried) head.append(node("span", "muted", "attempt " + visible(tried)));
    const around = node("button", "quiet", "show what is around it");
    around.type = "button";
    around.addEventListener("click", () => { clear(); reveal(at); });
    head.append(around);
    const text = node("pre", "");
    marked(text, plain(log.message[at]).split("\n").map(visible).join("\n"));
    chosen.replaceChildren(head, text);
    chosen.hidden = false;
    draw();
  }
  function clear() { search.value = operation.value = attempt.value = ""; level.value = "0"; filter(); }
  function options(select, names, empty) {
    names.forEach((name, number) => {
      const made = node("option", "", visible(name) || empty);
      made.value = select === attempt ? number : name;
      if (name || select === attempt) select.append(made);
    });
  }
  options(operation, [...log.operations].sort(), "session");
  options(attempt, log.attempts, "of the session itself");
  let waiting = 0;
  const soon = () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(draw); };
  box.addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);
  document.addEventListener("zone", draw);
  for (const input of [search, operation, level, attempt]) input.addEventListener("input", filter);
  viewer.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  pane.addEventListener("click", (event) => {
    const line = event.target.closest(".entry");
    if (line && String(getSelection()) === "") choose(Number(line.dataset.at));
  });
  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || selected < 0) return;
    const next = shown[shown.indexOf(selected) + step];
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
    reveal(next);
  });
  find("clear").addEventListener("click", clear);
  find("next-error").addEventListener("click", () => {
    const after = [...shown].filter((at) => log.level[at] >= 3 || evidence.has(at));
    const next = after.find((at) => at > selected) ?? after[0];
    if (next !== undefined) { choose(next); reveal(next); }
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || /INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) return;
    event.preventDefault();
    search.focus();
  });
  for (const button of document.querySelectorAll(".show-log, .show-operation")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      clear();
      if (button.dataset.operation) { operation.value = button.dataset.operation; filter(); }
      else { choose(Number(button.dataset.line)); reveal(selected); }
      document.getElementById("log").scrollIntoView();
    });
  }
  // On paper: the end of what is shown, or what is around the evidence.
  addEventListener("beforeprint", () => {
    const first = opening >= 0 ? Math.max(0, opening - 40) : Math.max(0, shown.length - 120);
    const lines = opening >= 0 ? everything() : shown;
    const text = [...lines.slice(first, first + 120)].map((at) =>
      `${clock(times[at])} ${LEVELS[log.level[at]].padEnd(5)} ${visible(who(at))}  ${visible(plain(log.message[at])).slice(0, 400)}`);
    const left = count - text.length;
    find("paper").textContent = text.join("\n") + (left > 0 ? `\n… ${left.toLocaleString("en")} more lines in the file` : "");
  });
  viewer.hidden = false;
  tell();
  if (opening >= 0) { choose(opening); reveal(opening); } else draw();
  document.documentElement.dataset.log = "ready";
})();
