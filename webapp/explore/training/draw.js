// The drawings of a training: numbers as places. Loss, mean distances, histogram, hard pairs, map, filters.

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

// what is beyond twice the margin is drawn at the edge
export function drawMeans(means, begun) {
  const point = (n, d) => `${(400 * n / begun.steps).toFixed(2)},${(200 - 100 * Math.min(d / begun.margin, 2)).toFixed(2)}`;
  for (const [kind, { steps, epochs }] of Object.entries(means)) {
    const known = steps.map((d, n) => [n + 1, d]).filter(([, d]) => d !== null);
    element("means").querySelector(`.steps.${kind}`).setAttribute("points", known.map(([n, d]) => point(n, d)).join(" "));
    element("means").querySelector(`.epochs.${kind}`).setAttribute("points", epochs.map(([n, d]) => point(n, d)).join(" "));
  }
}

// one photo: its distances to its own person above the line, to other people below it
export function drawAnchor(anchor, begun) {
  const across = (d) => Math.min(200 * d / begun.margin, 400).toFixed(2);
  const dots = [["same", 24], ["different", 46]].flatMap(([kind, y]) => anchor[kind].map((d) => make("circle", { class: kind, cx: across(d), cy: y, r: 3.5 })));
  const marked = [["hardest positive", "positive", 24, 2], ["hardest negative", "negative", 46, 82], ["semi-hard negative", "semi_hard", 46, 97]];
  const names = marked.filter(([, key]) => anchor[key] !== null).flatMap(([words, key, y, below]) => [
    make("circle", { class: "ring", cx: across(anchor[key]), cy: y, r: 7, "data-of": key }),
    make("line", { class: "axis", x1: across(anchor[key]), x2: across(anchor[key]), y1: y < below ? y + 7 : y - 7, y2: y < below ? below - 11 : below + 4 }),
    Object.assign(make("text", { x: Math.max(55, Math.min(345, across(anchor[key]))), y: below, class: "middle" }), { textContent: words }),
  ]);
  element("anchor").querySelector(".dots").replaceChildren(...dots);
  element("anchor").querySelector(".names").replaceChildren(...names);
  text("anchor-person", anchor.person);
  text("positive", anchor.positive);
  text("negative", anchor.negative);
  text("semi-hard", anchor.semi_hard);
  text("beyond", `${anchor.beyond} of ${anchor.different.length}`);
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
