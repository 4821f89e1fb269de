// Clicks on maps, keys, and the look for silent units. Every number comes from the server: this only asks for another state.
import { run } from "../common/job.js";
import { here, start, visit } from "../common/visit.js";

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const NOTHING = { map: null, row: null, column: null, terms: null };

start();
begin();
document.addEventListener("visited", begin);

function begin() {
  document.querySelector(".way [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  document.getElementById("look")?.addEventListener("click", look);
}

// the unit below a point of a sheet
document.addEventListener("click", (event) => {
  const sheet = event.target.closest?.("svg.sheet");
  if (!sheet || !event.detail) return;  // Enter on a link takes the strongest unit of its map
  const { columns, gap, maps, height, width } = numbers(sheet);
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(sheet.getScreenCTM().inverse());
  const [column, row] = [Math.floor(x / (width + gap)), Math.floor(y / (height + gap))];
  const [i, j] = [Math.floor(y - row * (height + gap)), Math.floor(x - column * (width + gap))];
  const map = row * columns + column;
  if (map < 0 || map >= maps || i < 0 || i >= height || j < 0 || j >= width) return;
  event.preventDefault();
  choose(sheet, [map, i, j]);
}, { capture: true });

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !(event.key in ARROWS)) return;
  const sheet = event.target.closest?.("svg.sheet");
  if (sheet) {
    event.preventDefault();
    move(sheet, ARROWS[event.key]);
  } else if (!event.target.closest?.("input, select, textarea, [role=region], dialog")) {
    const link = document.getElementById({ ArrowLeft: "before", ArrowRight: "after" }[event.key]);
    if (!link) return;
    event.preventDefault();
    visit(new URL(link.href));
  }
});

// one unit further; at the border of a map it stays
function move(sheet, [down, right]) {
  const { height, width, maps, columns } = numbers(sheet);
  let [map, i, j] = cell(document.getElementById("unit").dataset.unit.split(",").map(Number), sheet);
  if (height === 1 && width === 1) map = Math.min(maps - 1, Math.max(0, map + right + down * columns));
  i = Math.min(height - 1, Math.max(0, i + down));
  j = Math.min(width - 1, Math.max(0, j + right));
  choose(sheet, [map, i, j]);
}

function choose(sheet, [map, i, j]) {
  const { height, width } = numbers(sheet);
  const unit = sheet.dataset.rank === "1" ? [(map * height + i) * width + j] : [map, i, j];
  visit(here({ ...NOTHING, side: sheet.dataset.side, unit: unit.join(",") }), { focus: `${sheet.dataset.side}-${map}` });
}

// a unit of the array as a cell of its maps
function cell(unit, sheet) {
  const { height, width } = numbers(sheet);
  if (unit.length === 3) return unit;
  const [flat] = unit;
  return [Math.floor(flat / (height * width)), Math.floor(flat / width) % height, flat % width];
}

function numbers(sheet) {
  return Object.fromEntries(Object.entries(sheet.dataset).map(([name, text]) => [name, Number(text)]));
}

async function look(event) {
  event.target.hidden = true;
  const stop = here({}).searchParams.get("stop");
  const job = run(document.getElementById("silent-job"), event.target.dataset.address, {});
  if (await job.ended === "done" && stop === here({}).searchParams.get("stop")) visit(here({}), { remember: false });
  else event.target.hidden = false;
}
