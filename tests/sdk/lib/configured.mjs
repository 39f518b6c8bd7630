// Hosts with a configuration of a scenario's own, over conformance rooms that are built already.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Host } from './host.mjs';
import { needed } from './scenario.mjs';

const ROOMS = fileURLToPath(new URL('../../conformance', import.meta.url));
const LOGS = fileURLToPath(new URL('..', import.meta.url));

/** Starts `parlor serve` for these room types; `settings` is the rest of its `parlor.toml`. Ends when `host.stop()` is called. */
export async function configured(name, types, settings) {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-'));
  const rooms = types.map((type) => `[rooms.${type}]\ncomponent = ${JSON.stringify(join(ROOMS, type, 'target/parlor', `${type}.wasm`))}\n`);
  const file = join(folder, 'parlor.toml');
  writeFileSync(file, [settings, ...rooms].join('\n'));
  const host = await Host.serve(needed('PARLOR'), file, join(LOGS, `host-${name}.log`));
  host.ended.then(() => rmSync(folder, { recursive: true, force: true }));
  return host;
}
