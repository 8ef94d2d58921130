// The browser's half of Labels: two responses, a click or a key, and what the kernel says to it.
// One script, two homes: inline in a notebook output or a static page (label), and as the
// anywidget module of a running kernel (the default export).

// Widgets that a kernel stands behind, by id; outputs and widgets meet here in either order.
const models = (window.pedagogyModels ??= new Map());

const PAUSE = 400; // ms before a new pair can be judged: the second of two quick clicks is not for it
const DRAG = 5; // px between press and release: more is no click, but the marking of text
const PATIENCE = 4000; // ms until we say that the kernel doesn't answer

const KEYS = { ArrowLeft: "left", ArrowRight: "right", 1: "left", 2: "right", s: "skip", u: "undo" };

const STYLE = `
  .pedagogy-labels {
    --line: color-mix(in srgb, currentColor 22%, transparent);
    --soft: color-mix(in srgb, currentColor 68%, transparent);
    box-sizing: border-box; max-width: 1080px; margin: 4px; padding: 18px 24px 12px; border-radius: 12px;
    border: 1px solid var(--line); color: var(--jp-content-font-color1, inherit);
    font: 15px/1.5 var(--jp-ui-font-family, system-ui, sans-serif);
  }
  .pedagogy-labels:focus { outline: 2px solid #0072B2; outline-offset: 1px; }
  .pedagogy-labels * { box-sizing: border-box; }
  .pedagogy-labels p { margin: 0; }
  .pedagogy-labels-top { display: flex; align-items: center; gap: 14px; color: var(--soft); }
  .pedagogy-labels-top progress {
    flex: 1; height: 6px; border: 0; border-radius: 3px; overflow: hidden; appearance: none;
    background: transparent;
  }
  .pedagogy-labels progress::-webkit-progress-bar { background: var(--line); }
  .pedagogy-labels progress::-webkit-progress-value { background: #E69F00; transition: inline-size 0.3s; }
  .pedagogy-labels progress::-moz-progress-bar { background: #E69F00; }
  .pedagogy-labels-text {
    font: 21px/1.55 Georgia, "Iowan Old Style", "DejaVu Serif", serif;
    white-space: pre-wrap; overflow-wrap: anywhere;
  }
  .pedagogy-labels-text:empty::before { content: "(no words)"; color: var(--soft); font-style: italic; }
  .pedagogy-labels .pedagogy-labels-prompt { margin: 16px 0 14px; }
  .pedagogy-labels-two { display: grid; grid-template-columns: 1fr 1fr; gap: 20px; }
  .pedagogy-labels-side {
    display: flex; flex-direction: column; gap: 16px; padding: 16px 18px 14px;
    border: 1px solid var(--line); border-radius: 10px;
  }
  .pedagogy-labels-side .pedagogy-labels-text { flex: 1; cursor: pointer; }
  .pedagogy-labels button {
    font: inherit; color: inherit; padding: 7px 16px; border: 1px solid var(--line);
    border-radius: 8px; background: transparent; cursor: pointer;
  }
  .pedagogy-labels-side:hover, .pedagogy-labels button:hover, .pedagogy-labels-taken button {
    border-color: #009E73;
  }
  .pedagogy-labels-side button:hover, .pedagogy-labels-taken button {
    background: color-mix(in srgb, #009E73 14%, transparent);
  }
  .pedagogy-labels-taken { border-color: #009E73; box-shadow: 0 0 0 1px #009E73; }
  .pedagogy-labels button:focus-visible { outline: 2px solid #0072B2; outline-offset: 1px; }
  .pedagogy-labels button[aria-disabled="true"] { cursor: default; opacity: 0.55; }
  .pedagogy-labels kbd {
    font: inherit; font-size: 0.85em; padding: 0 5px; margin-left: 6px; color: var(--soft);
    border: 1px solid var(--line); border-radius: 4px; background: transparent; box-shadow: none;
  }
  .pedagogy-labels-foot { display: flex; align-items: center; gap: 12px; margin-top: 14px; }
  .pedagogy-labels-foot output { flex: 1; min-height: 1.5em; color: var(--soft); }
  .pedagogy-labels-foot output.pedagogy-labels-problem {
    color: inherit; border-left: 4px solid #D55E00; padding-left: 10px;
  }
  .pedagogy-labels [hidden] { display: none; }
  .pedagogy-labels-new { animation: pedagogy-labels-new ${PAUSE}ms ease-out; }
  @keyframes pedagogy-labels-new { from { opacity: 0; } }
  @media (max-width: 640px) { .pedagogy-labels-two { grid-template-columns: 1fr; } }
  @media (prefers-reduced-motion: reduce) { .pedagogy-labels * { animation: none; transition: none; } }
`;

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

// Each text runs in the direction of its own first letter: Arabic and Hebrew from the right.
const text = (className = "") =>
  element("p", { className: `pedagogy-labels-text ${className}`, dir: "auto" });

