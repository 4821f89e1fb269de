// The drawings of a training: numbers as places. Loss, histogram, map, filters.

const SVG = "http://www.w3.org/2000/svg";
const element = (id) => document.getElementById(id);

export function text(id, value) {
  element(id).textContent = typeof value === "number" ? Number(value.toPrecision(4)).toString().replace("-", "−") : value ?? "–";
}

function make(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// beyond the top of the chart a loss is drawn at its edge
export function drawLoss({ steps, epochs }, begun) {
  const top = 1.5 * begun.plateaus["all embeddings equal"];
  const point = (n, loss) => `${(400 * n / begun.steps).toFixed(2)},${(200 - 200 * Math.min(loss ?? top, top) / top).toFixed(2)}`;
  element("loss-chart").querySelector(".steps").setAttribute("points", steps.map((loss, n) => point(n + 1, loss)).join(" "));
  element("loss-chart").querySelector(".epochs").setAttribute("points", epochs.map(([n, loss]) => point(n, loss)).join(" "));
}

// same pairs upwards, different pairs downwards, each by its own share
export function drawEpoch({ same, different, top }, begun) {
  const chart = element("histogram");
  const width = 400 / same.length;
  const bars = [];
  for (const [counts, kind, sign] of [[same, "same", -1], [different, "different", 1]]) {
    const highest = Math.max(...counts, 1);
    counts.forEach((count, k) => {
      const height = 95 * count / highest;
      bars.push(make("rect", { class: kind, x: k * width + 0.5, y: sign < 0 ? 100 - height : 100, width: width - 1, height, "data-count": count }));
    });
  }
  chart.querySelector(".bars").replaceChildren(...bars);
  const at = 400 * begun.margin / top;
  for (const name of ["x1", "x2"]) chart.querySelector(".margin").setAttribute(name, at);
  element("margin-text").setAttribute("x", at);
  text("top", top);
}

export function drawMap(points, { people, val }) {
  const names = [...new Set(people)];
  const reach = Math.max(...points.flat().map(Math.abs), 1e-9);
  const group = element("map").querySelector("g");
  if (group.childElementCount !== points.length) {
    group.replaceChildren(...people.map((person, n) => {
      const dot = make("circle", { r: 3.6, class: `person p${names.indexOf(person) % 12}${val[n] ? " aside" : ""}` });
      dot.append(Object.assign(make("title", {}), { textContent: person }));
      return dot;
    }));
  }
  points.forEach(([x, y], n) => {
    group.children[n].setAttribute("cx", (100 * x / reach).toFixed(2));
    group.children[n].setAttribute("cy", (-100 * y / reach).toFixed(2));
  });
}

export function drawFilters({ filters, strongest }, { side }) {
  const columns = 8;
  const cells = filters.flatMap((weights, f) => weights.map((weight, k) => make("rect", {
    class: weight > 0 ? "plus" : "minus", width: 1.02, height: 1.02, opacity: (Math.abs(weight) / (strongest || 1)).toFixed(3),
    x: f % columns * (side + 1) + k % side, y: Math.floor(f / columns) * (side + 1) + Math.floor(k / side),
  })));
  const chart = element("filters");
  chart.setAttribute("viewBox", `0 0 ${Math.min(filters.length, columns) * (side + 1) - 1} ${Math.ceil(filters.length / columns) * (side + 1) - 1}`);
  chart.replaceChildren(...cells);
}
