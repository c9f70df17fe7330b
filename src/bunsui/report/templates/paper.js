// On paper everything that matters is open: what failed, what each operation came to; not outputs and definitions.
(() => {
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("#failures details, #timeline details, #differences details, tbody.bad tr.more details")]
      .filter((one) => !one.open);
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of opened) one.open = false; });
})();
