// The SDKs pack with these libraries: 0.18 with the first, 0.17 and 0.16 with the second.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as current from 'msgpackr';
import * as older from '@colyseus/msgpackr';
import { arbitrary, chosen, random, typed } from './values.mjs';

const RANDOM_VALUES = 20_000;
const seed = Number(process.argv[2] ?? 1);

const metadata = JSON.parse(
  execFileSync('cargo', ['metadata', '--format-version', '1', '--no-deps'], { maxBuffer: 1 << 28 }),
);
const program = join(metadata.target_directory, 'release/examples/transcode');

/** The library reads half a surrogate pair as three U+FFFD, the transcoder, like browsers, as one. */
const wellFormed = (text) => text.replaceAll('\ufffd\ufffd\ufffd', '\ufffd');

/** What the transcoder promises to make of a value as the library itself reads it back. */
function promised(value) {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value !== 'object') return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value;
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (value instanceof DataView) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (ArrayBuffer.isView(value)) return Array.from(value);
  if (Array.isArray(value)) return Array.from(value, promised);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, member]) => [wellFormed(String(key)), promised(member)]));
}

/** Integers of 64 bits may come back as either kind of number. */
function comparable(value) {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(comparable);
  if (value && typeof value === 'object' && !Buffer.isBuffer(value) && !(value instanceof Date)) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, comparable(member)]));
  }
  return value;
}

function transcode(messages) {
  const framed = messages.flatMap((message) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(message.length);
    return [length, message];
  });
  const { status, stdout, stderr } = spawnSync(program, { input: Buffer.concat(framed), maxBuffer: 1 << 30 });
  assert.equal(status, 0, `seed ${seed}: ${stderr}`);
  const outputs = [];
  for (let at = 0; at < stdout.length; ) {
    const length = stdout.readUInt32BE(at);
    outputs.push(stdout.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  assert.equal(outputs.length, messages.length);
  return outputs;
}

for (const [library, { Packr, unpack }] of Object.entries({ 'msgpackr 2.1.3': current, '@colyseus/msgpackr 1.11.3': older })) {
  const next = random(seed);
  const cases = Object.entries(chosen());
  for (let i = 0; i < RANDOM_VALUES; i++) cases.push([`random value ${i}`, arbitrary(next)]);

  // One packer for all messages, as a client has one for a room.
  const packer = new Packr();
  const packed = cases.map(([, value]) => Buffer.from(packer.pack(value)));
  const typedPacker = new Packr({ moreTypes: true });
  for (const [name, value] of Object.entries(typed())) {
    cases.push([name, value]);
    packed.push(Buffer.from(typedPacker.pack(value)));
  }
  const plain = transcode(packed);
  const reader = new Packr();
  cases.forEach(([name], i) => {
    const expected = comparable(promised(reader.unpack(packed[i])));
    const actual = comparable(promised(unpack(plain[i])));
    assert.deepEqual(actual, expected, `${library}, seed ${seed}: ${name}\npacked ${packed[i].subarray(0, 200).toString('hex')}`);
  });
  const records = packed.filter((bytes) => bytes.includes(Buffer.from([0xd4, 0x72]))).length;
  console.log(`${library}: ${cases.length} values equal (${records} with records), seed ${seed}`);
}
