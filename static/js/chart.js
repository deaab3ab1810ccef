/* Draws every `<script type="application/json" data-chart>` with Plotly. The script holds one figure
   {data, layout} or {light, dark}, or names in `data-chart-src` where that is to be had. Without
   scripts, or where it is not to be had, the table of numbers stands open instead. */
(function () {
  "use strict";

  const CONFIG = { responsive: true, displayModeBar: false, displaylogo: false };

  const token = (name) => {
    // light-dark() reaches scripts only as a resolved colour of an element
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  };

  const NARROW = 480; // below it the words of a chart get smaller, else they are cut off

  function dressed(figure, width) {
    const font = { family: getComputedStyle(document.body).fontFamily, color: token("--text-muted") };
    const layout = {
      margin: { l: 56, r: 24, t: 12, b: 48 },
      ...figure.layout,
      autosize: true,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
    };
    layout.font = { size: 13, ...layout.font, ...font };
    if (width < NARROW) layout.font.size = 11;
    for (const axis of ["xaxis", "yaxis"]) {
      const given = layout[axis] || {};
      layout[axis] = { automargin: true, ...given, gridcolor: token("--line"), linecolor: token("--line-strong") };
      if (given.title) layout[axis].title = { ...given.title, font: { size: 13, color: font.color } };
      if (given.type === "log" && !("dtick" in given)) layout[axis].dtick = 1; // decades only
    }
    layout.hoverlabel = {
      bgcolor: token("--surface"),
      bordercolor: token("--line-strong"),
      font: { family: font.family, color: token("--text") },
    };
    return { data: figure.data, layout };
  }

  const asked = new WeakMap(); // by source: its figures, on their way or here

  async function fetched(address) {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return answer.json();
  }

  function figuresOf(source) {
    const address = source.dataset.chartSrc;
    if (!asked.has(source)) {
      asked.set(source, address ? fetched(address) : Promise.resolve(JSON.parse(source.textContent)));
    }
    return asked.get(source);
  }

  async function draw(source) {
    const canvas = source.closest("[data-chart-frame]").querySelector("[data-chart-canvas]");
    const figures = await figuresOf(source);
    const dark = window.miaTheme.isDark();
    const figure = figures.data ? figures : figures[dark ? "dark" : "light"];
    const { data, layout } = dressed(figure, canvas.clientWidth);
    // The page may have been left or changed meanwhile.
    if (!canvas.isConnected) return undefined;
    if (!canvas.classList.contains("js-plotly-plot")) canvas.replaceChildren();
    return window.Plotly.react(canvas, data, layout, CONFIG);
  }

  function fold(source) {
    const table = source.closest("[data-chart-frame]").querySelector("[data-chart-table]");
    if (table) table.open = false;
  }

  // Nothing came: the numbers stay open below, and the place of the picture says why it is empty.
  function missing(source) {
    const loading = source.closest("[data-chart-frame]").querySelector("[data-chart-missing]");
    if (loading) loading.textContent = loading.dataset.chartMissing;
  }

  const sources = (root) => root.querySelectorAll('script[type="application/json"][data-chart]');

  function drawAll(root) {
    if (!window.Plotly) return; // the table stays open
    sources(root).forEach((source) => {
      if (source.dataset.chart === "drawn") return;
      source.dataset.chart = "drawn";
      draw(source).then(
        () => fold(source),
        () => missing(source),
      );
    });
  }

  document.addEventListener("DOMContentLoaded", () => drawAll(document));
  document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
  document.addEventListener("mia:theme", () => {
    if (window.Plotly) sources(document).forEach((source) => source.dataset.chart === "drawn" && draw(source));
  });
})();
