// The `echo` room, whatever language it is written in.
import assert from 'node:assert/strict';
import { eachSdk, leaveAll, refused, REQUESTING, SDKS } from '../../lib/scenario.mjs';
import { settled } from './payloads.mjs';

const bytesOf = (count) => Uint8Array.from({ length: count }, (_v, i) => (i * 7) % 256);

// The SDKs keep one byte for where a payload begins, so a longer type runs into it.
const LONGEST_TYPE = 'y'.repeat(252);

/** Registers the scenarios for the room type `type`; `payloads` are those that its encoding, and these SDKs, can carry. */
export function echoScenarios(sdks, type, payloads, which = SDKS) {
  eachSdk(`${type}: every payload comes back`, sdks, async (sdk) => {
    const client = await sdk.create(type);
    for (const [name, payload] of Object.entries(payloads)) {
      assert.deepEqual(settled(await client.ask('value', payload)), settled(payload), name);
    }
    await leaveAll(client);
    sdk.assertQuiet();
  }, { sdks: which });

  eachSdk(`${type}: text and number types, with and without payload`, sdks, async (sdk) => {
    const client = await sdk.create(type);
    for (const kind of ['a', 'move', 'x'.repeat(31), 'x'.repeat(32), LONGEST_TYPE, 'ünïcode', 0, 1, 7, 127, 128, 255, 65536, 4294967295]) {
      assert.deepEqual(await client.ask(kind, { of: kind }), { of: kind }, `type ${kind}`);
      assert.equal(await client.ask(kind), undefined, `type ${kind} without payload`);
    }
    assert.equal(await client.ask('7', 'text'), 'text', 'the text "7" stays a text');
    await leaveAll(client);
    sdk.assertQuiet();
  }, { sdks: which });

  eachSdk(`${type}: raw bytes`, sdks, async (sdk) => {
    const client = await sdk.create(type);
    for (const kind of ['blob', 3]) {
      for (const count of [0, 1, 255, 256, 3000]) {
        await client.bytes(kind, bytesOf(count));
        assert.deepEqual(new Uint8Array(await client.message(kind)), bytesOf(count), `${count} bytes as ${kind}`);
      }
    }
    await leaveAll(client);
    sdk.assertQuiet();
  }, { sdks: which });

  eachSdk(`${type}: two hundred messages keep their order`, sdks, async (sdk) => {
    const client = await sdk.create(type);
    await Promise.all(Array.from({ length: 200 }, (_v, i) => client.send('count', i)));
    for (let i = 0; i < 200; i += 1) assert.equal(await client.message('count'), i);
    await leaveAll(client);
  }, { sdks: which });

  eachSdk(`${type}: a refusal is an error frame, and the room goes on`, sdks, async (sdk) => {
    const client = await sdk.create(type);
    await client.send('fail', null);
    const error = await client.error();
    assert.equal(error.code, 4999);
    assert.equal(error.message, 'custom');
    assert.equal(await client.ask('still', 'here'), 'here');
    await leaveAll(client);
  }, { sdks: which });

  eachSdk(`${type}: kick closes with the given code`, sdks, async (sdk) => {
    for (const code of [1000, 3000, 4000, 4100, 4999]) {
      const client = await sdk.create(type);
      await client.send('kick', { code, reason: 'go' });
      const left = await client.left();
      assert.equal(left.code, code);
      assert.equal(left.reason, 'go');
    }
  }, { sdks: which });

  eachSdk(`${type}: a request gets its reply or its refusal`, sdks, async (sdk) => {
    const client = await sdk.create(type);
    for (const [name, payload] of Object.entries(payloads)) {
      assert.deepEqual(settled(await client.request('value', payload)), settled(payload), name);
    }
    assert.equal(await client.request('nothing'), undefined);
    assert.equal(await client.request(9, 'number'), 'number');
    const error = await refused(client.request('fail', null), 'the request');
    assert.equal(error.name, 'rejected');
    assert.deepEqual(error.reason, { code: 4999, message: 'custom' });
    const replies = await Promise.all(Array.from({ length: 50 }, (_v, i) => client.request('many', i)));
    assert.deepEqual(replies, Array.from({ length: 50 }, (_v, i) => i));
    await leaveAll(client);
    sdk.assertQuiet();
  }, { sdks: which.filter((sdk) => REQUESTING.includes(sdk)) });
}
