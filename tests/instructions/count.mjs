// Counts what each hot path takes, and compares it with the baseline.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { surroundings } from './surroundings.mjs';

const BASELINE = fileURLToPath(new URL('baseline.json', import.meta.url));

/** How much dearer a path may get unnoticed; and how much cheaper, before its old price is no measure any more. */
const TOLERANCE = 0.05;

/** Rounds of a short walk and of a long one: what both have, from the start to the end, cancels out. */
const PATHS = new Map([
  ['message', { short: 500, long: 3500 }],
  ['eight-messages', { short: 800, long: 5600 }],
  ['patch', { short: 20, long: 320 }],
  ['join', { short: 50, long: 450 }],
  ['timer', { short: 2000, long: 12000 }],
]);

const USAGE = `tests/instructions/run [options]
  --accept          what is counted now becomes the baseline
  --only NAME,...   some of the paths: ${[...PATHS.keys()].join(', ')}
  --profile FOLDER  keep callgrind's profiles of the long walks there`;

const { PARLOR_HOT_PATHS: program, PARLOR_HOT_PATHS_CACHE: cache } = process.env;

// `rep stosb` clears a buffer in one instruction that valgrind counts once for each byte: libc is to use its other way.
process.env.GLIBC_TUNABLES = 'glibc.cpu.hwcaps=-ERMS';

function read() {
  const { values } = parseArgs({
    options: {
      accept: { type: 'boolean', default: false },
      only: { type: 'string', default: [...PATHS.keys()].join(',') },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const only = values.only.split(',');
  const unknown = only.find((name) => !PATHS.has(name));
  if (unknown !== undefined) throw new Error(`no path "${unknown}"; there are: ${[...PATHS.keys()].join(', ')}`);
  return { ...values, only };
}

/** Runs the program under valgrind, and gives back what valgrind says; what the program says is shown. */
function valgrind(options, walk) {
  const argv = [...options, '--log-fd=1', program, ...walk];
  return execFileSync('valgrind', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Instructions of a walk: of all threads, in user space. */
function walk(path, rounds, profile = '/dev/null') {
  const said = valgrind(['--tool=callgrind', `--callgrind-out-file=${profile}`], ['host', cache, path, String(rounds)]);
  const count = /Collected : (\d+)/.exec(said)?.[1];
  if (count === undefined) throw new Error(`callgrind counted nothing:\n${said}`);
  return Number(count);
}

/** Instructions of one round of each path. */
function count({ only, profile }) {
  // callgrind ends with an error where the folder is missing.
  if (profile !== undefined) mkdirSync(profile, { recursive: true });
  // Under valgrind, too: rooms are compiled for the processor that it shows, which has not all that the real one has.
  valgrind(['--tool=none'], ['prepare', cache]);
  return Object.fromEntries(only.map((path) => {
    const { short, long } = PATHS.get(path);
    const kept = profile === undefined ? undefined : `${profile}/callgrind.${path}`;
    return [path, Math.round((walk(path, long, kept) - walk(path, short)) / (long - short))];
  }));
}

const thousands = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ' ');
const percent = (share) => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(2)} %`;

/** Shows what was and what is, and gives back the paths that are dearer or cheaper than is let pass. */
function compare(before, now) {
  const dearer = [];
  const cheaper = [];
  const line = (...cells) => console.log(cells.map((cell, n) => (n === 0 ? cell.padEnd(16) : cell.padStart(12))).join(''));
  line('path', 'baseline', 'now', 'difference');
  for (const [path, instructions] of Object.entries(now)) {
    const was = before[path];
    const growth = was === undefined ? undefined : instructions / was - 1;
    line(path, was === undefined ? '–' : thousands(was), thousands(instructions), growth === undefined ? '–' : percent(growth));
    if (growth === undefined || growth > TOLERANCE) dearer.push(path);
    if (growth < -TOLERANCE) cheaper.push(path);
  }
  return { dearer, cheaper };
}

/** What to say of a comparison with a baseline that was taken where other things differ, too. */
const elsewhere = (before, now) => Object.keys(now).filter((what) => before[what] !== now[what])
  .map((what) => `${what}: ${now[what]}, baseline: ${before[what] ?? 'unknown'}`);

function main() {
  const plan = read();
  if (plan.help) return void console.log(USAGE);
  const baseline = existsSync(BASELINE) ? JSON.parse(readFileSync(BASELINE, 'utf8')) : { surroundings: {}, instructions: {} };
  const here = surroundings();
  const now = count(plan);
  const { dearer, cheaper } = compare(baseline.instructions, now);
  const others = elsewhere(baseline.surroundings, here);
  if (plan.accept) {
    // Counts of other surroundings are not to stand beside these.
    const kept = others.length === 0 ? baseline.instructions : {};
    const order = [...PATHS.keys()].filter((path) => path in now || path in kept);
    const instructions = Object.fromEntries(order.map((path) => [path, now[path] ?? kept[path]]));
    writeFileSync(BASELINE, `${JSON.stringify({ surroundings: here, instructions }, undefined, 2)}\n`);
    return void console.log('this is the baseline now');
  }
  if (cheaper.length > 0) console.log(`cheaper by more than 5 %: ${cheaper.join(', ')}; take the baseline anew: tests/instructions/run --accept`);
  if (dearer.length === 0) return undefined;
  console.log(`dearer by more than 5 %, or new: ${dearer.join(', ')}`);
  if (others.length > 0) {
    return void console.log(`no failure, because the baseline was taken with something else:\n  ${others.join('\n  ')}`);
  }
  console.log('if that is worth it: tests/instructions/run --accept, and say in the commit what it buys');
  process.exitCode = 1;
  return undefined;
}

try {
  main();
} catch (error) {
  console.error(`tests/instructions: ${error.message}`);
  process.exitCode = 2;
}
