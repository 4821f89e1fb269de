// The line and the size of the gallery. Every text comes from the server, once for each place of the line (told.py); this
// script looks it up, and puts the place into the address when the line comes to rest.
import { run } from "../common/job.js";
import { here, start, tell, visit } from "../common/visit.js";

let rows = [];     // what the page says at each place of the line
let address = "";  // where they came from

start();
begin();
document.addEventListener("visited", begin);

function part(id) {
  return document.getElementById(id);
}

async function begin() {
  const hills = document.querySelector(".hills");
  if (!hills) return;
  part("t").addEventListener("input", () => show());
  part("t").addEventListener("change", rest);
  part("size").addEventListener("input", () => show());
  part("size").addEventListener("change", rest);
  hills.addEventListener("pointerdown", drag);
  if (part("ask")) ask();
  if (address === hills.dataset.rows) return;
  const asked = hills.dataset.rows;
  try {
    const answer = await fetch(asked);
    if (!answer.ok) throw new Error("The places of the line can’t be loaded. Load the page again.");
    [rows, address] = [await answer.json(), asked];
    document.documentElement.dataset.rows = rows.length;
  } catch (error) {
    tell(error.message);
  }
}

function nearest() {
  const { step, end } = document.querySelector(".hills").dataset;  // the rows may not have come yet
  return Math.round(Math.min(Number(end), Math.max(0, Number(part("t").value))) / Number(step));
}

// everything that depends on the line or on the size
function show() {
  if (!rows.length) return;
  const row = rows[nearest()];
  const size = Number(part("size").value);
  for (const [id, text] of Object.entries(row.texts)) part(id).textContent = text;
  part("fpr-too").textContent = row.texts.fpr;
  part("t").setAttribute("aria-valuetext", row.texts.line);
  const x = 10 * row.at;
  for (const line of document.querySelectorAll(".hills .line")) move(line, x);
  for (const rect of document.querySelectorAll(".to-left")) rect.setAttribute("width", x);
  for (const rect of document.querySelectorAll(".to-right")) {
    rect.setAttribute("x", x);
    rect.setAttribute("width", 1000 - x);
  }
  const point = document.querySelector(".roc .point");
  point.setAttribute("cx", row.roc[0]);
  point.setAttribute("cy", row.roc[1]);

  const curve = document.querySelector(".growth polyline");
  const xs = curve.dataset.xs.trim().split(" ");
  curve.setAttribute("points", xs.map((at, k) => `${at},${2 * row.curve[k]}`).join(" "));
  for (const dot of document.querySelectorAll(".growth .measured")) dot.toggleAttribute("hidden", true);
  move(document.querySelector(".growth .line"), xs[size]);
  part("people").textContent = people(size).toLocaleString("en");
  part("far").textContent = row.far[size];
  part("needed").textContent = part("size").dataset.needed.split("|")[size];
  part("needed-line").textContent = part("size").dataset.lines.split("|")[size];
  part("size").setAttribute("aria-valuetext", `${people(size)} people`);
}

function move(line, x) {
  line.setAttribute("x1", x);
  line.setAttribute("x2", x);
}

function people(size) {
  return Number(part("size").dataset.sizes.split(" ")[size]);
}

// the line has come to rest: the address holds it, and the server tells the rest
function rest(event) {
  const changes = event.target.id === "size" ? { n: people(Number(part("size").value)) } : { t: placed() };
  const next = here(changes);
  history.replaceState(null, "", next);
  visit(next, { remember: false });
}

function placed() {
  return (nearest() * Number(document.querySelector(".hills").dataset.step)).toFixed(3);
}

function drag(event) {
  const lane = event.target.closest("figure svg");
  if (!lane || event.button) return;
  event.preventDefault();
  const hills = event.currentTarget;
  hills.setPointerCapture(event.pointerId);
  const follow = (to) => {
    const box = lane.getBoundingClientRect();
    part("t").value = (Number(hills.dataset.end) * (to.clientX - box.left)) / box.width;
    show();
  };
  follow(event);
  hills.addEventListener("pointermove", follow);
  hills.addEventListener("lostpointercapture", () => {
    hills.removeEventListener("pointermove", follow);
    part("t").dispatchEvent(new Event("change"));
  }, { once: true });
}

// the samples of the run take longer than a picture may
async function ask() {
  const asked = part("ask");
  const job = run(part("ask-job"), asked.dataset.address, {});
  if (await job.ended === "done" && document.contains(asked)) visit(here({}), { remember: false });
}
