// Cover all patches when the page has not done so yet, and choose a patch by click and by arrow key. Every number comes from the server.
import { run } from "../common/job.js";
import { here, start, visit } from "../common/visit.js";

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
let job = null;

start();
begin();
document.addEventListener("visited", begin);

function begin() {
  job?.stop();
  job = null;
  if (document.getElementById("cover")) cover();
}

async function cover() {
  const place = document.getElementById("cover");
  const again = document.getElementById("again");
  const mine = (job = run(document.getElementById("cover-job"), place.dataset.address, {}));
  again.hidden = true;
  again.onclick = cover;
  const why = await mine.ended;
  if (job !== mine) return;
  job = null;
  if (why === "done") visit(here({ wait: null }), { remember: false });
  else again.hidden = false;
}

document.addEventListener("click", (event) => {
  const map = event.target.closest?.("svg.moves");
  if (!map || !event.detail) return;  // Enter on a link takes the strongest patch
  event.preventDefault();
  const { step, patch } = numbers(map);
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
  const inset = (patch - step) / 2;
  choose(map, Math.floor((y - inset) / step), Math.floor((x - inset) / step));
}, { capture: true });

document.addEventListener("keydown", (event) => {
  const map = event.target.closest?.("svg.moves");
  if (!map || !(event.key in ARROWS) || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  event.preventDefault();
  const [down, right] = ARROWS[event.key];
  const { row, column } = document.getElementById("one").dataset;
  choose(map, Number(row) + down, Number(column) + right);
});

// at the border the patch stays
function choose(map, row, column) {
  const { rows, columns } = numbers(map);
  const inside = (k, count) => Math.min(count - 1, Math.max(0, k));
  const focus = map.querySelector("a").id;
  visit(here({ side: map.dataset.side, row: inside(row, rows), column: inside(column, columns), wait: null }), { focus });
}

const numbers = (map) => Object.fromEntries(Object.entries(map.dataset).map(([name, text]) => [name, Number(text)]));
