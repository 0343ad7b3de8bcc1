// Small conveniences. Every page works without this script.
(function () {
  "use strict";
  document.documentElement.classList.add("has-js");

  // One pop-up at a time; a click elsewhere or Escape closes it.
  function closePops(except) {
    document.querySelectorAll("details.pop[open]").forEach(function (pop) {
      if (!except || !(pop === except || pop.contains(except))) pop.open = false;
    });
  }

  // A pop-up in a scrolling table would be cut off: it is placed over the page instead.
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
    if (event.target.closest("[data-print]")) return print();
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

  // A script that has to finish something first, such as a chart, cancels this event and prints itself.
  function print() {
    if (document.dispatchEvent(new Event("printasked", { cancelable: true }))) window.print();
  }

  function copyText(button) {
    navigator.clipboard.writeText(button.dataset.copy).then(function () {
      showToast("Copied " + button.dataset.copy, "success");
    }, function () {
      showToast("The browser did not allow copying.", "error");
    });
  }

  function showToast(text, tone) {
    const toast = document.createElement("div");
    const line = document.createElement("p");
    toast.className = "toast " + tone;
    line.textContent = text;
    toast.append(line);
    document.getElementById("toasts").append(toast);
    setTimeout(function () { toast.remove(); }, 10000);
  }

  // A failed htmx request shows a message.
  document.addEventListener("htmx:responseError", function (event) {
    const xhr = event.detail.xhr;
    if (xhr.status === 401) return showSignedOut();
    if (xhr.getResponseHeader("X-Fresh-Token")) return renew(event.detail);
    showToast("That did not work (" + event.detail.xhr.status + "). Load the page again.", "error");
  });
  document.addEventListener("htmx:sendError", function () {
    showToast("No answer from the server. Check the connection and try again.", "error");
  });

  // Signed out: the page and its input stay, and a message links to the sign-in.
  function showSignedOut() {
    if (document.querySelector(".toast.signed-out")) return;
    const toast = document.createElement("div");
    const line = document.createElement("p");
    const link = document.createElement("a");
    toast.className = "toast error signed-out";
    link.href = document.body.dataset.signIn;
    link.target = "_blank";
    link.textContent = "Sign in in a new tab";
    line.append("You were signed out. Nothing was sent, and what you typed is still here. ", link,
      ", then try again here.");
    toast.append(line);
    document.getElementById("toasts").append(toast);
  }

  // After a sign-in in another tab the forms of this page get the new token. The request is sent
  // again for the same person; another person gets a message with the new name instead.
  function renew(detail) {
    const trigger = detail.requestConfig.triggeringEvent;
    const person = detail.xhr.getResponseHeader("X-Person");
    document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach(function (input) {
      input.value = detail.xhr.getResponseHeader("X-Fresh-Token");
    });
    if (trigger && person === document.body.dataset.person && !detail.elt.dataset.renewed) {
      detail.elt.dataset.renewed = "yes";
      if (trigger.type !== "submit") return trigger.target.dispatchEvent(new Event(trigger.type, { bubbles: true }));
      const form = detail.elt, pressed = trigger.submitter;
      return form.requestSubmit(pressed && form.contains(pressed) ? pressed : null);
    }
    document.body.dataset.person = person;
    showToast(detail.xhr.responseText + " Nothing was sent yet: press again to send it.", "warning");
  }

  document.addEventListener("htmx:afterRequest", function (event) {
    if (!event.detail.successful) return;
    document.querySelectorAll(".toast.signed-out").forEach(function (toast) { toast.remove(); });
    delete event.detail.elt.dataset.renewed;
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
