// Watches one slider and its picture: at each animation frame, which step is on the screen?
const SQUARES = 9; // as in figure.py

window.traffic = { messages: 0, bytes: 0 };
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", (event) => this.count(event.data));
  }
  send(data) {
    this.count(data);
    super.send(data);
  }
  count(data) {
    if (!this.url.includes("/channels")) return;
    traffic.messages += 1;
    traffic.bytes += data.byteLength ?? data.length;
  }
};

const scratch = new OffscreenCanvas(SQUARES, 1).getContext("2d", { willReadFrequently: true });

function shownStep(root) {
  const label = root.querySelector(".bench-label");
  if (label) return label.textContent === "" ? null : +label.textContent;
  const picture = [...root.querySelectorAll("canvas, img")].at(-1);
  const height = picture?.naturalHeight ?? picture?.height;
  if (!height) return null;
  // pyplot pads the figure by ten pixels; the explorer has more pixels for each of the page's.
  const [edge, scale] = picture.naturalHeight ? [10, 1] : [0, picture.width / 900];
  scratch.clearRect(0, 0, SQUARES, 1);
  for (let i = 0; i < SQUARES; i++) {
    const [x, y] = [(edge + 18 * i + 9) * scale, height - (edge + 9) * scale];
    scratch.drawImage(picture, x, y, 1, 1, i, 0, 1, 1);
  }
  const { data } = scratch.getImageData(0, 0, SQUARES, 1);
  const black = [...Array(SQUARES).keys()].map((i) => data[4 * i + 3] > 200 && data[4 * i] < 128);
  if (!black[0] || black[1]) return null;
  return black.slice(2).reduce((sum, bit, i) => sum + (bit << i), 0);
}

// Logs each animation frame until stopped; `right(step)` and `settled()` wait for a picture.
window.watch = function (root) {
  const handle = root.querySelector("input[type=range], .noUi-handle");
  const value = () => Math.round(handle.value ?? handle.getAttribute("aria-valuenow"));
  const log = [];
  let [moved, before, at, question, watching] = [0, 0, null, null, true];
  const onMove = (event) => {
    if (event.clientX !== undefined && event.clientX === at) return; // no move of the hand
    [moved, before, at] = [event.timeStamp, traffic.messages, event.clientX];
  };
  for (const type of ["keydown", "pointermove"]) addEventListener(type, onMove, true);
  const look = () => {
    log.push({ now: performance.now(), shown: shownStep(root), value: value(), ...traffic });
    if (question && log.at(-1).shown === (question.step ?? value())) {
      let first = log.length - 1; // the question may come later than the picture
      while (first && log[first - 1].now > moved && log[first - 1].shown === log[first].shown) {
        first--;
      }
      question.answer({ ms: log[first].now - moved, messages: log[first].messages - before });
      question = null;
    }
    if (watching) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  const right = (step) => new Promise((answer) => (question = { step, answer }));
  window.watching = { log, right, settled: () => right(null), stop: () => (watching = false) };
  return handle;
};
