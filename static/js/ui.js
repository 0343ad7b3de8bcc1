// Small comforts. Every page works without them.
(function () {
  "use strict";
  document.documentElement.classList.add("has-js");

  // One pop-up at a time; a click elsewhere or Escape closes it.
  function closePops(except) {
    document.querySelectorAll("details.pop[open]").forEach(function (pop) {
      if (!except || !(pop === except || pop.contains(except))) pop.open = false;
    });
  }

  // A pop-up in a scrolling table would be cut off: it floats over the page instead.
  function place(pop) {
    const body = pop.querySelector(":scope > .pop-body");
    if (!body || !pop.closest(".scroll")) return;
    const at = pop.getBoundingClientRect();
    const below = at.bottom + 6 + body.offsetHeight < window.innerHeight;
    body.style.position = "fixed";
    body.style.top = (below ? at.bottom + 6 : at.top - 6 - body.offsetHeight) + "px";
    body.style.left = Math.max(8, Math.min(at.left, window.innerWidth - body.offsetWidth - 8)) + "px";
  }

  document.addEventListener("toggle", function (event) {
    const pop = event.target;
    if (!(pop instanceof HTMLDetailsElement) || !pop.classList.contains("pop") || !pop.open) return;
    closePops(pop);
    place(pop);
  }, true);

  document.addEventListener("click", function (event) {
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) return dismiss.closest(".toast").remove();
    if (event.target.closest("[data-print]")) return window.print();
    const copy = event.target.closest("[data-copy]");
    if (copy) return copyText(copy);
    closePops(event.target.closest("details.pop"));
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.pop[open] > summary");
    closePops();
    if (open) open.focus();
  });

  window.addEventListener("scroll", function (event) {
    if (event.target !== document) closePops();
  }, true);

  function copyText(button) {
    navigator.clipboard.writeText(button.dataset.copy).then(function () {
      say("Copied " + button.dataset.copy, "success");
    }, function () {
      say("The browser did not allow copying.", "error");
    });
  }

  function say(text, tone) {
    const toast = document.createElement("div");
    const line = document.createElement("p");
    toast.className = "toast " + tone;
    line.textContent = text;
    toast.append(line);
    document.getElementById("toasts").append(toast);
    setTimeout(function () { toast.remove(); }, 10000);
  }

  // A part that could not be fetched must not look as if it had worked.
  document.addEventListener("htmx:responseError", function (event) {
    say("That did not work (" + event.detail.xhr.status + "). Load the page again.", "error");
  });
  document.addEventListener("htmx:sendError", function () {
    say("No answer from the server. Check the connection and try again.", "error");
  });

  // A second press of a button that was already pressed would send the form twice.
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented || form.hasAttribute("hx-post")) return;
    setTimeout(function () {
      form.querySelectorAll("button").forEach(function (button) { button.disabled = true; });
    });
  });
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    document.querySelectorAll("form button:disabled").forEach(function (b) { b.disabled = false; });
  });
})();