export function label(root, id, shown, model = null) {
  let waiting = null; // for the kernel's answer: a timer
  let drawn = ""; // the pair on the page
  let openAt = 0; // when the pair has been up for long enough to be judged

  const button = (act, words, ...keys) => {
    const marks = keys.map((key) => element("kbd", { textContent: key }));
    const made = element("button", { type: "button" }, words, ...marks);
    made.addEventListener("click", () => {
      root.focus({ preventScroll: true }); // so that keys go on working
      take(act);
    });
    return made;
  };
  const buttons = {
    left: button("left", "I like this one better", "←", "1"),
    right: button("right", "I like this one better", "→", "2"),
    skip: button("skip", "Skip", "S"),
    undo: button("undo", "Undo", "U"),
  };
  const [prompt, end] = [text("pedagogy-labels-prompt"), text("pedagogy-labels-prompt")];
  const texts = { left: text(), right: text() };
  const sides = Object.entries(texts).map(([name, words]) => {
    const side = element("section", { className: "pedagogy-labels-side" }, words, buttons[name]);
    let pressed = null;
    words.addEventListener("pointerdown", (event) => (pressed = event));
    words.addEventListener("click", (event) => {
      const { clientX, clientY } = pressed ?? event;
      const way = Math.hypot(event.clientX - clientX, event.clientY - clientY);
      if (way < DRAG) buttons[name].click(); // else the text was being marked
    });
    side.setAttribute("aria-label", `${name} response`);
    return side;
  });
  const two = element("div", { className: "pedagogy-labels-two" }, ...sides);
  const bar = element("progress");
  const count = element("span");
  const sentence = element("output");
  const top = element("div", { className: "pedagogy-labels-top" }, count, bar);
  const foot = element("div", { className: "pedagogy-labels-foot" }, sentence);
  foot.append(buttons.skip, buttons.undo);
  root.className = "pedagogy-labels";
  root.tabIndex = 0;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Which of two responses do you like better?");
  root.setAttribute("data-lm-suppress-shortcuts", "true"); // else JupyterLab takes the keys
  root.replaceChildren(element("style", { textContent: STYLE }), top, prompt, two, end, foot);
  root.addEventListener("keydown", (event) => {
    const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // an arrow must not scroll
    event.stopPropagation();
    if (!event.repeat) take(act); // a key held down is one answer
  });

  const isOpen = () => model && !waiting && performance.now() >= openAt;
  const possible = (act) => (act === "undo" ? shown.canUndo : shown.pair !== null);

  function take(act) {
    if (!isOpen() || !possible(act)) return;
    sides.forEach((side, i) => {
      side.classList.toggle("pedagogy-labels-taken", act === ["left", "right"][i]);
    });
    waiting = setTimeout(giveUp, PATIENCE);
    enable();
    try {
      model.send({ act, turn: shown.turn });
    } catch {
      giveUp(); // the kernel that knew this widget is gone
    }
  }

  function giveUp() {
    clearTimeout(waiting);
    waiting = null; // trying again does no harm: the kernel counts one answer a turn
    sides.forEach((side) => side.classList.remove("pedagogy-labels-taken"));
    say("The notebook does not answer. If it was restarted, run this cell again: nothing is lost.", true);
    enable();
  }

  function enable() {
    for (const [act, made] of Object.entries(buttons)) {
      made.setAttribute("aria-disabled", !(isOpen() && possible(act)));
    }
  }

  function say(words, isProblem = false) {
    sentence.textContent = words;
    sentence.classList.toggle("pedagogy-labels-problem", isProblem);
  }

  function draw() {
    const { pair, judged, total, news, problem, farewell } = shown;
    count.textContent = `${judged} of ${total} done`;
    Object.assign(bar, { max: total, value: judged, ariaLabel: count.textContent });
    sides.forEach((side) => side.classList.remove("pedagogy-labels-taken"));
    two.hidden = prompt.hidden = buttons.skip.hidden = pair === null;
    end.hidden = pair !== null;
    end.textContent = farewell;
    if (pair && JSON.stringify(pair) !== drawn) {
      drawn = JSON.stringify(pair);
      two.style.minHeight = two.offsetHeight + "px"; // the buttons stay where they are
      [prompt.textContent, texts.left.textContent, texts.right.textContent] = Object.values(pair);
      for (const part of [prompt, two]) {
        part.classList.remove("pedagogy-labels-new");
        void part.offsetWidth; // begins the animation anew
        part.classList.add("pedagogy-labels-new");
      }
    }
    openAt = performance.now() + PAUSE;
    setTimeout(enable, PAUSE + 1);
    say(problem || news, Boolean(problem));
    enable();
  }

  function connect(kernelModel) {
    model = kernelModel;
    const follow = () => {
      clearTimeout(waiting);
      waiting = null;
      shown = model.get("shown");
      draw();
    };
    model.on("change:shown", follow);
    follow();
  }

  draw();
  if (model) connect(model);
  else if (models.has(id)) connect(models.get(id));
  else {
    window.addEventListener("pedagogy:" + id, () => connect(models.get(id)));
    const alone = "To choose, open this page as a notebook and run this cell.";
    setTimeout(() => model || say(alone), 1000); // a kernel is mostly there before
  }
}

export default {
  initialize({ model }) {
    models.set(model.get("labels_id"), model);
    window.dispatchEvent(new Event("pedagogy:" + model.get("labels_id")));
  },
  render({ model, el }) {
    const root = element("div");
    el.append(root);
    label(root, model.get("labels_id"), model.get("shown"), model);
  },
};
