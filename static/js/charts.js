// Draws each .chart from the JSON that its data-figure names, in the colours of the page. The page
// contains an SVG sketch of it. The large library is loaded on the first input, or after some
// seconds, and draws the charts that scroll into view.
(function () {
  "use strict";
  const config = { displayModeBar: false, responsive: true };
  const library = document.currentScript.dataset.plotly;
  const inputEvents = ["pointermove", "pointerdown", "keydown", "wheel", "scroll", "touchstart"];
  const IDLE_MS = 3000;

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
    box.querySelectorAll(":scope > .sketch").forEach(function (sketch) { sketch.remove(); });
    box.style.height = figure.layout.height + "px";
    window.Plotly.react(box, figure.data, figure.layout, config);
  }

  function charts(root) { return Array.from(root.querySelectorAll(".chart[data-figure]")); }

  function drawAgain() {
    charts(document).filter(function (box) { return box.layout; }).forEach(draw);
  }

  // One chart at a time, so that the page stays responsive.
  const inView = new IntersectionObserver(function (entries) {
    entries.filter(function (entry) { return entry.isIntersecting; }).forEach(function (entry) {
      inView.unobserve(entry.target);
      setTimeout(draw, 0, entry.target);
    });
  }, { rootMargin: "200px" });

  function watch(root) {
    charts(root).forEach(function (box) { inView.observe(box); });
  }

  function load() {
    inputEvents.forEach(function (sign) { window.removeEventListener(sign, load, true); });
    if (document.querySelector("script[src='" + library + "']")) return;
    const script = document.createElement("script");
    script.src = library;
    script.addEventListener("load", function () { watch(document); });
    document.head.append(script);
  }

  // A printed chart needs its scale: remaining sketches are drawn before.
  document.addEventListener("printasked", function (event) {
    const sketches = charts(document).filter(function (box) { return !box.layout; });
    if (!sketches.length) return;
    event.preventDefault();
    function drawAndPrint() {
      sketches.forEach(draw);
      window.print();
    }
    if (window.Plotly) return drawAndPrint();
    load();
    document.querySelector("script[src='" + library + "']").addEventListener("load", drawAndPrint);
  });

  inputEvents.forEach(function (sign) {
    window.addEventListener(sign, load, { capture: true, passive: true });
  });
  function loadSoon() { setTimeout(load, IDLE_MS); }
  if (document.readyState === "complete") loadSoon(); else window.addEventListener("load", loadSoon);
  document.addEventListener("htmx:afterSettle", function (event) {
    if (window.Plotly) watch(event.target);
  });
  // Paper is narrower than most screens, and charts do not notice that themselves.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll(".chart[data-figure]").forEach(function (box) {
      if (window.Plotly && box.layout) window.Plotly.relayout(box, { width: Math.min(box.offsetWidth, 960) });
    });
  });
  window.addEventListener("afterprint", drawAgain);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAgain);
})();
