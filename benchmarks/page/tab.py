"""The pages of /explore in a tab of Chromium: their first picture, and when the steps of a training are drawn.

    paint     from the request to the first text or picture of the page (first contentful paint)
    whole     from the request until all pictures are there and the frame with them is drawn

The tab comes from the index of /explore, as that of a person does: the stylesheets that all pages share are there.

A step of a training says at which time it was computed (webapp/explore/training/lesson.py). That is compared with the
time at which the frame that shows it has been drawn: the same clock, since server and browser are on one machine. A
frame is drawn when the first task after the callbacks of its requestAnimationFrame runs.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.endurance import page as served
from benchmarks.page.explore import addresses
from benchmarks.page.pipe import Browser, Tab

PAUSE = 0.5  # seconds after which the index is at rest

SEEN = """
const painted = new Promise((resolve) => new PerformanceObserver((list) => {
  for (const { startTime } of list.getEntriesByName("first-contentful-paint")) resolve(startTime);
}).observe({ type: "paint", buffered: true }));
const drawn = new Promise((resolve) => document.addEventListener("readystatechange", async () => {
  if (document.readyState !== "interactive") return;
  const pictures = [...document.querySelectorAll("img:not([loading=lazy]), image")];
  await Promise.all(pictures.map((picture) => picture.decode()));
  requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
}));
window.seen = Promise.all([painted, drawn]).then(([paint, whole]) => ({ paint, whole: Math.max(paint, whole) }));
"""
DRAWN = """
const now = () => performance.timeOrigin + performance.now();
const Source = window.EventSource;
const steps = [];
window.drawn = new Promise((resolve, reject) => {
  window.EventSource = class extends Source {
    constructor(address) {
      super(address);
      this.addEventListener("trouble", ({ data }) => reject(new Error(JSON.parse(data).says)));
      this.addEventListener("step", ({ data }) => {
        const computed = 1000 * JSON.parse(data).at;
        const arrived = now() - computed;
        requestAnimationFrame(() => setTimeout(() => {
          if (steps.push([arrived, now() - computed]) === COUNT) resolve(steps);
        }));
      });
    }
  };
});
window.loaded = new Promise((resolve) => addEventListener("load", resolve));
"""


def first_pictures(browser: Browser, run: Path, kernels_name: str, starts: int, rounds: int) -> dict[str, Any]:
    """name -> {"first", "later"}, each {"paint", "whole", "most"}: medians, and the longest time until it was whole."""
    found = {}
    for name, address in addresses().items():
        first, later = [], []
        for start in range(starts):
            with served.page(run, kernels_name) as page:
                tab = Tab(browser, SEEN)
                first.append(_visit(tab, page.port, address))
                if start == starts - 1:
                    later = [_visit(tab, page.port, address) for _ in range(rounds)]
                tab.close()
        found[name] = {"first": _figures(first), "later": _figures(later)}
    return found


def training(browser: Browser, run: Path, kernels_name: str, steps: int) -> dict[str, float]:
    """Milliseconds from the end of a step's computing until it has arrived (median), and until it is drawn: "median",
    "p95" and "most" of so many steps."""
    with served.page(run, kernels_name) as page:
        tab = Tab(browser, DRAWN.replace("COUNT", str(steps)))
        tab.go(f"http://127.0.0.1:{page.port}/explore/training/")
        tab.value("loaded.then(() => document.getElementById('go').click())")
        arrived, drawn = np.array(tab.value("drawn")).T
        tab.close()
    figures = {"arrived": np.median(arrived), "median": np.median(drawn)}
    figures |= {"p95": np.quantile(drawn, 0.95), "most": drawn.max()}
    return {"steps": steps} | {name: round(float(value), 1) for name, value in figures.items()}


def _visit(tab: Tab, port: int, address: str) -> dict[str, float]:
    tab.go(f"http://127.0.0.1:{port}/explore/")
    tab.value("seen")
    time.sleep(PAUSE)
    tab.go(f"http://127.0.0.1:{port}{address}")
    return tab.value("seen")


def _figures(visits: Sequence[dict[str, float]]) -> dict[str, float]:
    medians = {name: round(float(np.median([visit[name] for visit in visits])), 1) for name in ("paint", "whole")}
    return medians | {"most": round(max(visit["whole"] for visit in visits), 1)}
