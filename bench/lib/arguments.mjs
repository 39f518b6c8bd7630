// The command line of bench/run.
import { parseArgs } from 'node:util';
import { SERVERS } from './servers.mjs';

export const USAGE = `bench/run [options]
  --rounds N              how often everything is played (3)
  --only NAME,...         scenarios, by id or first word (all)
  --servers NAME,...      of parlor, colyseus, raw (all)
  --endpoint NAME=URL[,PID]
                          one more server, which runs already; with its process id its CPU time and memory are measured
  --time SECONDS          how long is measured (5)
  --warm-up SECONDS       how long is played before (1)
  --cores SERVER,LOAD     which cores they get (the last and the first that this process may use)
  --write                 draw the table into docs/performance.md
  --smoke                 everything once, small and short: shows that it works, not how fast`;

const OPTIONS = {
  rounds: { type: 'string' },
  only: { type: 'string' },
  servers: { type: 'string' },
  endpoint: { type: 'string', multiple: true, default: [] },
  time: { type: 'string' },
  'warm-up': { type: 'string' },
  cores: { type: 'string' },
  write: { type: 'boolean', default: false },
  smoke: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

const list = (text) => (text ?? '').split(',').filter((word) => word !== '');

function number(name, text, otherwise, least) {
  const value = text === undefined ? otherwise : Number(text);
  if (!(value >= least)) throw new Error(`--${name} ${text}: a number from ${least} on is expected`);
  return value;
}

function endpoint(text) {
  const [, name, url, pid] = /^([\w.-]+)=(\w+:\/\/[^,]+)(?:,(\d+))?$/.exec(text) ?? [];
  if (name === undefined) throw new Error(`--endpoint ${text}: write NAME=http://HOST:PORT, or NAME=http://HOST:PORT,PID`);
  if (SERVERS.has(name)) throw new Error(`--endpoint ${text}: "${name}" is one of the benchmark's own servers`);
  return { name, url, pid: pid === undefined ? undefined : Number(pid) };
}

/** Reads the command line. Throws an error with a text for people. */
export function read(argv) {
  const { values } = parseArgs({ args: argv, options: OPTIONS });
  const names = values.servers === undefined ? [...SERVERS.keys()] : list(values.servers);
  const unknown = names.find((name) => !SERVERS.has(name));
  if (unknown !== undefined) throw new Error(`no server "${unknown}"; there are: ${[...SERVERS.keys()].join(', ')}`);
  const cores = values.cores === undefined ? undefined : list(values.cores).map(Number);
  if (cores !== undefined && (cores.length !== 2 || !cores.every(Number.isInteger))) {
    throw new Error(`--cores ${values.cores}: write two numbers of cores, as 1,0`);
  }
  return {
    help: values.help,
    rounds: number('rounds', values.rounds, values.smoke ? 1 : 3, 1),
    only: list(values.only),
    servers: names,
    endpoints: values.endpoint.map(endpoint),
    time: number('time', values.time, values.smoke ? 1 : 5, 0.1),
    warmUp: number('warm-up', values['warm-up'], values.smoke ? 0.2 : 1, 0),
    cores,
    write: values.write,
    smoke: values.smoke,
  };
}
