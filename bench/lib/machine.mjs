// On what was measured.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Figures of a run in which others used more of a core than this are noise. */
const CALM = 0.1;

/** The cores that this process may use. */
export function usableCores() {
  const [, list] = /^Cpus_allowed_list:\s+(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, n) => first + n);
  });
}

/** One core for the server and one for the load. */
export function chooseCores(wanted) {
  const usable = usableCores();
  const [server, load] = wanted ?? [usable.at(-1), usable[0]];
  const missing = [server, load].find((core) => !usable.includes(core));
  if (missing !== undefined) throw new Error(`core ${missing} is not to be had; there are: ${usable.join(', ')}`);
  if (server === load) throw new Error('server and load need a core each');
  return { server, load };
}

/** A warning, if others were at work while it was measured. */
export function restless(runs) {
  const shares = runs.map(({ figures }) => figures?.others_cpu_share).filter((share) => share > CALM);
  if (shares.length === 0) return undefined;
  const most = (100 * Math.max(...shares)).toFixed(0);
  return `in ${shares.length} of ${runs.length} runs others were at work, with up to ${most} % of a core: these figures are not to be kept`;
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: here('.'), stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
  } catch {
    return undefined;
  }
}

/** Machine, versions and date. */
export function describe() {
  const { version } = JSON.parse(readFileSync(here('../colyseus/node_modules/@colyseus/core/package.json'), 'utf8'));
  const parlor = execFileSync(process.env.PARLOR, ['--version']).toString().trim().replace(/^parlor /, '');
  const built = commit();
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0].model.trim(),
    cores: cpus().length,
    // Without what its builder calls it.
    kernel: release().split('.').slice(0, 2).join('.'),
    versions: { Parlor: built === undefined ? parlor : `${parlor} (${built})`, Colyseus: version, Node: process.versions.node },
  };
}
