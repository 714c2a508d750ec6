// A look at the heads of a head map. One function, `explore(root, views)`; nothing is fetched.
// What a view holds is described in nbs/engine/explorer.ipynb. All text goes in as text, never as HTML.

const SVG = "http://www.w3.org/2000/svg";
let made = 0; // explorers on this page, for names of radio buttons

function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [k, v] of Object.entries(props)) {
    if (k in node) node[k] = v;
    else node.setAttribute(k, v);
  }
  node.append(...children);
  return node;
}

function svg(tag, props, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [k, v] of Object.entries(props)) node.setAttribute(k, v);
  node.append(...children);
  return node;
}

const known = (x) => x !== null && x !== undefined;
const num = (x, digits = 3) =>
  known(x) ? (x < 0 ? "\u2212" : "") + Math.abs(x).toFixed(digits) : "not known";
const percent = (x) => (known(x) ? `${(100 * x).toFixed(x < 0.0995 ? 1 : 0)} %` : "not known");
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const name = (view, i) => `layer ${Math.floor(i / view.size[1])}, head ${i % view.size[1]}`;

function interval(view, i) {
  const se = view.se && view.se[i];
  if (!known(se) || !known(view.coef[i])) return "";
  return `${num(view.coef[i] - 1.96 * se)} to ${num(view.coef[i] + 1.96 * se)}`;
}

// heads by coefficient, largest first; heads without a number come last
function ranked(view) {
  const order = view.coef.map((_, i) => i);
  const value = (i) => (known(view.coef[i]) ? view.coef[i] : -Infinity);
  return order.sort((a, b) => (value(b) === value(a) ? a - b : value(b) - value(a)));
}

// the attention of one head on the image tokens, or null
function attention(view, i) {
  const t = view.tokens;
  if (!t || !t.attention) return null;
  t.bytes ??= bytes(t.attention);
  const n = t.grid[0] * t.grid[1];
  return Array.from(t.bytes.subarray(i * n, (i + 1) * n), (q) => (q / 255) * t.scale[i]);
}

// the fewest tokens that hold half of a head's attention, and their share of the positive coefficients
function looked_at(view, i) {
  const weights = attention(view, i);
  const coef = view.tokens && view.tokens.coef;
  const total = weights ? weights.reduce((a, b) => a + b, 0) : 0;
  if (!total) return null;
  const order = weights.map((_, j) => j).sort((a, b) => weights[b] - weights[a]);
  let sum = 0;
  const tokens = [];
  for (const j of order) {
    if (sum >= total / 2) break;
    sum += weights[j];
    tokens.push(j);
  }
  if (!coef) return { n: tokens.length, of: weights.length, share: null };
  const positive = (js) => js.reduce((a, j) => a + Math.max(0, coef[j] ?? 0), 0);
  const all = positive(order);
  return { n: tokens.length, of: weights.length, share: all ? positive(tokens) / all : null };
}

function wrong(view) {
  if (!view || view.schema !== "headattr/explorer") return "this is no view of a head map";
  if (view.version !== 1) return `this view is of version ${view.version}, not 1`;
  const n = view.size[0] * view.size[1];
  return n && view.coef.length === n ? "" : "its coefficients do not fill its layers and heads";
}

