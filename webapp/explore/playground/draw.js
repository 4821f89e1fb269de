// The drawings of the playground, as drawn.py makes their first state.
import { distances, gradient, lossOf, plateaus, slopes } from "./mathematics.js";

const [ABOVE, BELOW] = [-4, 11];
const NOISE = 1e-15;  // what rounding may leave of a 0
const [ARROW, WIDTH, HEIGHT, SMALLEST, SEEN, CURVE] = [0.24, 300, 150, 1.2, 100, 121];

export const part = (id) => document.getElementById(id);
const set = (element, values) => { for (const [name, value] of Object.entries(values)) element.setAttribute(name, value); };
const list = (points) => points.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join(" ");

// three decimals; what they would show as 0 and is not, as 1.0e−6
export function number(x) {
  if (Math.abs(x) < NOISE) return "0.000";
  return (Math.abs(x) < 0.0005 ? x.toExponential(1) : x.toFixed(3)).replaceAll("-", "−");
}

function arrow(element, [x, y], [fx, fy], scale = ARROW) {
  set(element, { x1: x, y1: -y, x2: x + scale * fx, y2: -(y + scale * fy) });
  element.toggleAttribute("hidden", Math.hypot(fx, fy) * scale < 1e-3);
}

function branch(same, d, margin) {
  if (d === 0) return same ? "same-0" : "different-0";
  return same ? "same" : d < margin ? "within" : "beyond";
}

// the pair: points, forces, curve and numbers
export function drawPair([a, b], same, loss) {
  const z = [a, b];
  const d = distances(z, [[0, 1]]);
  const dd = slopes(d, [same], loss);
  const [da, db] = gradient(dd, z, [[0, 1]], d);
  for (const [name, place, [gx, gy]] of [["a", a, da], ["b", b, db]]) {
    set(part(`point-${name}`), { transform: `translate(${place[0]} ${-place[1]})` });
    part(`point-${name}`).setAttribute("aria-label", label(name, place));
    set(part(`zone-${name}`), { cx: place[0], cy: -place[1], r: loss.margin });
    arrow(part(`force-${name}`), place, [-gx, -gy]);
  }
  set(part("between"), { x1: a[0], y1: -a[1], x2: b[0], y2: -b[1] });
  const value = lossOf(d, [same], loss);
  const [direction] = gradient([1], z, [[0, 1]], d);
  const texts = {
    d: d[0], loss: value, slope: dd[0], force: Math.hypot(...da), "direction-length": Math.hypot(...direction),
    "other-loss": lossOf(d, [!same], loss), "other-slope": slopes(d, [!same], loss)[0],
  };
  for (const [id, x] of Object.entries(texts)) part(id).textContent = number(x);
  part("direction").textContent = direction.map(number).join(", ");
  const now = branch(same, d[0], loss.margin);
  for (const words of document.querySelectorAll("[data-branch]")) words.hidden = words.dataset.branch !== now;
  drawCurve(d[0], value, dd[0], same, loss);
}

const label = (name, [x, y]) => `Point ${name.toUpperCase()} at ${number(x)}, ${number(y)}. Arrow keys move it`;

function drawCurve(d, value, slope, same, loss) {
  const reach = Math.max(1.4 * loss.margin, 1.1 * d);
  const along = Array.from({ length: CURVE }, (_, k) => -reach + (2 * reach * k) / (CURVE - 1));
  const [chosen, other] = [same, !same].map((kind) => along.map((s) => lossOf([Math.abs(s)], [kind], loss)));
  const top = Math.max(...chosen, ...other);
  const at = (s, height) => [WIDTH / 2 + (WIDTH / 2 / reach) * s, HEIGHT - (HEIGHT * height) / top];
  const line = (values) => list(along.map((s, k) => at(s, values[k])));
  part("curve-chosen").setAttribute("points", line(chosen));
  part("curve-other").setAttribute("points", line(other));
  const [[x, y], ends] = [at(d, value), [-0.25, 0.25].map((share) => at(d + share * reach, value + share * reach * slope))];
  set(part("place"), { cx: x, cy: y });
  set(part("tangent"), { x1: ends[0][0], y1: ends[0][1], x2: ends[1][0], y2: ends[1][1] });
  for (const side of [-1, 1]) {
    const edge = WIDTH / 2 + side * (WIDTH / 2 / reach) * loss.margin;
    set(part(side < 0 ? "flat-left" : "flat-right"), side < 0 ? { width: Math.max(0, edge) } : { x: edge, width: Math.max(0, WIDTH - edge) });
  }
}

// many points: places, forces, and the loss so far beside its plateaus
export function drawMany({ z, losses, pairs, same }, loss) {
  const d = distances(z, pairs);
  const force = gradient(slopes(d, same, loss), z, pairs, d).map(([x, y]) => [-x, -y]);
  const half = Math.max(SMALLEST, 1.1 * Math.max(...z.flat().map(Math.abs)));
  const longest = Math.max(1e-9, ...force.flat().map(Math.abs));
  const scale = Math.min(0.25 / longest, 20 / half);
  z.forEach(([x, y], n) => {
    set(part(`many-${n}`), { transform: `translate(${x / half} ${-y / half})` });
    arrow(part(`pull-${n}`), [x / half, y / half], force[n], scale);
  });
  set(part("scale"), { x2: -1 + loss.margin / half });

  const lines = plateaus(same.filter(Boolean).length / same.length, loss);
  const top = 1.08 * Math.max(...losses, ...lines);
  const right = Math.max(SEEN, losses.length - 1);
  part("so-far").setAttribute("points", list(losses.map((value, k) => [(WIDTH * k) / right, HEIGHT - (HEIGHT * value) / top])));
  lines.forEach((value, k) => {
    const y = HEIGHT - (HEIGHT * value) / top;
    set(part(`plateau-${k}`), { y1: y, y2: y });
    set(part(`plateau-name-${k}`), { y: y + (value === Math.max(...lines) ? ABOVE : BELOW) });
    part(`plateau-value-${k}`).textContent = number(value);
  });
  part("right").textContent = `${right} steps`;
  part("total").textContent = number(losses.at(-1));
  return half;
}
