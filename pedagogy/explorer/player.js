// The player behind every explorer: sliders, a picture, its sentence and its numbers.
// One script, two homes: inline in a notebook output or a static page (play), and as the
// anywidget module of a running kernel (the default export).

// Explorers that a kernel stands behind, by id; outputs and widgets meet here in either order.
const models = (window.pedagogyModels ??= new Map());

const NARROW = 600; // page pixels; below them a picture's columns stand below each other

const STYLE = `
  .pedagogy-explorer { transition: color 1ms; } /* its end tells that the theme has changed */
  .pedagogy-dark { color-scheme: dark; }
  .pedagogy-row { display: flex; align-items: center; gap: 0.8em; margin: 0.2em 0; }
  .pedagogy-row label { min-width: 11em; }
  .pedagogy-row :is(input, select) { font: inherit; min-width: 0; max-width: 100%; }
  .pedagogy-row input[type="range"] { flex: 0 1 30em; }
  .pedagogy-row span { min-width: 5em; font-variant-numeric: tabular-nums; }
  .pedagogy-narrow .pedagogy-row { flex-wrap: wrap; gap: 0 0.8em; }
  .pedagogy-narrow .pedagogy-row label { flex: 1; min-width: 0; }
  .pedagogy-narrow .pedagogy-row span { min-width: 0; }
  .pedagogy-narrow .pedagogy-row :is(input, select) { order: 1; flex: 0 0 100%; margin: 0; }
  @media (pointer: coarse) { .pedagogy-row :is(input, select) { height: 44px; } }
  .pedagogy-narrow .pedagogy-row :is(input, select) { height: 44px; }
  .pedagogy-picture { display: block; }
  .pedagogy-stale { opacity: 0.3; }
  .pedagogy-problem { color: #a33; }
  .pedagogy-dark .pedagogy-problem { color: #f99; }
  .pedagogy-caption { display: block; margin: 0.2em 0; max-width: 60em; white-space: pre-line; overflow-wrap: anywhere; }
  .pedagogy-numbers { overflow-x: auto; margin: 0 0 0.6em; }
  .pedagogy-numbers summary { cursor: pointer; min-height: 24px; }
  .pedagogy-numbers table { border-collapse: collapse; margin: 0.2em 0; }
  .pedagogy-numbers caption { caption-side: bottom; text-align: left; }
  .pedagogy-numbers :is(th, td) { text-align: left; vertical-align: top; padding: 0.1em 1em 0.1em 0; overflow-wrap: anywhere; }
  .pedagogy-numbers th { font-family: monospace; font-weight: normal; }
`;

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

function makeInput(control, id) {
  if (control.kind === "choice") {
    const options = control.texts.map((text) => element("option", { textContent: text }));
    return element("select", { id }, ...options);
  }
  if (control.kind === "typed") return element("input", { id, type: "text", size: 40 });
  return element("input", { id, type: "range", min: 0, max: control.texts.length - 1, step: 1 });
}

// Lines that run along the edges of pixels are drawn on whole ones: sharp, as a print is.
function onPixels({ p, stroke, width }, unit) {
  const straight = p.every((v, i) => i < 2 || v === p[i - 2] || p[i ^ 1] === p[(i ^ 1) - 2]);
  if (!straight) return { points: p, thick: width };
  const thick = stroke ? Math.max(1, Math.round(width * unit)) : 0;
  const half = (thick % 2) / 2;
  const points = p.map((v) => (Math.round(v * unit - half) + half) / unit);
  return { points, thick: thick / unit };
}

// An item of recorder.py as a path for the brush, once for each size; unit: pixels a point.
function pathOf(item, unit) {
  if (item.d !== undefined) return { path: new Path2D(item.d), thick: item.width };
  const { points, thick } = item.at ? { points: item.p, thick: item.width } : onPixels(item, unit);
  const path = new Path2D();
  for (let i = 0; i < points.length; i += 2) path.lineTo(points[i], points[i + 1]);
  if (item.z) path.closePath();
  return { path, thick };
}

