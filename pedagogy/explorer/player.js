// The player behind every explorer: sliders, a picture and its sentence.
// One script, two homes: inline in a notebook output or a static page (play), and as the
// anywidget module of a running kernel (the default export).

// Explorers that a kernel stands behind, by id; outputs and widgets meet here in either order.
const models = (window.pedagogyModels ??= new Map());

const STYLE = `
  .pedagogy-row { display: flex; align-items: center; gap: 0.8em; margin: 0.2em 0; }
  .pedagogy-row label { min-width: 11em; }
  .pedagogy-row input[type="range"] { flex: 0 1 420px; }
  .pedagogy-row span { min-width: 5em; font-variant-numeric: tabular-nums; }
  .pedagogy-picture { display: block; max-width: 100%; background: white; }
  .pedagogy-problem { color: #a33; }
  .pedagogy-caption { display: block; min-height: 1.4em; margin: 0.2em 0 0.6em; max-width: 900px; white-space: pre-line; }
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

export function play(root, data, model = null) {
  const me = data.id + "-" + Math.random().toString(36).slice(2);
  const state = data.controls.map((control) => control.start); // an index, or a typed text
  const frames = new Map(Object.entries(data.frames).map(([key, frame]) => [key, { ...frame }]));
  const [width, height] = data.size;
  const canvas = element("canvas", { width, height, role: "img", ariaLabel: data.alt });
  canvas.className = "pedagogy-picture";
  canvas.style.width = width / data.scale + "px";
  const problem = element("output", { className: "pedagogy-problem" }); // by what was typed
  problem.setAttribute("aria-live", "assertive");
  const sentence = element("output", { className: "pedagogy-caption" });
  sentence.setAttribute("aria-live", "polite");
  const brush = canvas.getContext("2d");
  const base = picture(data.base);
  const keyNow = () => JSON.stringify(state); // as widget.py's key()
  let [begun, painted] = [0, 0]; // pictures, counted
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
  root.replaceChildren(style, ...rows.map((row) => row.line), problem, canvas, sentence);

  function picture(base64) {
    const image = element("img");
    image.ready = new Promise((done) => (image.onload = done)); // decode() would wait a frame
    image.src = "data:image/png;base64," + base64;
    return image;
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
    else say(data.noKernel);
  }

  function say(text) {
    problem.textContent = "";
    if (sentence.textContent !== text) sentence.textContent = text;
  }

  async function paint(key, frame) {
    const turn = ++begun;
    frame.image ??= picture(frame.png);
    if (!base.complete || !frame.image.complete) await Promise.all([base.ready, frame.image.ready]);
    if (turn < painted) return; // a later picture was quicker
    painted = turn;
    brush.drawImage(base, 0, 0);
    brush.drawImage(frame.image, frame.x, frame.y);
    canvas.dataset.shown = key;
    say(frame.caption);
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
  // Decode what was drawn ahead, so that the first move is as quick as the others.
  frames.forEach((frame) => (frame.image ??= picture(frame.png)));
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
