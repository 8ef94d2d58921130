// Before this stands player.js, which knows how to play: here its pictures are unpacked and begin
// when they come near the screen.

const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      start(target);
    }
  },
  { rootMargin: "100% 0px" },
);

function begin(figure) {
  near.observe(figure);
}

async function start(figure) {
  const packed = figure.querySelector("script").textContent;
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const player = await new Response(unpacked).json();
  figure.classList.add("plays");
  play(figure.querySelector(".playing"), player);
}

// What is too wide for the screen can be scrolled by keyboard, too.
addEventListener("load", () => {
  for (const box of document.querySelectorAll("pre, .wide")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
});
