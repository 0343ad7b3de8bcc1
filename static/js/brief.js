// The brief's form: counts, country names, shares in money.
// The form works without any of this.
(function () {
  "use strict";
  const form = document.getElementById("brief");
  if (!form) return;

  // ---- the length of each line, and the platforms for which it is too long ----

  function countLines(box) {
    const list = form.querySelector('[data-counts="' + box.id + '"]');
    const limits = JSON.parse(box.dataset.limits);
    const lines = box.value.split("\n").map(function (line) { return line.trim(); }).filter(Boolean);
    list.hidden = !lines.length;
    list.replaceChildren.apply(list, lines.map(function (line) { return countLine(line, limits); }));
  }

  // Chinese, Japanese, Korean and full-width characters count twice where a limit says so; the
  // server counts exactly.
  const wide = /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

  function sizeOf(line, limit) {
    const letters = Array.from(line);
    return letters.length + (limit.wide ? letters.filter(function (l) { return wide.test(l); }).length : 0);
  }

  function countLine(line, limits) {
    const length = Math.max.apply(null, limits.map(function (limit) { return sizeOf(line, limit); }).concat(0));
    const tooLong = limits.filter(function (limit) { return sizeOf(line, limit) > limit.length; });
    const item = document.createElement("li");
    item.className = tooLong.length ? "over" : "";
    item.append(part("count", length), part("line", line));
    if (tooLong.length) {
      item.append(part("problem", "too long for " + tooLong.map(function (limit) {
        return limit.platform + " (" + limit.length + ")";
      }).join(", ")));
    }
    return item;
  }

  function part(name, text) {
    const span = document.createElement("span");
    span.className = "counts-" + name;
    span.textContent = text;
    return span;
  }

  form.querySelectorAll("textarea[data-limits]").forEach(function (box) {
    box.addEventListener("input", function () { countLines(box); });
    countLines(box);
  });

  // ---- countries: their names, and suggestions for the next one ----

  const countries = form.elements.countries;
  const suggestions = document.getElementById("country-codes");
  const names = document.getElementById("country-names");
  const hint = names.textContent;
  const codes = Array.from(suggestions.options, function (option) { return option.value; });
  const displayNames = window.Intl && Intl.DisplayNames
    ? new Intl.DisplayNames(["en"], { type: "region" }) : { of: function (code) { return code; } };

  function showCountries() {
    const parts = countries.value.toUpperCase().split(/[\s,;]+/).filter(Boolean);
    const known = parts.filter(function (code) { return codes.includes(code); });
    const unknown = parts.filter(function (code) { return code.length > 1 && !codes.includes(code); });
    const labels = known.map(function (code) { return displayNames.of(code); }).concat(unknown.map(function (code) {
      return code + " is no country code";
    }));
    names.textContent = labels.length ? labels.join(", ") : hint;
    const open = !/[\s,;]$/.test(countries.value) && parts.length ? parts.slice(0, -1) : parts;
    const before = open.length ? open.join(", ") + ", " : "";
    suggestions.replaceChildren.apply(suggestions, codes.filter(function (code) { return !open.includes(code); })
      .map(function (code) { return new Option(displayNames.of(code), before + code); }));
  }
  countries.addEventListener("input", showCountries);
  showCountries();

  // ---- the share of each account ----

  const box = form.querySelector("[data-digits]");
  const rows = Array.from(form.querySelectorAll("[data-account]"));

  function days() {
    const first = Date.parse(form.elements.start.value), last = Date.parse(form.elements.end.value);
    return last >= first ? Math.round((last - first) / 86400000) + 1 : 0;
  }

  function money(amount) {
    const digits = Number(box.dataset.digits);
    const unit = 10 ** digits;
    return (Math.floor(amount * unit + 1e-6) / unit).toLocaleString("en-US", {
      minimumFractionDigits: digits, maximumFractionDigits: digits
    }) + " " + (form.elements.currency ? form.elements.currency.value : document.getElementById("unit").textContent);
  }

  function shareOf(row) {
    const input = row.querySelector("input[type=number]");
    const share = input.value === "" ? 1 : Number(input.value);
    return row.querySelector("input[type=checkbox]").checked && share > 0 ? share : 0;
  }

  function showShares() {
    const total = Number(form.elements.total_budget.value.replace(/,/g, "")) || 0;
    const all = rows.reduce(function (sum, row) { return sum + shareOf(row); }, 0);
    const length = days();
    rows.forEach(function (row) {
      const share = all ? shareOf(row) / all : 0;
      row.classList.toggle("left-out", !share);
      const text = row.querySelector("[data-share-text]");
      text.classList.toggle("low", total * share > 0 && total * share / length < Number(row.dataset.minimum));
      text.textContent = !share ? "left out" : Math.round(share * 100) + " %"
        + (total ? " · " + money(total * share) + (length ? " · " + money(total * share / length) + " a day" : "") : "");
    });
    const sum = document.getElementById("sum");
    sum.hidden = false;
    showTotal("days", length || "–");
    showTotal("daily", total && length ? money(total / length) : "–");
    showTotal("accounts", rows.filter(shareOf).length);
  }

  function showTotal(name, text) {
    form.querySelector('[data-sum="' + name + '"]').textContent = text;
  }

  ["input", "change"].forEach(function (kind) { form.addEventListener(kind, showShares); });
  showShares();

  // ---- the draft in the page's address, so that a reload opens it again ----

  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.target.id !== "draft-state" || !event.target.dataset.saved) return;
    const address = new URL(window.location.href);
    address.search = "?draft=" + document.getElementById("draft-key").value;
    history.replaceState(history.state, "", address);
  });
})();
