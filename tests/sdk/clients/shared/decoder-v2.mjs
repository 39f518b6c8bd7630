// The books of SDK 0.15's decoder, which are kept in the state itself: `refs` and `refCounts`.

/**
 * `{ tracked, reachable, leaked, untracked, miscounted }`, as `audit` of `decoder.mjs`. This decoder itself
 * forgets instances whose last two holders go together: they stay, counted no times, with what they hold.
 */
export function auditV2(state, childrenOf) {
  const { refs, refCounts } = state.$changes.root;
  const times = new Map();
  const untracked = [];
  const visit = (holder) => {
    for (const child of childrenOf(holder)) {
      const number = child.$changes.refId;
      times.set(number, (times.get(number) ?? 0) + 1);
      if (times.get(number) > 1) continue;
      if (refs.get(number)?.$changes.refId !== number) untracked.push(`#${number} ${JSON.stringify(child)}`);
      visit(child);
    }
  };
  visit(state);
  const reachable = times.size + 1;
  for (const [number, instance] of refs) {
    if (number !== 0 && !times.has(number) && !(refCounts[number] > 0)) visit(instance);
  }
  const leaked = [];
  const miscounted = [];
  for (const [number, instance] of refs) {
    const counted = refCounts[number] ?? 0;
    const referred = times.get(number) ?? 0;
    if (number === 0 || counted === referred) continue;
    const text = `#${number} ${JSON.stringify(instance)}: counted ${counted}, referred to ${referred} times`;
    (referred === 0 ? leaked : miscounted).push(text);
  }
  return { tracked: refs.size, reachable, leaked, untracked, miscounted };
}
