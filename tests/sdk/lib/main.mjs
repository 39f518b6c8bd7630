// Starts the hosts that the chosen scenarios need, plays the scenarios, ends the hosts, and says how it went.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { complaints, subjects } from './compatibility.mjs';
import { Host } from './host.mjs';

const HERE = fileURLToPath(new URL('..', import.meta.url));
const ROOT = resolve(HERE, '../..');

/** Which hosts a scenario file is played against; all others want `conformance`. */
const SUITE_OF = {
  languages: 'guests', samples: 'rooms', reload: undefined, 'going-on': undefined, recovery: undefined, reshape: undefined,
  rollback: undefined, vectors: undefined, shutdown: undefined, limits: undefined, soak: undefined,
};
/** Per suite: how its host is started, and the variable by which scenarios get the address. */
const SUITES = {
  conformance: { start: (binary, log) => Host.serve(binary, join(ROOT, 'tests/conformance/parlor.toml'), log), variable: 'PARLOR_ENDPOINT' },
  guests: { start: (binary, log) => Host.serve(binary, join(ROOT, 'tests/guests/parlor.toml'), log), variable: 'PARLOR_GUESTS_ENDPOINT' },
  rooms: { start: (binary, log) => Host.dev(binary, ROOT, log), variable: 'PARLOR_ROOMS_ENDPOINT' },
};
/** What is hardest on the host comes last. */
const LAST = ['languages', 'samples', 'reload', 'shutdown', 'soak', 'slow', 'histories', 'trap', 'hostile'];

function usage(known) {
  console.error(`usage: PARLOR=path/to/parlor tests/sdk/run [--seed N] [--sdk 0.18,0.17,0.16,0.15] [--only PATTERN] [--write-table] [scenario …]
scenarios: ${known.join(' ')}`);
  process.exit(2);
}

function parse(argv, known) {
  const chosen = { names: [], environment: {}, pattern: undefined, writeTable: false };
  const value = () => argv.shift() ?? usage(known);
  while (argv.length > 0) {
    const word = argv.shift();
    if (word === '--seed') chosen.environment.PARLOR_SEED = value();
    else if (word === '--sdk') chosen.environment.PARLOR_SDKS = value();
    else if (word === '--only') chosen.pattern = value();
    else if (word === '--write-table') chosen.writeTable = true;
    else if (known.includes(word)) chosen.names.push(word);
    else usage(known);
  }
  return chosen;
}

async function startHosts(suites, environment) {
  const hosts = [];
  for (const suite of suites) {
    const { start, variable } = SUITES[suite];
    if (process.env[variable]) {
      console.log(`${suite}: playing against ${process.env[variable]}`);
      continue;
    }
    const binary = process.env.PARLOR;
    if (!binary) throw new Error(`set PARLOR to the host's binary, or ${variable} to the address of a host that is running`);
    const log = join(HERE, `host-${suite}.log`);
    const host = await start(resolve(binary), log).catch(async (error) => {
      await Promise.all(hosts.map((started) => started.host.stop()));
      throw error;
    });
    console.log(`${suite}: host ${host.pid} serves at ${host.endpoint}, its log is ${log}`);
    environment[variable] = host.endpoint;
    if (suite === 'conformance') environment.PARLOR_PID = String(host.pid);
    hosts.push({ suite, host });
  }
  return hosts;
}

function play(files, pattern, environment) {
  const reporters = ['spec', new URL('table.mjs', import.meta.url).href]
    .flatMap((reporter) => [`--test-reporter=${reporter}`, '--test-reporter-destination=stdout']);
  const only = pattern ? [`--test-name-pattern=${pattern}`] : [];
  const argv = ['--test', '--test-concurrency=1', ...reporters, ...only, ...files];
  const child = spawn(process.execPath, argv, { stdio: 'inherit', env: { ...process.env, ...environment } });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal)));
}

/** Whether upstream's scenarios hold, if all of the files were played that they speak of. */
function assess({ names, pattern, environment, writeTable }) {
  const whole = [...subjects].every((name) => names.includes(name)) && !pattern && !environment.PARLOR_SDKS && !process.env.PARLOR_SDKS;
  if (!whole) return true;
  const wrong = complaints(JSON.parse(readFileSync(environment.PARLOR_OUTCOMES, 'utf8')), writeTable);
  for (const complaint of wrong) console.error(complaint);
  console.log(`upstream's scenarios: ${wrong.length > 0 ? 'NOT as listed' : 'all shown'}`);
  return wrong.length === 0;
}

const folder = join(HERE, 'scenarios');
const rank = (name) => LAST.indexOf(name);
const known = readdirSync(folder).filter((file) => file.endsWith('.test.mjs')).map((file) => basename(file, '.test.mjs'))
  .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
const chosen = parse(process.argv.slice(2), known);
const { environment, pattern } = chosen;
const playing = chosen.names.length > 0 ? known.filter((name) => chosen.names.includes(name)) : known;
const suites = new Set(playing.map((name) => (name in SUITE_OF ? SUITE_OF[name] : 'conformance')).filter(Boolean));

const scratch = mkdtempSync(join(tmpdir(), 'parlor-outcomes-'));
environment.PARLOR_OUTCOMES = join(scratch, 'outcomes.json');
let failed = false;
try {
  const hosts = await startHosts(suites, environment);
  const outcome = await play(playing.map((name) => join(folder, `${name}.test.mjs`)), pattern, environment);
  failed = outcome !== 0;
  if (!assess({ ...chosen, names: playing })) failed = true;
  for (const { suite, host } of hosts) {
    const early = host.child.exitCode !== null || host.child.signalCode !== null;
    const ended = await host.stop();
    if (early) failed = true;
    console.log(`${suite}: host ${host.pid} ${early ? 'had ended by itself' : 'ended'} (${ended})`);
  }
  console.log(failed ? 'SDK scenarios: FAILED' : 'SDK scenarios: passed');
} catch (error) {
  console.error(error.message);
  failed = true;
}
rmSync(scratch, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
