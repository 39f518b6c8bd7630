// `parlor dev` over a room whose source changes while it is played: running rooms go on with the new code and new
// rooms get it, nobody is disconnected, and code that does not compile changes nothing but the host's words.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Host } from '../lib/host.mjs';
import { copiedRoom, replaced } from '../lib/samples.mjs';
import { crew, leaveAll, needed, SDKS, together } from '../lib/scenario.mjs';

const NAME = 'edited-chat';
/** From a saved file to the host's word about it: one small package is compiled. */
const REBUILDING = 120_000;
const TEXT = 'longer than five';

let host;
let source;
const sdks = crew(async () => {
  const room = copiedRoom('chat', NAME);
  source = room.source;
  host = await Host.dev(needed('PARLOR'), room.folder, fileURLToPath(new URL('../host-reload.log', import.meta.url)));
  return host.endpoint;
});
after(() => host?.stop());

const edit = (pattern, by) => writeFileSync(source, replaced(readFileSync(source, 'utf8'), pattern, by, source));
const LIMIT = /const LONGEST_TEXT: usize = \d+;/;
const limitOf = (characters) => `const LONGEST_TEXT: usize = ${characters};`;
const reloaded = () => host.says(new RegExp(`^${NAME}: new rooms get the new code; \\d+ rooms? goe?s? on with it`), REBUILDING);

/** One client per SDK in one new room. */
async function gather() {
  const first = await sdks[SDKS[0]].create(NAME, { name: SDKS[0] });
  const others = await Promise.all(SDKS.slice(1).map((sdk) => sdks[sdk].joinById(first.roomId, { name: sdk })));
  return [first, ...others];
}

/** Each says it, and all hear each. */
async function assertTalks(clients, text) {
  for (const speaker of clients) {
    await speaker.send('say', text);
    for (const client of clients) assert.deepEqual(await client.message('said'), { from: speaker.sdk, text }, `SDK ${client.sdk}`);
  }
}

/** The room allows lines of this length and no longer. */
async function assertShortened(clients, characters) {
  for (const client of clients) {
    await client.send('say', 'x'.repeat(characters + 1));
    const { code, message } = await client.error();
    assert.equal(code, 4002);
    assert.match(message, new RegExp(`at most ${characters} characters`));
  }
  await assertTalks(clients, 'x'.repeat(characters));
}

async function assertConnected(clients) {
  for (const client of clients) {
    assert.ok(await client.isOpen(), `SDK ${client.sdk} is connected`);
    const disturbed = client.inbox.all.filter(({ event }) => ['leave', 'drop', 'reconnect'].includes(event));
    assert.deepEqual(disturbed, [], `SDK ${client.sdk}`);
  }
}

together('running rooms go on with what was saved, nobody disconnected; faulty code changes nothing', async () => {
  const old = await gather();
  await assertTalks(old, TEXT);

  edit(LIMIT, limitOf(5));
  await reloaded();
  const fresh = await gather();
  for (const clients of [old, fresh]) await assertShortened(clients, 5);

  edit(LIMIT, `${limitOf(6)}\nfn broken( {`);
  for (const words of [/FAILED/, /unclosed delimiter/, /src\/lib\.rs:\d+/, /could not compile/]) await host.says(words, REBUILDING);
  const later = await gather();
  for (const clients of [old, fresh, later]) await assertShortened(clients, 5);

  edit(/const LONGEST_TEXT: usize = \d+;\nfn broken\( \{/, limitOf(7));
  await reloaded();
  const last = await gather();
  for (const clients of [old, fresh, later, last]) {
    await assertShortened(clients, 7);
    await assertConnected(clients);
  }
  await leaveAll(old, fresh, later, last);
}, { timeout: 3 * REBUILDING + 60_000 });
