// A training, drawn while it runs. Every number comes from the server; this only turns numbers into places on a drawing.
import { run } from "../common/job.js";
import { start, tell as say } from "../common/visit.js";
import { drawAnchor, drawEpoch, drawFilters, drawLoss, drawMap, drawMeans, text } from "./draw.js";

const element = (id) => document.getElementById(id);
const nothing = () => ({ steps: [], epochs: [], means: { same: { steps: [], epochs: [] }, different: { steps: [], epochs: [] } } });
let job = null, begun = null, shown = null;  // the training; what it sent at its start; what was drawn of it

start();
begin();
document.addEventListener("visited", begin);

// another state of the page ends the training
function begin() {
  job?.stop();
  job = begun = null;
  shown = nothing();
  element("go").onclick = () => (job ? tell({ go: 1 }) : train(false));
  element("pause").onclick = () => tell({ pause: 1 });
  element("one-step").onclick = () => (job ? tell({ step: 1 }) : train(true, { step: 1 }));
  element("one-epoch").onclick = () => (job ? tell({ epoch: 1 }) : train(true, { epoch: 1 }));
  element("speed").onchange = () => tell({ speed: element("speed").value });
  buttons(false);
}

// whole epochs are trained, so there may be some steps more than the page says at first
function axes(steps) {
  for (const words of document.querySelectorAll(".all-steps")) words.textContent = `${steps} steps`;
}

function tell(message) {
  if (!job) return;
  job.tell(message);
  buttons("go" in message || (!("pause" in message || "step" in message || "epoch" in message) && !element("pause").disabled));
}

function buttons(running) {
  element("go").textContent = job ? "Go on" : shown.steps.length ? "Start anew" : "Start";
  element("go").disabled = Boolean(job) && running;
  element("pause").disabled = !running;
}

async function train(paused, first = {}) {
  shown = nothing();
  element("warnings").replaceChildren();
  say("");
  const { run: address } = element("state").dataset;
  const mine = (job = run(element("job"), `${address}${paused ? "&paused=1" : ""}`, {
    start: (value) => { begun = value; axes(value.steps); mine.tell({ ...first, speed: element("speed").value }); },
    step: (value) => job === mine && step(value),
    epoch: (value) => job === mine && epoch(value),
    warning: ({ says }) => element("warnings").append(Object.assign(document.createElement("li"), { textContent: says })),
    trouble: ({ says }) => say(says),
  }));
  buttons(!paused);
  await mine.ended;
  if (job !== mine) return;
  job = null;
  buttons(false);
}

function step(value) {
  shown.steps.push(value.loss);
  text("step", `${value.step} of ${begun.steps}`);
  element("step").dataset.step = value.step;
  text("loss", value.loss);
  text("d-same", value.same);
  text("d-different", value.different);
  text("idle", `${value.idle} of ${value.pairs}`);
  text("rate", value.rate);
  for (const kind of ["same", "different"]) shown.means[kind].steps.push(value[kind]);
  drawLoss(shown, begun);
  drawMeans(shown.means, begun);
}

function epoch(value) {
  if (value.epoch) shown.epochs.push([value.epoch * begun.steps_an_epoch, value.loss]);
  text("epoch", `${value.epoch}`);
  element("epoch").dataset.epoch = value.epoch;
  text("eer", `${(100 * value.eer).toFixed(1)} %`);
  text("eer-trained", `${(100 * value.eer_trained).toFixed(1)} %`);
  text("looks", value.looks);
  for (const kind of ["same", "different"]) {
    text(`all-${kind}`, value[`d_${kind}`]);
    shown.means[kind].epochs.push([value.epoch * begun.steps_an_epoch, value[`d_${kind}`]]);
  }
  text("dead", `${value.dead} of ${begun.units}`);
  text("shown", `${Math.round(100 * value.shown)} %`);
  text("strongest", value.strongest);
  drawLoss(shown, begun);
  drawMeans(shown.means, begun);
  drawEpoch(value, begun);
  drawAnchor(value.anchor, begun);
  drawMap(value.map, begun);
  drawFilters(value, begun);
}
