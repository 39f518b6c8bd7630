// Says where two values differ, path by path. Order matters in maps too.

const show = (value) => {
  const text = typeof value === 'bigint' ? `${value}n` : JSON.stringify(value, (_k, v) => (typeof v === 'bigint' ? `${v}n` : v));
  return text === undefined ? 'nothing' : text.length > 160 ? `${text.slice(0, 160)}…` : text;
};

const kind = (value) => (value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value);

/** At most `limit` lines of the form `path: left ≠ right`; none if both are the same. */
export function differences(left, right, path = 'state', found = [], limit = 12) {
  if (found.length >= limit) return found;
  if (kind(left) !== kind(right)) found.push(`${path}: ${show(left)} ≠ ${show(right)}`);
  else if (Array.isArray(left)) {
    for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
      differences(left[i], right[i], `${path}[${i}]`, found, limit);
    }
  } else if (left !== null && typeof left === 'object') {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      differences(left[key], right[key], `${path}.${key}`, found, limit);
    }
  } else if (!Object.is(left, right)) found.push(`${path}: ${show(left)} ≠ ${show(right)}`);
  return found;
}
