// Of many rounds, one figure.

/** The middle of some numbers; undefined of none. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  if (sorted.length === 0) return undefined;
  return Number.isInteger(half) ? (sorted[half - 1] + sorted[half]) / 2 : sorted[Math.floor(half)];
}

/** Middle, least and most; undefined of none. */
export function summary(values) {
  if (values.length === 0) return undefined;
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** All values of a figure that a server reached in a scenario, by round. */
export function byRound(runs, scenario, server, figure) {
  const values = new Map();
  for (const run of runs) {
    const value = run.scenario === scenario && run.server === server ? run.figures?.[figure] : undefined;
    if (value !== undefined) values.set(run.round, value);
  }
  return values;
}

/** One server's values over another's, taken within each round: what disturbs a whole round disturbs both. */
export function ratios(own, other) {
  const shared = [...own.keys()].filter((round) => other.has(round) && other.get(round) > 0);
  return shared.map((round) => own.get(round) / other.get(round));
}
