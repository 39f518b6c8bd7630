// Plays every scenario on every server, round after round, keeps what came of it, and draws the table.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { read, USAGE } from './arguments.mjs';
import { play } from './load.mjs';
import { chooseCores, describe, restless } from './machine.mjs';
import { select, SMOKE } from './scenarios.mjs';
import { Server } from './servers.mjs';
import { draw, markdown, OURS, short } from './table.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const RESULTS = here('../results/');
const PAGE = here('../../docs/performance.md');

/** What has to be played and can be, with the options of a smoke test where one is wanted. */
function chosen({ only, smoke }) {
  const scenarios = playable(select(only));
  if (!smoke) return scenarios;
  return scenarios.filter(({ id }) => SMOKE.has(id)).map((scenario) => (
    { ...scenario, options: { ...scenario.options, ...SMOKE.get(scenario.id) }, files: undefined }
  ));
}

/** Those for which everything is there. Says which are left out and why, and fails if that leaves nothing. */
function playable(scenarios) {
  const reasons = new Map();
  const able = scenarios.filter(({ id, missing }) => {
    const why = missing?.();
    if (why !== undefined) reasons.set(why, [...(reasons.get(why) ?? []), id]);
    return why === undefined;
  });
  for (const [why, ids] of reasons) console.log(`left out: ${ids.join(', ')}: ${why}`);
  if (able.length === 0) throw new Error('nothing is left to play');
  return able;
}

function checkFiles(scenarios) {
  const allowed = Number(process.env.PARLOR_BENCH_FILES);
  const beyond = scenarios.find(({ files }) => files > allowed);
  if (beyond !== undefined) {
    throw new Error(`${beyond.id} needs ${beyond.files} open files, and ulimit -n allows ${allowed}: raise it, or leave the scenario out with --only`);
  }
}

/** Where a scenario is played: a fresh process, or a server that runs already. */
async function open(server, scenario, endpoints, core) {
  const endpoint = endpoints.find(({ name }) => name === server);
  if (endpoint !== undefined) return { url: endpoint.url, pid: endpoint.pid, stop: async () => {} };
  return Server.start(server, scenario, core, `${RESULTS}${server}-${scenario.id}.log`);
}

/** One server, one scenario, once. A failure is a result too. */
async function once(server, scenario, { endpoints, time, warmUp, cores }) {
  try {
    const running = await open(server, scenario, endpoints, cores.server);
    try {
      const figures = await play({ scenario, url: running.url, pid: running.pid, core: cores.load, time, warmUp });
      // What needs the process cannot be known of an endpoint without one.
      const missing = scenario.figures.find(({ name }) => !Number.isFinite(figures[name]) && running.pid !== undefined);
      if (missing !== undefined) throw new Error(`the load generator gave no figure ${missing.name}`);
      return { figures };
    } finally {
      await running.stop();
    }
  } catch (error) {
    return { failure: error.message };
  }
}

function tell(run, { figures: [first] }) {
  const busy = run.figures && `load ${(100 * run.figures.load_busy_share).toFixed(0)} % busy`;
  const what = run.failure === undefined ? `${short(run.figures[first.name])} ${first.unit}; ${busy}` : `FAILED: ${run.failure}`;
  console.log(`round ${run.round}  ${run.scenario.padEnd(20)} ${run.server.padEnd(10)} ${what}`);
}

async function main() {
  const asked = read(process.argv.slice(2));
  if (asked.help) {
    console.log(USAGE);
    return 0;
  }
  const scenarios = chosen(asked);
  checkFiles(scenarios);
  const servers = [...asked.servers, ...asked.endpoints.map(({ name }) => name)];
  const plan = { rounds: asked.rounds, time: asked.time, warmUp: asked.warmUp, cores: chooseCores(asked.cores) };
  const runs = [];
  mkdirSync(RESULTS, { recursive: true });
  for (let round = 1; round <= plan.rounds; round += 1) {
    // Who begins changes from round to round, so that nobody always follows the same one.
    const order = servers.map((_, place) => servers[(place + round - 1) % servers.length]);
    for (const scenario of scenarios) {
      for (const server of order.filter((name) => scenario.servers?.includes(name) ?? true)) {
        const outcome = await once(server, scenario, { ...plan, endpoints: asked.endpoints });
        const run = { round, scenario: scenario.id, server, ...outcome };
        runs.push(run);
        tell(run, scenario);
      }
    }
  }
  const disturbance = asked.smoke ? undefined : restless(runs);
  const result = { machine: describe(), plan, disturbance, runs };
  const file = `${RESULTS}${new Date().toISOString().replace(/[:.]/g, '-')}.json`;
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  const failed = runs.filter(({ failure }) => failure !== undefined);
  // A smoke test says whether, not how fast.
  if (!asked.smoke) {
    const text = markdown(scenarios, servers, result);
    console.log(`\n${text}\n`);
    if (asked.write) {
      // That another server does not get through a scenario is a result, which the table tells.
      const whole = failed.every(({ server }) => server !== OURS);
      if (whole && disturbance === undefined) draw(PAGE, text);
      else console.error(`not drawn into ${PAGE}: only what was measured undisturbed, and without a failure of ${OURS}, is`);
    }
  }
  console.log(`kept in ${file}`);
  if (disturbance !== undefined) console.error(`warning: ${disturbance}`);
  if (failed.length > 0) console.error(`${failed.length} of ${runs.length} runs failed`);
  console.log(failed.length > 0 ? 'bench: FAILED' : 'bench: passed');
  return failed.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 2;
}