function draw(brush, item, { unit, paths }, glyphs, ink) {
  brush.save();
  if (item.clip) {
    brush.beginPath();
    brush.rect(...item.clip);
    brush.clip();
  }
  brush.globalAlpha = item.alpha ?? 1;
  brush.fillStyle = ink(item.fill);
  if (item.t || item.m) write(brush, item, unit, glyphs);
  else {
    if (!paths.has(item)) paths.set(item, pathOf(item, unit));
    const { path, thick } = paths.get(item);
    brush.strokeStyle = ink(item.stroke);
    brush.lineWidth = thick;
    brush.lineCap = item.cap ?? "butt";
    brush.lineJoin = item.at ? "miter" : "round";
    brush.setLineDash(item.dash ?? []);
    const places = item.at ?? [0, 0];
    for (let i = 0; i < places.length; i += 2) {
      brush.translate(places[i] - (places[i - 2] ?? 0), places[i + 1] - (places[i - 1] ?? 0));
      if (item.fill) brush.fill(path);
      if (item.stroke) brush.stroke(path);
    }
  }
  brush.restore();
}

function write(brush, { t, m, x, y, size, angle = 0 }, unit, glyphs) {
  const whole = (v) => (angle ? v : Math.round(v * unit) / unit);
  brush.translate(whole(x), whole(y));
  brush.rotate((-angle * Math.PI) / 180);
  brush.scale(size / 100, -size / 100);
  const placed = m ?? t;
  for (let i = 0; i < placed.length; i += m ? 4 : 2) {
    const [glyph, left, up, scale] = m ? placed.slice(i, i + 4) : [placed[i], placed[i + 1], 0, 1];
    brush.save();
    brush.translate(left, up);
    brush.scale(scale, scale);
    brush.fill(glyphs.get(glyph));
    brush.restore();
  }
}

