/* Draws every `<script type="application/json" data-chart>` with Plotly. The script holds one figure
   {data, layout} or {light, dark}, or names in `data-chart-src` where that is to be had; what is laid
   out otherwise on a phone stands in `narrow` {layout, height_rem} beside them. Without
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

  const NARROW = 480; // below it words get smaller, and the names of lines stand under the picture

  const isNarrow = (canvas) => canvas.parentElement.clientWidth < NARROW;
  const WORDS = 5; // so many cells beside each other keep their words readable on a phone

  /* a wide map scrolls within its card there, like the drawn picture of it */
  function widen(canvas, figure, narrow) {
    const map = figure.data.find((line) => line.type === "heatmap");
    const cells = map ? map.z[0].length : 0;
    const wide = narrow && cells > WORDS;
    canvas.style.minWidth = wide ? `${12 + 4.25 * cells}rem` : "";
    canvas.parentElement.style.overflowX = wide ? "auto" : "";
  }

  const named = (figure) => figure.data.filter((line) => line.name && line.showlegend !== false).length;

  // the names of lines add to the picture
  const heightOf = (figure) => (figure.narrow ? figure.narrow.height_rem : 18 + 1.2 * named(figure));

  function dressed(figure, narrow) {
    const font = { family: getComputedStyle(document.body).fontFamily, color: token("--text-muted") };
    const layout = {
      margin: { l: 56, r: 24, t: 12, b: 48 },
      ...figure.layout,
      ...(narrow && figure.narrow ? figure.narrow.layout : {}),
      autosize: true,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
    };
    layout.font = { size: 13, ...layout.font, ...font };
    if (narrow) {
      layout.font.size = 11;
      layout.legend = { ...layout.legend, orientation: "v", x: 0, yref: "container", y: 0, yanchor: "bottom", maxheight: 1 };
    }
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
    // The page may have been left or changed meanwhile.
    if (!canvas.isConnected) return undefined;
    const narrow = isNarrow(canvas);
    canvas.style.height = narrow ? `${heightOf(figure)}rem` : "";
    canvas.dataset.narrow = narrow;
    widen(canvas, figure, narrow);
    const { data, layout } = dressed(figure, narrow);
    if (!canvas.classList.contains("js-plotly-plot")) canvas.replaceChildren();
    await window.Plotly.react(canvas, data, layout, CONFIG);
    offerPng(source, figures.data ? figures : figures.light);
  }

  /* the picture to take away, in light colours on white paper whatever the theme of the page */
  function offerPng(source, figure) {
    const button = source.closest("[data-chart-frame]").querySelector("[data-chart-png]");
    if (!button || !button.hidden) return;
    const title = { text: button.dataset.chartTitle.replaceAll("<", "&lt;"), x: 0.02, xanchor: "left", font: { size: 17 } };
    const paper = { paper_bgcolor: "#fff", plot_bgcolor: "#fff", width: 1200, height: 675, title };
    const given = figure.layout.margin || {};
    paper.margin = { ...given, l: Math.max(given.l || 0, 90), r: 40, t: 80, b: Math.max(given.b || 0, 80) };
    for (const axis of ["xaxis", "yaxis"]) paper[axis] = { ...figure.layout[axis], automargin: true }; // long names have their room
    button.hidden = false;
    button.addEventListener("click", () => {
      window.Plotly.downloadImage(
        { data: figure.data, layout: { ...figure.layout, ...paper } },
        { format: "png", width: paper.width, height: paper.height, scale: 2, filename: button.dataset.chartPng },
      );
    });
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

  /* a phone that is turned; Plotly itself only stretches what is drawn */
  function redrawTurned() {
    sources(document).forEach((source) => {
      const canvas = source.closest("[data-chart-frame]").querySelector("[data-chart-canvas]");
      const turned = canvas.dataset.narrow && canvas.dataset.narrow !== String(isNarrow(canvas));
      if (turned && window.Plotly) draw(source);
    });
  }

  window.addEventListener("resize", redrawTurned);
  document.addEventListener("DOMContentLoaded", () => drawAll(document));
  document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
  document.addEventListener("mia:theme", () => {
    if (window.Plotly) sources(document).forEach((source) => source.dataset.chart === "drawn" && draw(source));
  });
})();
