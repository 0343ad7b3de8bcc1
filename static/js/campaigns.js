// Ticked rows of the campaigns list go along to the tabs; columns are put in order.
(function () {
  "use strict";

  function form() { return document.getElementById("ticked"); }

  function boxes() { return Array.from(document.querySelectorAll("[data-tick]")); }

  function refresh() {
    const bar = form();
    if (!bar) return;
    const all = boxes(), ticked = all.filter(function (box) { return box.checked; });
    bar.classList.toggle("none", !ticked.length);
    bar.querySelector("[data-tick-count]").textContent = ticked.length;
    const head = document.querySelector("[data-tick-all]");
    head.checked = all.length > 0 && ticked.length === all.length;
    head.indeterminate = ticked.length > 0 && ticked.length < all.length;
    const level = bar.dataset.level;
    if (level === "ads") return;
    document.querySelectorAll(".tabs a").forEach(function (tab) {
      const url = new URL(tab.href);
      url.searchParams.delete(level);
      if (ticked.length) {
        url.searchParams.set(level, ticked.map(function (box) { return box.value; }).join(","));
      }
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
  const dialog = document.getElementById("dialog");
  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.detail.target !== dialog) return;
    if (!dialog.open) dialog.showModal();
    const first = dialog.querySelector("[autofocus]");
    if (first) first.focus();
  });
  document.addEventListener("close-dialog", function () { dialog.close(); });
  document.addEventListener("click", function (event) {
    if (event.target === dialog) return dialog.close();
    if (!event.target.closest("[data-close]") || !dialog) return;
    event.preventDefault();
    dialog.close();
  });

  document.addEventListener("htmx:afterSettle", refresh);
  window.addEventListener("pageshow", refresh);
  refresh();
})();
