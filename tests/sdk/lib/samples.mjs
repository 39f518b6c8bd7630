// A copy of a sample room that a test may edit under `parlor dev`.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOMS = resolve(fileURLToPath(new URL('.', import.meta.url)), '../../../rooms');
const LISTEN = 'listen = "127.0.0.1:0"';

/** Is gone when this process ends. */
function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-samples-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Replaces what must be there: a sample that no longer reads so is a fault of the test, said at once. */
export function replaced(text, pattern, by, where) {
  if (text.search(pattern) < 0) throw new Error(`${where} has nothing like ${pattern}; adapt the test to the sample`);
  return text.replace(pattern, by);
}

/**
 * A folder with a copy of a sample room under another name, in a workspace of its own. It shares the
 * target folder with the samples, so that only the room itself is compiled; the other name keeps its
 * component apart from the sample's. Gives `{ folder, source }`.
 */
export function copiedRoom(sample, name) {
  const folder = temporaryFolder();
  const edit = (from, to, ...edits) => {
    const text = edits.reduce((all, [pattern, by]) => replaced(all, pattern, by, from), readFileSync(join(ROOMS, from), 'utf8'));
    writeFileSync(join(folder, to), text);
  };
  cpSync(join(ROOMS, sample), join(folder, name), {
    recursive: true, filter: (path) => basename(path) !== 'target',
  });
  edit('Cargo.toml', 'Cargo.toml', [/members = \[.*\]/, `members = [${JSON.stringify(name)}]`],
    [/path = "([^"]+)"/g, (_all, path) => `path = ${JSON.stringify(resolve(ROOMS, path))}`]);
  edit('Cargo.lock', 'Cargo.lock', [`name = "${sample}"`, `name = "${name}"`]);
  edit(`${sample}/Cargo.toml`, `${name}/Cargo.toml`, [/name = ".*"/, `name = "${name}"`]);
  edit(`${sample}/room.toml`, `${name}/room.toml`, [/name = ".*"/, `name = "${name}"`]);
  mkdirSync(join(folder, '.cargo'));
  writeFileSync(join(folder, '.cargo/config.toml'), `[build]\ntarget-dir = ${JSON.stringify(join(ROOMS, 'target'))}\n`);
  writeFileSync(join(folder, 'parlor.toml'), `${LISTEN}\n\n[rooms.${name}]\npackage = "${name}"\n`);
  return { folder, source: join(folder, name, 'src/lib.rs') };
}
