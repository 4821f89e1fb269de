// What moves in the playground: two points that are dragged, and thirty that follow the gradient. The address holds the state,
// so every other change is a link of the page.
import { here, start, tell, visit } from "../common/visit.js";
import { drawMany, drawPair, part } from "./draw.js";
import { distances, gradient, lossOf, slopes } from "./mathematics.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const KEY = 0.05;           // one press of a key, in the plane
const [WIDE, HIGH] = [1.9, 1.3];
const EDGE = 0.9;           // of the plane of many points: one that is dragged does not make the plane grow
const MOST = 2000;          // steps
const still = matchMedia("(prefers-reduced-motion: reduce)");

let world;                  // what _world of page.py gives
let half = 1;               // of the plane of many points
let running = null;         // the frame that comes next
let moved = false;          // whether the points began elsewhere than the address says, by hand or by a change on the way

function begin() {
  stop();
  moved = false;
  world = JSON.parse(part("world").dataset.world);
  half = drawMany(world.many, world.loss);
  drawPair([world.a, world.b], world.same, world.loss);
  for (const name of ["a", "b"]) {
    part(`point-${name}`).addEventListener("keydown", (event) => press(event, name));
    grab(part(`point-${name}`), (x, y) => place(name, [x, -y]), keep);
  }
  world.many.z.forEach((_, n) => grab(part(`many-${n}`), (x, y) => {
    rebase();
    world.many.z[n] = [x, -y].map((to) => round(half * Math.min(EDGE, Math.max(-EDGE, to))));
    restart();
  }, () => replace(placed())));
  part("margin").addEventListener("input", () => {
    if (running) stop();
    rebase();
    world.loss.margin = Number(part("margin").value);
    part("margin-value").textContent = world.loss.margin.toFixed(2);
    drawPair([world.a, world.b], world.same, world.loss);
    restart();
  });
  part("margin").addEventListener("change", () => ask({ margin: world.loss.margin }));
  part("q").addEventListener("input", () => { part("q-value").textContent = `${part("q").value} %`; });
  part("q").addEventListener("change", () => ask({ q: part("q").value }));
  part("several").addEventListener("change", ({ target }) => target.reportValidity() && ask({ [target.name]: target.value }));
  part("several").addEventListener("submit", (event) => { event.preventDefault(); event.stopPropagation(); });
  part("rate").addEventListener("input", () => {
    world.rate = Number(part("rate").value);
    part("rate-value").textContent = world.rate.toFixed(1);
  });
  part("rate").addEventListener("change", () => { rebase(); replace({ rate: world.rate, ...placed() }); });
  part("go").addEventListener("click", () => (running ? rest() : go()));
  part("one").addEventListener("click", () => { stop(); step(); rest(); });
}

// ---- the pair

function place(name, [x, y]) {
  world[name] = [round(Math.min(WIDE, Math.max(-WIDE, x))), round(Math.min(HIGH, Math.max(-HIGH, y)))];
  drawPair([world.a, world.b], world.same, world.loss);
}

function press(event, name) {
  const arrow = ARROWS[event.key];
  if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  place(name, world[name].map((x, k) => x + KEY * arrow[k]));
  keep();
}

const keep = () => replace({ a: world.a.join(","), b: world.b.join(",") });
const round = (x) => Math.round(x * 1000) / 1000;

// follow the pointer, in the numbers of the drawing
function grab(point, follow, end) {
  point.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    stop();
    point.focus({ preventScroll: true });
    point.setPointerCapture(event.pointerId);
    const plane = point.ownerSVGElement;
    const move = (to) => {
      const at = new DOMPoint(to.clientX, to.clientY).matrixTransform(plane.getScreenCTM().inverse());
      follow(at.x, at.y);
    };
    point.addEventListener("pointermove", move);
    point.addEventListener("lostpointercapture", () => { point.removeEventListener("pointermove", move); end(); }, { once: true });
  });
}

// ---- many points

function step() {
  const { z, pairs, same, losses } = world.many;
  const d = distances(z, pairs);
  const dz = gradient(slopes(d, same, world.loss), z, pairs, d);
  world.many.z = z.map(([x, y], n) => [x - world.rate * dz[n][0], y - world.rate * dz[n][1]]);
  losses.push(lossOf(distances(world.many.z, pairs), same, world.loss));
  half = drawMany(world.many, world.loss);
  part("steps").textContent = losses.length - 1;
}

function go() {
  if (still.matches) {
    for (let k = 0; k < 50 && world.many.losses.length <= MOST; k += 1) step();
    return rest();
  }
  part("go").textContent = "Pause";
  const frame = () => {
    if (world.many.losses.length > MOST) return rest();
    step();
    running = requestAnimationFrame(frame);
  };
  running = requestAnimationFrame(frame);
}

function stop() {
  cancelAnimationFrame(running);
  running = null;
  part("go").textContent = still.matches ? "Let them go, 50 steps" : "Let them go";
}

// the points have come to rest, or are held: the address says after how many steps
function rest() {
  stop();
  replace({ steps: world.many.losses.length - 1 });
}

// where they are now is their start: what changes from here on is not what brought them here
function rebase() {
  if (world.many.losses.length === 1) return;
  world.many.z = world.many.z.map((point) => point.map(round));
  restart();
}

function restart() {
  const { z, pairs, same } = world.many;
  world.many.losses = [lossOf(distances(z, pairs), same, world.loss)];
  half = drawMany(world.many, world.loss);
  part("steps").textContent = 0;
  moved = true;
}

const placed = () => (moved ? { z: world.many.z.flat().map(round).join(","), steps: null } : {});

// ---- the address, and with it all links

function replace(changes) {
  history.replaceState(null, "", here(changes));
  tell("");
}

// what the server computes of another state; the points stay where they are
function ask(changes) {
  if (running) rest();
  replace({ ...changes, ...placed() });
  visit(here({}), { remember: false });
}

// a link was made for the state in which the page was loaded: lead on from the present one
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#state a.button[href]");
  if (!link) return;
  if (running) rest();
  const count = world.many.losses.length - 1;
  const next = {
    meet: () => ({ a: world.b.join(",") }),
    apart: () => ({ a: null, b: null }),
    fifty: () => ({ steps: Math.min(count + 50, MOST) }),
    rewind: () => ({ steps: null }),
    others: () => ({ seed: Number(here({}).searchParams.get("seed") ?? 1) + 1, z: null, steps: null }),
  }[link.id]?.();
  const set = next ?? changed(link.dataset);
  link.href = here(set);
}, { capture: true });

// another loss or other labels: the points go on from where they are
function changed({ power, same, labels }) {
  if (same) return { same };
  if (world.many.losses.length > 1) rebase();
  return { ...(power ? { power } : { labels }), ...placed() };
}

start();
begin();
document.addEventListener("visited", begin);
