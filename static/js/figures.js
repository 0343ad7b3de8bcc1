// Draws each .chart from the JSON that its data-figure names, in the colours of the page.
(function () {
  "use strict";
  const config = { displayModeBar: false, responsive: true };

  // "var(--chart-1)" is what the server writes; Plotly needs the colour itself.
  function resolve(value, style) {
    if (typeof value === "string") {
      const name = /^var\((--[\w-]+)\)$/.exec(value);
      return name ? style.getPropertyValue(name[1]).trim() : value;
    }
    if (Array.isArray(value)) return value.map(function (v) { return resolve(v, style); });
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(function (pair) {
        return [pair[0], resolve(pair[1], style)];
      }));
    }
    return value;
  }

  function draw(box) {
    const source = document.getElementById(box.dataset.figure);
    if (!source || !window.Plotly) return;
    const figure = resolve(JSON.parse(source.textContent), getComputedStyle(document.documentElement));
    if (window.innerWidth < 600) figure.layout.height = 220;
    box.style.height = figure.layout.height + "px";
    window.Plotly.react(box, figure.data, figure.layout, config);
  }

  function drawAll(root) {
    root.querySelectorAll(".chart[data-figure]").forEach(draw);
  }

  drawAll(document);
  document.addEventListener("htmx:afterSettle", function (event) { drawAll(event.target); });
  // Paper is narrower than most screens, and nothing tells a chart of it.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll(".chart[data-figure]").forEach(function (box) {
      if (window.Plotly && box.layout) window.Plotly.relayout(box, { width: Math.min(box.offsetWidth, 960) });
    });
  });
  window.addEventListener("afterprint", function () { drawAll(document); });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () {
    drawAll(document);
  });
})();
