// Keys, and a click on a place of P-Net's grid. Every number comes from the server: this only asks for another state.
import { here, start, visit } from "../common/visit.js";

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const STRIDE = 2, BEFORE = 5;  // pixels of a level between two squares, and before the first cell that is drawn

start();
begin();
document.addEventListener("visited", begin);

function begin() {
  document.querySelector(".cascade [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}

document.addEventListener("click", (event) => {
  const grid = event.target.closest?.("svg.grid");
  if (!grid || !event.detail) return;  // Enter on the link takes the surest square
  event.preventDefault();
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(grid.getScreenCTM().inverse());
  choose(grid, Math.floor((y - BEFORE) / STRIDE), Math.floor((x - BEFORE) / STRIDE));
}, { capture: true });

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !(event.key in ARROWS)) return;
  const grid = event.target.closest?.("svg.grid");
  if (grid) {
    event.preventDefault();
    const [down, right] = ARROWS[event.key];
    const { row, column } = document.getElementById("place").dataset;
    choose(grid, Number(row) + down, Number(column) + right);
  } else if (!event.target.closest?.("input, select, textarea, [role=region], dialog")) {
    const link = document.getElementById({ ArrowLeft: "before", ArrowRight: "after" }[event.key]);
    if (!link?.href) return;
    event.preventDefault();
    visit(new URL(link.href));
  }
});

// at the border the square stays
function choose(grid, row, column) {
  const inside = (k, count) => Math.min(count - 1, Math.max(0, k));
  const { rows, columns } = grid.dataset;
  const level = document.querySelector("input[name=level]").value;
  visit(here({ level, row: inside(row, Number(rows)), column: inside(column, Number(columns)) }), { focus: "grid" });
}