export function explore(root, views) {
  root.classList.add("hx");
  const problem = views.length ? views.map(wrong).find(Boolean) : "there is nothing to show";
  if (problem) {
    root.replaceChildren(el("p", { role: "alert" }, `The explorer cannot be shown: ${problem}.`));
    return;
  }
  const id = ++made;
  const state = { view: views[0], head: 0, shown: 0, side: "keep", step: 0, overlay: "attention" };
  const title = el("p", { className: "hx-title" });
  const about = el("p", { className: "hx-soft" });
  const switches = el("div", { className: "hx-switches" });
  const grid = el("div", { role: "grid", className: "hx-grid" });
  const legend = el("div", { className: "hx-legend" });
  const stage = el("div", { className: "hx-stage" });
  const overlays = el("div", { className: "hx-switches" });
  const head = el("div", { className: "hx-head", "aria-live": "polite" });
  const cut = el("section", { className: "hx-cut", "aria-label": "Keep or ablate the best heads" });
  const table = el("details", { className: "hx-table" });
  const left = el("div", { className: "hx-left" }, grid, legend);
  const right = el("div", { className: "hx-right" }, stage, overlays, head);
  root.replaceChildren(title, about, switches, el("div", { className: "hx-main" }, left, right, cut), table);
  let cells = [];
  let order = [];

  // ---- switches: what there is more than one of
  const axes = { picture: "Picture", kind: "Question", method: "Method" };
  function draw_switches() {
    switches.replaceChildren();
    for (const [axis, label] of Object.entries(axes)) {
      const options = [...new Set(views.map((v) => v[axis] ?? ""))];
      if (options.length < 2) continue;
      const select = el("select", { className: `hx-${axis}` });
      select.append(...options.map((o) => el("option", { value: o }, o || "not named")));
      select.value = state.view[axis] ?? "";
      select.onchange = () => {
        const alike = (v) => Object.keys(axes).filter((a) => (v[a] ?? "") === (state.view[a] ?? "")).length;
        const having = views.filter((v) => (v[axis] ?? "") === select.value);
        open(having.sort((a, b) => alike(b) - alike(a))[0]);
        switches.querySelector(`.hx-${axis}`).focus();
      };
      switches.append(el("label", {}, `${label} `, select));
    }
  }

  // ---- the grid of heads
  function say(i) {
    const view = state.view;
    const ci = interval(view, i);
    return `${name(view, i)}: coefficient ${num(view.coef[i])}${ci && `, 95 % interval ${ci}`}`;
  }

  function draw_grid() {
    const view = state.view;
    const [layers, heads] = view.size;
    const scale = Math.max(...view.coef.map((c) => Math.abs(c ?? 0))) || 1;
    const every = heads > 16 ? 5 : 1;
    const columns = Array.from({ length: heads }, (_, h) =>
      el("span", { role: "columnheader", "aria-label": `head ${h}` }, h % every ? "" : String(h)));
    const corner = el("span", { role: "columnheader" }, "layer");
    cells = new Array(layers * heads);
    grid.style.setProperty("--heads", heads);
    grid.classList.toggle("hx-dense", heads > 16);
    grid.setAttribute("aria-label", `Heads: ${layers} layers of ${heads}; arrow keys move, layer 0 is at the bottom`);
    grid.replaceChildren();
    for (let layer = layers - 1; layer >= 0; layer--) {
      const row = el("div", { role: "row" }, el("span", { role: "rowheader" }, String(layer)));
      for (let h = 0; h < heads; h++) {
        const i = layer * heads + h;
        const c = view.coef[i];
        const cell = el("div", { role: "gridcell", tabIndex: -1, "aria-label": say(i), title: say(i) });
        cell.dataset.head = i;
        cell.style.setProperty("--size", `${known(c) ? (100 * Math.abs(c)) / scale : 0}%`);
        cell.className = known(c) ? (c < 0 ? "hx-neg" : "hx-pos") : "hx-none";
        cells[i] = cell;
        row.append(cell);
      }
      grid.append(row);
    }
    grid.append(el("div", { role: "row", className: "hx-columns" }, corner, ...columns));
    legend.replaceChildren(
      el("span", {}, num(-scale, 2)), el("span", { className: "hx-bar", role: "img",
        "aria-label": "colour scale: from lowers the answer, over no difference, to raises it" }),
      el("span", {}, `+${num(scale, 2)}`),
      el("span", { className: "hx-soft" }, "coefficient; dot: among the best k; dashed: a partner, clear of 0"));
  }

  function ring() {
    const k = state.view.curves ? state.view.curves.k[state.step] : 0;
    const best = new Set(order.slice(0, k));
    const clear = (p) => !known(p.se) || Math.abs(p.value) > 1.96 * p.se;
    const partners = new Set(pairs_of(state.shown).filter(clear).map((p) => p.other));
    cells.forEach((cell, i) => {
      cell.setAttribute("aria-selected", String(i === state.head));
      cell.tabIndex = i === state.head ? 0 : -1;
      cell.classList.toggle("hx-best", best.has(i));
      cell.classList.toggle("hx-partner", partners.has(i));
      cell.classList.toggle("hx-shown", i === state.shown);
    });
  }

  function show(i, chosen = false) {
    state.shown = i;
    if (chosen) state.head = i;
    ring();
    draw_overlay();
    draw_head();
  }

  const head_of = (event) => {
    const cell = event.target.closest("[data-head]");
    return cell ? Number(cell.dataset.head) : null;
  };
  grid.onpointerover = (e) => known(head_of(e)) && e.pointerType !== "touch" && show(head_of(e));
  grid.onpointerleave = () => state.shown !== state.head && show(state.head);
  grid.onclick = (e) => known(head_of(e)) && (show(head_of(e), true), cells[state.head].focus());
  grid.addEventListener("focusin", (e) => {
    if (known(head_of(e)) && head_of(e) !== state.head) show(head_of(e), true);
  });
  grid.onkeydown = (e) => {
    const [layers, heads] = state.view.size;
    let [layer, h] = [Math.floor(state.head / heads), state.head % heads];
    if (e.key === "ArrowRight") h++;
    else if (e.key === "ArrowLeft") h--;
    else if (e.key === "ArrowUp") layer++;
    else if (e.key === "ArrowDown") layer--;
    else if (e.key === "Home") h = 0;
    else if (e.key === "End") h = heads - 1;
    else if (e.key === "PageUp") layer = layers - 1;
    else if (e.key === "PageDown") layer = 0;
    else return;
    e.preventDefault();
    if (layer < 0 || layer >= layers || h < 0 || h >= heads) return;
    show(layer * heads + h, true);
    cells[state.head].focus();
  };

  // ---- the picture
  const canvas = el("canvas", { className: "hx-overlay", "aria-hidden": "true" });
  function draw_stage() {
    const view = state.view;
    stage.hidden = !view.image;
    if (!view.image) return;
    const { src, width, height } = view.image;
    stage.style.aspectRatio = `${width} / ${height}`;
    stage.replaceChildren(el("img", { src, width, height, alt: `the picture ${view.picture}` }), canvas);
  }

  function draw_overlays() {
    const tokens = state.view.tokens;
    const choices = { none: "the picture alone" };
    if (tokens && tokens.coef) choices.coef = "token coefficients";
    if (tokens && tokens.attention) choices.attention = "where the head looks";
    if (!(state.overlay in choices)) state.overlay = choices.attention ? "attention" : "none";
    overlays.hidden = !state.view.image || Object.keys(choices).length < 2;
    const select = el("select", { className: "hx-layer" });
    for (const [value, text] of Object.entries(choices)) select.append(el("option", { value }, text));
    select.value = state.overlay;
    select.onchange = () => ((state.overlay = select.value), draw_overlay());
    overlays.replaceChildren(el("label", {}, "Show ", select));
  }

  function draw_overlay() {
    const tokens = state.view.tokens;
    canvas.hidden = !tokens || state.overlay === "none";
    if (canvas.hidden) return;
    const [rows, columns] = tokens.grid;
    [canvas.width, canvas.height] = [columns, rows];
    const values = state.overlay === "coef" ? tokens.coef : attention(state.view, state.shown);
    if (!values) return;
    const most = Math.max(...values.map((v) => Math.abs(v ?? 0))) || 1;
    const style = getComputedStyle(root);
    const paint = canvas.getContext("2d");
    values.forEach((v, j) => {
      const size = Math.abs(v ?? 0) / most;
      const sign = v < 0 ? "--hx-neg" : "--hx-pos";
      paint.fillStyle = state.overlay === "coef" ? style.getPropertyValue(sign).trim() : "#000";
      paint.globalAlpha = state.overlay === "coef" ? 0.85 * size : 0.8 * (1 - size);
      paint.fillRect(j % columns, Math.floor(j / columns), 1, 1);
    });
  }

  // ---- the chosen head in words, and its partners
  function pairs_of(i) {
    const found = (state.view.pairs || []).filter((p) => p[0] === i || p[1] === i);
    const named = found.map(([a, b, value, se]) => ({ other: a === i ? b : a, value, se }));
    return named.sort((p, q) => Math.abs(q.value) - Math.abs(p.value)).slice(0, 8);
  }

  function draw_head() {
    const view = state.view;
    const i = state.shown;
    const ci = interval(view, i);
    const place = known(view.coef[i]) ? `, number ${order.indexOf(i) + 1} of ${order.length}` : "";
    const lines = [`Coefficient ${num(view.coef[i])}${ci && ` (95 % interval ${ci})`}${place}.`];
    const mass = view.tokens && view.tokens.mass && view.tokens.mass[i];
    if (known(mass)) lines.push(`${percent(mass)} of the final token's attention here is on the picture.`);
    const looks = looked_at(view, i);
    if (looks) {
      const share = known(looks.share)
        ? `; these hold ${percent(looks.share)} of the positive token coefficients` : "";
      lines.push(`Half of that lies on ${looks.n} of ${looks.of} cells${share}.`);
    }
    head.replaceChildren(
      el("p", { className: "hx-name" }, name(view, i)), ...lines.map((text) => el("p", {}, text)));
    head.dataset.head = i;
    if (!view.pairs) return;
    const partners = pairs_of(i);
    const list = el("ul", { className: "hx-partners" });
    for (const { other, value, se } of partners) {
      const button = el("button", { type: "button" }, name(view, other));
      button.onclick = () => (show(other, true), cells[other].focus());
      list.append(el("li", {}, button, ` ${num(value)}${known(se) ? ` \u00b1 ${num(1.96 * se)}` : ""}`));
    }
    head.append(el("p", { className: "hx-soft" }, partners.length
      ? "Partners: what both do together beyond their sum" : "No pair with this head is among the stored ones."), list);
  }

  // ---- keep or ablate the best k heads
  function plot(curves) {
    const ys = [...curves.keep.y, ...curves.ablate.y, 0, 1].filter(known);
    const [low, high] = [Math.min(...ys), Math.max(...ys)];
    const last = curves.k.length - 1;
    const x = (j) => 4 + (292 * j) / (last || 1);
    const y = (v) => 86 - (82 * (v - low)) / (high - low || 1);
    const box = svg("svg", { viewBox: "0 0 300 90", class: "hx-plot", "aria-hidden": "true" });
    for (const v of [0, 1]) box.append(svg("line", { x1: 0, x2: 300, y1: y(v), y2: y(v), class: "hx-rule" }));
    for (const side of ["keep", "ablate"]) {
      const points = curves.k.map((_, j) => [j, curves[side].y[j]]).filter((p) => known(p[1]));
      const path = points.map(([j, v]) => `${x(j)},${y(v)}`).join(" ");
      box.append(svg("polyline", { points: path, class: `hx-curve hx-${side}` }));
    }
    const at = curves[state.side].y[state.step];
    if (known(at)) box.append(svg("circle", { cx: x(state.step), cy: y(at), r: 4 }));
    return box;
  }

  function draw_cut() {
    const curves = state.view.curves;
    cut.hidden = !curves;
    if (!curves) return;
    state.step = Math.min(state.step, curves.k.length - 1);
    const sides = el("fieldset", {}, el("legend", {}, "The best k heads alone, or all but them"));
    for (const [side, text] of [["keep", "keep the top k"], ["ablate", "ablate the top k"]]) {
      const radio = el("input", { type: "radio", name: `hx-side-${id}`, value: side });
      radio.checked = side === state.side;
      radio.onchange = () => ((state.side = side), read_cut());
      sides.append(el("label", {}, radio, ` ${text} `));
    }
    const slider = el("input", { type: "range", min: 0, max: curves.k.length - 1, step: 1 });
    slider.value = state.step;
    slider.setAttribute("aria-label", "k, how many of the best heads");
    const said = el("div", { className: "hx-said", "aria-live": "polite" });
    const drawn = el("div", {});
    function read_cut() {
      const { k } = curves;
      const { y, top } = curves[state.side];
      const [at, value] = [k[state.step], y[state.step]];
      const words = state.side === "keep" ? `Only the best ${at} of ${order.length} heads see the picture`
        : `All but the best ${at} of ${order.length} heads see the picture`;
      slider.setAttribute("aria-valuetext", `${at} heads: y ${num(value)}`);
      said.dataset.k = at;
      said.dataset.y = known(value) ? value : "";
      said.replaceChildren(el("p", {}, `${words}: `, el("strong", {}, `y = ${num(value)}`),
        " (1: as with all heads, 0: as with none)."));
      const list = el("ol", { className: "hx-answers" });
      for (const [word, p] of (top && top[state.step]) || []) {
        const bar = el("span", { className: "hx-share" });
        bar.style.setProperty("--size", `${100 * (p ?? 0)}%`);
        list.append(el("li", {}, el("span", {}, word || "(nothing)"), bar, el("span", {}, percent(p))));
      }
      said.append(list);
      drawn.replaceChildren(plot(curves));
      ring();
    }
    slider.oninput = () => ((state.step = Number(slider.value)), read_cut());
    const key = el("p", { className: "hx-soft" }, "Solid line: kept; dashed: ablated; k grows to the right.");
    cut.replaceChildren(sides, el("label", { className: "hx-k" }, "k ", slider), said, drawn, key);
    read_cut();
  }

  // ---- the same as numbers
  function draw_table() {
    const view = state.view;
    const names = ["layer", "head", "coefficient", "95 % interval"];
    const row = (tag, texts) => el("tr", {}, ...texts.map((t) => el(tag, {}, t)));
    const best = order.slice(0, 20).map((i) => {
      const [layer, h] = [Math.floor(i / view.size[1]), i % view.size[1]];
      return row("td", [String(layer), String(h), num(view.coef[i]), interval(view, i) || "not known"]);
    });
    const body = el("table", {}, el("thead", {}, row("th", names)), el("tbody", {}, ...best));
    table.replaceChildren(el("summary", {}, `The ${best.length} best heads as numbers`), body);
  }

  function open(view) {
    state.view = view;
    order = ranked(view);
    state.head = state.shown = order[0];
    const curves = view.curves;
    if (curves) state.step = Math.max(0, curves.k.findIndex((k) => k >= Math.min(10, order.length)));
    title.textContent = view.title;
    about.textContent = view.about;
    for (const draw of [draw_switches, draw_grid, draw_stage, draw_overlays, draw_cut, draw_table]) draw();
    show(order[0], true);
  }
  open(views[0]);
}
