// Times of day: in UTC as written, or as they are where the reader is.
(() => {
  const button = document.getElementById("zone");
  const two = (number) => String(number).padStart(2, "0");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "your zone";
  const offset = (date) => {
    const minutes = -date.getTimezoneOffset(), size = Math.abs(minutes);
    return "UTC" + (minutes < 0 ? "−" : "+") + two(Math.floor(size / 60)) + ":" + two(size % 60);
  };
  const local = (date) =>
    `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${offset(date)}`;
  const moments = [...document.querySelectorAll("time")].map((element) => [element, element.textContent]);
  for (const [element] of moments) element.title = local(new Date(element.dateTime));
  button.hidden = false;
  button.addEventListener("click", () => {
    const here = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(here));
    button.textContent = here ? "Times in " + zone : "Times in UTC";
    document.documentElement.dataset.zone = here ? "local" : "utc";
    for (const [element, utc] of moments) element.textContent = here ? local(new Date(element.dateTime)) : utc;
    document.dispatchEvent(new Event("zone"));
  });
  for (const copy of document.querySelectorAll("button.copy")) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      const code = copy.previousElementSibling;
      try {
        await navigator.clipboard.writeText(code.textContent);
        copy.textContent = "copied";
      } catch {
        getSelection().selectAllChildren(code);
        copy.textContent = "selected";
      }
      setTimeout(() => { copy.textContent = "copy"; }, 1500);
    });
  }
})();
