// Encodings in a file, decoded by the schema decoder that each SDK brings along. No host is needed.
//
// PARLOR_VECTORS names one or more files (separated by `:`) with
// `{ vectors: [{ name, results: { v3|v4|v5: { handshake, initialFull, patches, finalFull, json } } }] }`,
// all bytes in hex; a version may be a text that says it is the same as v3. The host's own encodings can be written in the same form and be checked here.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crew, plain, SDKS } from '../lib/scenario.mjs';

const SCHEMA = { '0.16': 'v3', '0.17': 'v4', '0.18': 'v5' };
const PLACES = ['../../../host/schema/tests/vectors/schema-vectors.json', '../../../host/schema/tests/schema-vectors.json', '../../../host/schema/tests/data/schema-vectors.json'];
const files = process.env.PARLOR_VECTORS?.split(':') ?? PLACES.map((path) => fileURLToPath(new URL(path, import.meta.url))).filter(existsSync);

const sdks = crew(() => 'ws://127.0.0.1:0');
const bytes = (hex) => Uint8Array.from(Buffer.from(hex ?? '', 'hex'));

/** As the vectors file writes values: bigint and what JSON lacks as text, float32 rounded. */
const written = (value) => JSON.parse(JSON.stringify(value, (_key, v) => {
  if (typeof v === 'bigint') return `${v}n`;
  if (typeof v === 'number' && !Number.isInteger(v)) return Math.fround(v);
  return v;
}) ?? 'null');
const settled = (value) => JSON.parse(JSON.stringify(value), (_key, v) => (typeof v === 'number' && !Number.isInteger(v) ? Math.fround(v) : v));

for (const file of files) {
  const { vectors } = JSON.parse(readFileSync(file, 'utf8'));
  for (const sdk of SDKS) {
    plain(`${basename(file)}: ${vectors.length} encodings give their states [${sdk}]`, async () => {
      for (const { name, results } of vectors) {
        const own = results[SCHEMA[sdk]];
        const { handshake, initialFull, patches, finalFull, json, selfDecodeDiffers } = typeof own === 'string' ? results.v3 : own;
        const [, ...states] = await sdks[sdk].call('decode', { handshake: bytes(handshake), bodies: [initialFull, ...patches].map(bytes) });
        const [late] = await sdks[sdk].call('decode', { handshake: bytes(handshake), bodies: [bytes(finalFull)] });
        if (selfDecodeDiffers) {
          // Rounding, or the fault of an old encoder: its own decoder reads something else too.
          sdks[sdk].takeWarnings();
          continue;
        }
        if (json) assert.deepEqual(states.map(written), json.map(settled), name);
        if (states.length > 0) assert.deepEqual(written(late), written(states.at(-1)), `${name}, from the snapshot`);
      }
      sdks[sdk].assertQuiet();
    });
  }
}
if (files.length === 0) plain('no file of encodings is there', () => {}, { skip: 'set PARLOR_VECTORS' });
