// Starts the hosts that the chosen scenarios need, plays the scenarios, ends the hosts, and says how it went.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Host } from './host.mjs';

const HERE = fileURLToPath(new URL('..', import.meta.url));
const ROOT = resolve(HERE, '../..');

/** Which configuration a scenario file is played against; all others want `conformance`. */
const SUITE_OF = { languages: 'guests', samples: 'rooms', vectors: undefined };
/** Per suite: the configurations to look for, and the variable by which scenarios get the address. */
const SUITES = {
  conformance: { configs: ['tests/conformance/parlor.toml'], variable: 'PARLOR_ENDPOINT' },
  guests: { configs: ['tests/guests/parlor.toml'], variable: 'PARLOR_GUESTS_ENDPOINT' },
  rooms: { configs: ['rooms/parlor.toml', 'parlor.toml'], variable: 'PARLOR_ROOMS_ENDPOINT' },
};
/** What is hardest on the host comes last. */
const LAST = ['languages', 'samples', 'slow', 'histories', 'trap', 'hostile'];

function usage(known) {
  console.error(`usage: PARLOR=path/to/parlor tests/sdk/run [--seed N] [--sdk 0.18,0.17,0.16] [--only PATTERN] [scenario …]
scenarios: ${known.join(' ')}`);
  process.exit(2);
}

function parse(argv, known) {
  const chosen = { names: [], environment: {}, pattern: undefined };
  const value = () => argv.shift() ?? usage(known);
  while (argv.length > 0) {
    const word = argv.shift();
    if (word === '--seed') chosen.environment.PARLOR_SEED = value();
    else if (word === '--sdk') chosen.environment.PARLOR_SDKS = value();
    else if (word === '--only') chosen.pattern = value();
    else if (known.includes(word)) chosen.names.push(word);
    else usage(known);
  }
  return chosen;
}

function configOf(suite) {
  const found = SUITES[suite].configs.map((path) => join(ROOT, path)).find(existsSync);
  if (!found) throw new Error(`there is no ${SUITES[suite].configs.join(' and no ')} to serve for the suite "${suite}"`);
  return found;
}

async function startHosts(suites, environment) {
  const hosts = [];
  for (const suite of suites) {
    const { variable } = SUITES[suite];
    if (process.env[variable]) {
      console.log(`${suite}: playing against ${process.env[variable]}`);
      continue;
    }
    const binary = process.env.PARLOR;
    if (!binary) throw new Error(`set PARLOR to the host's binary, or ${variable} to the address of a host that is running`);
    const log = join(HERE, `host-${suite}.log`);
    const host = await Host.start(resolve(binary), configOf(suite), log).catch(async (error) => {
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

const folder = join(HERE, 'scenarios');
const rank = (name) => LAST.indexOf(name);
const known = readdirSync(folder).filter((file) => file.endsWith('.test.mjs')).map((file) => basename(file, '.test.mjs'))
  .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
const { names, environment, pattern } = parse(process.argv.slice(2), known);
const playing = names.length > 0 ? known.filter((name) => names.includes(name)) : known;
const suites = new Set(playing.map((name) => (name in SUITE_OF ? SUITE_OF[name] : 'conformance')).filter(Boolean));

let failed = false;
try {
  const hosts = await startHosts(suites, environment);
  const outcome = await play(playing.map((name) => join(folder, `${name}.test.mjs`)), pattern, environment);
  failed = outcome !== 0;
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
process.exit(failed ? 1 : 0);
