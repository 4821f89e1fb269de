// Clicks on the pictures, arrow keys, and the measurement. Every number comes from the server: this only asks for another state.
import { run } from "../common/job.js";
import { here, start, visit } from "../common/visit.js";

const MOVES = { ArrowLeft: "move-left", ArrowRight: "move-right", ArrowUp: "move-up", ArrowDown: "move-down" };

start();
begin();
document.addEventListener("visited", begin);

function begin() {
  document.getElementById("measure")?.addEventListener("click", measure);
}

document.addEventListener("change", (event) => {
  if (event.target.id === "filter") visit(here({ filter: event.target.value }));
});

document.addEventListener("click", (event) => {
  const map = event.target.closest?.("svg[data-map]");
  if (!map) return;
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
  const [row, column] = [Math.floor(y), Math.floor(x)];
  if (row < 0 || column < 0 || row >= Number(map.dataset.height) || column >= Number(map.dataset.width)) return;
  visit(here({ row, column }));
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !(event.key in MOVES)) return;
  if (event.target.closest?.("input, select, textarea, [role=region], dialog")) return;
  const link = document.getElementById(MOVES[event.key]);
  if (!link) return;
  event.preventDefault();
  visit(new URL(link.href));
});

async function measure(event) {
  const button = event.target;
  button.hidden = true;
  const job = run(document.getElementById("measuring"), button.dataset.address, {});
  if (await job.ended === "done" && button.isConnected) visit(here({}), { remember: false });
  else button.hidden = false;
}