export function play(root, data, model = null) {
  const me = data.id + "-" + Math.random().toString(36).slice(2);
  const state = data.controls.map((control) => control.start); // an index, or a typed text
  const frames = new Map(Object.entries(data.frames));
  const glyphs = new Map();
  const learn = (outlines) =>
    Object.entries(outlines).forEach(([glyph, d]) => glyphs.set(+glyph, new Path2D(d)));
  learn(data.glyphs);
  const canvas = element("canvas", { role: "img", ariaLabel: data.alt });
  canvas.className = "pedagogy-picture";
  canvas.setAttribute("aria-describedby", me);
  const stand = element("div", {}, canvas); // as wide as the picture may be
  const problem = element("output", { className: "pedagogy-problem" }); // by what was typed
  problem.setAttribute("aria-live", "assertive");
  const sentence = element("output", { id: me, className: "pedagogy-caption" });
  sentence.setAttribute("aria-live", "polite");
  const table = element("table");
  const numbers = element("details", { className: "pedagogy-numbers" });
  numbers.append(element("summary", { textContent: data.numbers }), table);
  numbers.addEventListener("toggle", () => fillTable());
  const brush = canvas.getContext("2d");
  const base = element("canvas"); // what stands still
  let panels = []; // where on the canvas the picture's columns are
  let laid = ""; // for which size and theme
  let view = 0; // the picture, or the one for a phone
  let dark = false;
  let now = null; // the frame that is shown
  const keyNow = () => JSON.stringify(state); // as widget.py's key()
  let waiting = null; // the one question to the kernel that is on its way
  let telling = false; // the kernel the values
  let syncTimer = null;

  const rows = data.controls.map((control, i) => {
    const id = `${me}-${i}`;
    const input = makeInput(control, id);
    // JupyterLab would take the arrow keys for itself.
    input.setAttribute("data-lm-suppress-shortcuts", "true");
    const value = element("span");
    const move = () => {
      const moved = { range: () => +input.value, choice: () => input.selectedIndex };
      state[i] = (moved[control.kind] ?? (() => input.value))();
      if (control.resets) data.controls.forEach((other, j) => j !== i && (state[j] = other.home));
      refresh();
      tellKernelSoon();
    };
    input.addEventListener(control.kind === "typed" ? "change" : "input", move);
    // JupyterLab keeps the Enter that would make a typed line's change.
    if (control.kind === "typed") {
      input.addEventListener("keydown", (event) => event.key === "Enter" && move());
    }
    const label = element("label", { htmlFor: id, textContent: control.label });
    const line = element("div", { className: "pedagogy-row" }, label, input, value);
    return { control, input, value, line };
  });
  const style = element("style", { textContent: STYLE });
  root.classList.add("pedagogy-explorer");
  root.replaceChildren(style, ...rows.map((row) => row.line), problem, stand, sentence, numbers);

  // Sizes and colours for the room and the theme at hand; pictures are drawn anew if these changed.
  function layOut() {
    const room = root.clientWidth;
    if (!room) return; // not on the screen yet
    const narrow = room < NARROW;
    view = narrow ? data.views.length - 1 : 0;
    const { size, columns } = data.views[view];
    const light = getComputedStyle(root).color.match(/[\d.]+/g).slice(0, 3);
    dark = light.reduce((sum, part) => sum + +part, 0) > 3 * 128; // bright letters
    root.classList.toggle("pedagogy-narrow", narrow);
    root.classList.toggle("pedagogy-dark", dark);
    if (`${room}` !== root.dataset.room) {
      root.dataset.room = room;
      keepRoomForSentence();
      const besides = root.offsetHeight - stand.offsetHeight;
      const free = `var(--pedagogy-room, 100vh - 8rem) - ${besides}px`;
      const least = "max(40vh, min(18rem, 80vh))"; // a phone on its side is less than 25 rem high
      const height = `max(var(--pedagogy-least, ${least}), ${free})`;
      stand.style.width = narrow ? "100%" : `min(100%, ${height} * ${size[0] / size[1]})`;
    }
    // Whole pixels of the screen, also where a slide is scaled: else all lines would be blurred.
    const { width } = stand.getBoundingClientRect();
    const scale = devicePixelRatio * Number((width / stand.offsetWidth).toFixed(2));
    const pixels = Math.floor(width * devicePixelRatio);
    if (`${[pixels, view, dark]}` === laid) return;
    laid = `${[pixels, view, dark]}`;
    const cuts = narrow ? columns : [0, size[0]];
    let top = 0;
    panels = cuts.slice(1).map((right, i) => {
      const unit = pixels / (right - cuts[i]);
      const panel = { unit, left: cuts[i], top, height: Math.round(size[1] * unit), paths: new WeakMap() };
      top += panel.height;
      return panel;
    });
    [canvas.width, canvas.height] = [base.width, base.height] = [pixels, top];
    [canvas.style.width, canvas.style.height] = [`${pixels / scale}px`, `${top / scale}px`];
    drawAll(base.getContext("2d"), data.views[view].base);
    if (now) drawNow();
  }

  // As much as the longest one takes, so that nothing jumps when a slider moves.
  function keepRoomForSentence() {
    const captions = [...frames.values()].map((frame) => frame.caption);
    const length = (text) => text.length + 60 * text.split("\n").length;
    const longest = captions.reduce((a, b) => (length(b) > length(a) ? b : a));
    const ghost = element("div", { className: "pedagogy-caption", textContent: longest });
    root.append(ghost);
    sentence.style.minHeight = ghost.offsetHeight + "px";
    ghost.remove();
  }

  function drawAll(brush, items) {
    const ink = (color) => (dark && data.dark[color]) || color || "transparent";
    for (const panel of panels) {
      brush.setTransform(1, 0, 0, 1, 0, panel.top);
      brush.save();
      brush.beginPath();
      brush.rect(0, 0, canvas.width, panel.height);
      brush.clip();
      brush.translate(-Math.round(panel.left * panel.unit), 0);
      brush.scale(panel.unit, panel.unit);
      for (const item of items) {
        draw(brush, typeof item === "number" ? data.items[item] : item, panel, glyphs, ink);
      }
      brush.restore();
    }
  }

  function drawNow() {
    brush.setTransform(1, 0, 0, 1, 0, 0);
    brush.clearRect(0, 0, canvas.width, canvas.height);
    brush.drawImage(base, 0, 0);
    drawAll(brush, now.draws[view]);
  }

  function fillTable() {
    if (!numbers.open || !now) return;
    const lines = now.rows.map((row) => {
      const [name, text] = typeof row === "number" ? data.rows[row] : row;
      const head = element("th", { scope: "row", textContent: name });
      return element("tr", {}, head, element("td", { textContent: text }));
    });
    const caption = element("caption", { textContent: data.inPython });
    table.replaceChildren(caption, element("tbody", {}, ...lines));
  }

  function refresh() {
    rows.forEach(({ control, input, value }, i) => {
      if (control.kind === "typed") input.value = state[i];
      else if (control.kind === "choice") input.selectedIndex = state[i];
      else {
        input.value = state[i];
        value.textContent = control.texts[state[i]];
        input.setAttribute("aria-valuetext", control.texts[state[i]]);
      }
    });
    const key = keyNow();
    const frame = frames.get(key);
    if (frame) paint(key, frame);
    else if (model) ask(key);
    else {
      canvas.classList.add("pedagogy-stale");
      say(data.noKernel);
    }
  }

  function say(text) {
    problem.textContent = "";
    if (sentence.textContent !== text) sentence.textContent = text;
  }

  function paint(key, frame) {
    now = frame;
    if (laid) drawNow();
    canvas.classList.remove("pedagogy-stale");
    canvas.dataset.shown = key;
    say(frame.caption);
    fillTable();
  }

  function ask(key) {
    if (waiting) return; // when the kernel is free, the last value is asked for
    waiting = key;
    const status = ({ content }) => content.execution_state === "idle" && askOn(key);
    try {
      model.send({ ask: "frame", state: [...state], key, view: me }, { iopub: { status } });
    } catch {
      waiting = null;
      say(data.kernelGone);
    }
  }

  // Asking only when the kernel is idle again keeps TCP from holding its small messages back.
  function askOn(key) {
    if (waiting !== key) return;
    waiting = null;
    if (key !== keyNow()) refresh();
  }

  function tellKernelSoon() {
    clearTimeout(syncTimer);
    if (!model) return;
    syncTimer = setTimeout(() => {
      telling = true; // else the first value set would bring the others' old values back
      rows.forEach(({ control }, i) => model.set(control.name, valueOf(control, state[i])));
      telling = false;
      try {
        model.save_changes();
      } catch {
        // The kernel is gone; what was drawn ahead plays on without it.
      }
    }, 100);
  }

  const valueOf = (control, index) => (control.kind === "typed" ? index : control.values[index]);

  function connect(kernelModel) {
    model = kernelModel;
    const follow = () => {
      if (telling) return;
      rows.forEach(({ control }, i) => {
        const value = model.get(control.name);
        state[i] = control.kind === "typed" ? value : control.values.indexOf(value);
      });
      refresh();
    };
    rows.forEach(({ control }) => model.on("change:" + control.name, follow));
    model.on("msg:custom", (message) => {
      if (message.view !== me || !message.key) return;
      setTimeout(askOn, 50, message.key); // where nobody tells that the kernel is idle
      if (message.error) {
        if (message.key === keyNow()) problem.textContent = message.error;
      } else {
        learn(message.frame.glyphs);
        frames.set(message.key, message.frame);
        if (frames.size > data.most) frames.delete(frames.keys().next().value); // the oldest
        paint(message.key, message.frame); // what lies on the way is worth seeing, too
      }
    });
    follow();
  }

  if (model) connect(model);
  else if (models.has(data.id)) connect(models.get(data.id));
  else window.addEventListener("pedagogy:" + data.id, () => connect(models.get(data.id)));
  refresh();
  layOut();
  const sizes = new ResizeObserver(layOut);
  sizes.observe(root);
  sizes.observe(stand);
  root.addEventListener("transitionend", ({ target }) => target === root && layOut());
}

export default {
  initialize({ model }) {
    models.set(model.get("explorer_id"), model);
    window.dispatchEvent(new Event("pedagogy:" + model.get("explorer_id")));
  },
  render({ model, el }) {
    const root = element("div");
    el.append(root);
    const begin = (message) => {
      if (!message.player) return;
      model.off("msg:custom", begin);
      play(root, message.player, model);
    };
    model.on("msg:custom", begin);
    model.send({ ask: "player" });
  },
};
