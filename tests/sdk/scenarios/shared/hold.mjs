// The `hold` room, and others that hold seats: one client that stays, one that comes and goes.
import { SDKS } from '../../lib/scenario.mjs';
import { eventually } from '../../lib/waiting.mjs';

/** The SDK's own settings that make it come back at once instead of after five seconds in the room. */
export const EAGER = { minUptime: 0, delay: 20, minDelay: 20, maxDelay: 100 };

/** A room with an observer that stays, and a player of this SDK. */
export async function stage(sdks, sdk, options, type = 'hold') {
  const observer = await sdks[SDKS[0]].create(type, options);
  const player = await sdk.joinById(observer.roomId);
  if (sdk.sdk !== '0.16') await player.tune({ enabled: false });
  return { observer, player };
}

/** What the room has seen of a session, as `[event, session, code?]`. */
export const eventsOf = async (observer, session) => (await observer.ask('events', null)).filter(([, who]) => who === session);

/** The events of a session, once there is one of this kind. */
export const seen = (observer, session, kind, milliseconds) => eventually(async () => {
  const all = await eventsOf(observer, session);
  return all.some(([name]) => name === kind) && all;
}, () => `the room saw no ${kind} of ${session}`, milliseconds);
