// The formulas of siamese_np/losses.py, distance.py and siamese.py (3) once more, for points that move in the page. A browser
// test compares them with those modules on a hundred random states.
//
//   z: [[x, y], ...]   pairs: [[i, j], ...]   same: [true, ...]   loss: { margin, power }

export function distances(z, pairs) {
  return pairs.map(([i, j]) => Math.sqrt((z[i][0] - z[j][0]) ** 2 + (z[i][1] - z[j][1]) ** 2));
}

const shortfall = (d, margin) => Math.max(0, margin - d);

// losses.py (1): the mean over the pairs
export function lossOf(d, same, { margin, power }) {
  let sum = 0;
  d.forEach((one, p) => { sum += (same[p] ? one : shortfall(one, margin)) ** power; });
  return sum / d.length;
}

// losses.py (2) and (3): dL/dd of each pair
export function slopes(d, same, { margin, power }) {
  return d.map((one, p) => {
    if (power === 2) return (2 / d.length) * (same[p] ? one : -shortfall(one, margin));
    return (same[p] ? 1 : one < margin ? -1 : 0) / d.length;
  });
}

// distance.py (3), added up as in siamese.py (3): dL/dz of each point. At d = 0 there is no direction, and it is 0
export function gradient(dd, z, pairs, d) {
  const dz = z.map(() => [0, 0]);
  pairs.forEach(([i, j], p) => {
    const factor = d[p] === 0 ? 0 : dd[p] / d[p];
    for (const k of [0, 1]) {
      const da = factor * (z[i][k] - z[j][k]);
      dz[i][k] += da;
      dz[j][k] -= da;
    }
  });
  return dz;
}

// losses.py (4), and (5) or, with power 1, (6) at c = margin / 2
export function plateaus(share, { margin, power }) {
  return [(1 - share) * margin ** power, power === 2 ? share * (1 - share) * margin ** 2 : margin / 2];
}
