// A host whose components are replaced while it serves, as a deployment would.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Host } from './host.mjs';
import { fetchRaw } from './raw.mjs';
import { needed } from './scenario.mjs';

const CONFORMANCE = fileURLToPath(new URL('../../conformance', import.meta.url));
const LOGS = fileURLToPath(new URL('..', import.meta.url));

/** The built component of a conformance room's folder, e.g. `reload/a`. */
export const component = (folder) => join(CONFORMANCE, folder, 'target/parlor', `${folder.replace('/', '_')}.wasm`);

/** What clients must not notice. */
const DISTURBANCES = ['leave', 'drop', 'reconnect', 'error'];
export const disturbances = (client) => client.inbox.all.filter(({ event }) => DISTURBANCES.includes(event));

export class Deployed {
  #folder = mkdtempSync(join(tmpdir(), 'parlor-deployed-'));

  /**
   * `types` is by name `{ folder, settings }`: the first build, and lines of `parlor.toml` for that type. `settings` is
   * the rest of it.
   */
  static async start(name, types, settings = '') {
    const deployed = new Deployed();
    const tables = Object.entries(types).map(([type, { folder, settings: own = '' }]) => {
      copyFileSync(component(folder), deployed.#served(type));
      return `[rooms.${type}]\ncomponent = "${type}.wasm"\n${own}`;
    });
    const file = join(deployed.#folder, 'parlor.toml');
    writeFileSync(file, [settings, '[cache]\nfolder = "cache"', ...tables].join('\n'));
    deployed.host = await Host.serve(needed('PARLOR'), file, join(LOGS, `host-${name}.log`));
    deployed.host.ended.then(() => rmSync(deployed.#folder, { recursive: true, force: true }));
    return deployed;
  }

  #served(type) {
    return join(this.#folder, `${type}.wasm`);
  }

  /** Puts a file in the place of the type's component, and tells the host to look. */
  bring(type, file) {
    const served = this.#served(type);
    copyFileSync(file, `${served}.new`);
    renameSync(`${served}.new`, served);
    this.host.child.kill('SIGHUP');
  }

  /** Brings a build in, and gives how many rooms go on with it once they do. */
  async deploy(type, folder) {
    this.bring(type, component(folder));
    const taken = new RegExp(`^${type}: new rooms get the new code; (\\d+) rooms? goe?s? on with it`);
    return Number(taken.exec(await this.host.says(taken, 30_000))[1]);
  }

  /** What the host tells of a type's versions. */
  async versions(type) {
    const { status, body } = await fetchRaw(this.host.endpoint, { path: '/__parlor/versions' });
    assert.equal(status, 200);
    return JSON.parse(body).find(({ name }) => name === type);
  }
}
