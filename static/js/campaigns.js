// Ticked rows of the campaigns list go along to the tabs; columns are put in order.
(function () {
  "use strict";

  function form() { return document.getElementById("ticked"); }

  function boxes() { return Array.from(document.querySelectorAll("[data-tick]")); }

  function refresh() {
    const bar = form();
    if (!bar) return;
    const all = boxes(), ticked = all.filter(function (box) { return box.checked; });
    const total = Number(bar.dataset.total || 0);  // when all that fit the filter are ticked
    const count = total ? total - (all.length - ticked.length) : ticked.length;
    bar.classList.toggle("none", !count);
    bar.querySelector("[data-tick-count]").textContent = count.toLocaleString("en");
    const whole = all.length > 0 && ticked.length === all.length;
    const every = bar.querySelector("[data-tick-every]");
    if (every) every.hidden = !whole;
    const head = document.querySelector("[data-tick-all]");
    head.checked = whole;
    head.indeterminate = ticked.length > 0 && ticked.length < all.length;
    const level = bar.dataset.level, ids = ticked.map(function (box) { return box.value; }).join(",");
    if (level === "ads") return;
    document.querySelectorAll(total ? ".tabs a[href*='/of/']" : ".tabs a").forEach(function (tab) {
      const url = new URL(tab.href);
      url.searchParams.delete(level);
      if (ids) url.searchParams.set(level, ids);
      if (total) url.searchParams.set("seen", bar.elements.seen.value);
      tab.href = url.pathname + url.search.replace(/%2C/g, ",");
    });
  }

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-tick-all]")) {
      boxes().forEach(function (box) { box.checked = event.target.checked; });
    }
    if (event.target.matches("[data-tick-all], [data-tick]")) refresh();
  });

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const line = button.closest("li");
    const other = button.dataset.move === "up" ? line.previousElementSibling : line.nextElementSibling;
    if (!other) return;
    if (button.dataset.move === "up") other.before(line); else other.after(line);
    button.focus();
  });

  // A small dialogue is filled by the server; it closes itself when the change is asked for.
  function dialog() { return document.getElementById("dialog"); }

  document.addEventListener("htmx:afterSwap", function (event) {
    const shown = dialog();
    if (!shown || event.detail.target !== shown) return;
    if (!shown.open) shown.showModal();
    const first = shown.querySelector("[autofocus]");
    if (first) first.focus();
  });
  document.addEventListener("close-dialog", function () { dialog().close(); });
  document.addEventListener("click", function (event) {
    const shown = dialog();
    if (!shown) return;
    if (event.target === shown) return shown.close();
    if (!event.target.closest("[data-close]")) return;
    event.preventDefault();
    shown.close();
  });

  document.addEventListener("htmx:afterSettle", refresh);
  window.addEventListener("pageshow", refresh);
  refresh();
})();
