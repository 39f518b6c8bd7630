// What the scenarios of the sample rooms share.
import assert from 'node:assert/strict';
import { SDKS, together } from '../../lib/scenario.mjs';

/** Registers a test with several SDKs at once, none of which may complain. */
export function quietly(name, sdks, play) {
  together(name, async () => {
    for (const sdk of SDKS) sdks[sdk].console.length = 0;
    await play();
    for (const sdk of SDKS) sdks[sdk].assertQuiet();
  });
}

/** A check for `assert.rejects`: the refusal (of a join, or of a request) has this code and a text like this. */
export const is = (code, text) => (error) => {
  const told = error.reason ?? error;
  assert.equal(told.code, code, told.message);
  assert.match(told.message, text);
  return true;
};

/** Sends, and expects an error frame with this code and text in return. */
export async function assertRefused(client, [type, ...payload], code, text) {
  await client.send(type, ...payload);
  const error = await client.error();
  assert.equal(error.code, code, `${type} ${JSON.stringify(payload)}: ${error.message}`);
  assert.match(error.message, text);
}

/** Nothing that left the state is still kept by the client. */
export async function assertNoLeaks(clients) {
  for (const client of clients) {
    const { leaked, untracked } = await client.audit();
    assert.deepEqual([leaked, untracked], [[], []], `SDK ${client.sdk}`);
  }
}
