// What upstream's own suites play, line by line, and the tests that show it here. `by` names tests as `subject · what
// it shows`; `without` says for which SDK there is no such thing. `lib/compatibility.mjs` holds it against each run.

const NO_RETURN = { '0.16': 'does not come back by itself' };
const NO_REQUESTS = { '0.16': 'has no requests', '0.17': 'has no requests' };

const join = [
  { shows: 'a room that begins at once is created and joined', by: ['entering · a room that takes no time is created and joined'] },
  {
    shows: 'a room that waits in its hooks is created and joined',
    by: [
      'entering · a room that takes its time to begin is created and joined',
      'entering · a room that takes its time over a join is created and joined',
      'entering · a room that takes its time over both is created and joined',
    ],
  },
  { shows: 'two clients that come at once for the last two seats', by: ['entering · two that come at once for the last two seats share the room'] },
  {
    shows: 'code and text of a refusal reach the promise',
    by: [
      'entering · a refusal to be joined reaches the promise, code and text, and frees the seat',
      'entering · a refusal to be created reaches the promise, and there is no room',
    ],
  },
  { shows: 'a client that is gone before it is in is discarded', by: ['entering · a client that is gone before it is in is discarded'] },
  { shows: 'an acknowledgement that comes twice is ignored', by: ['joining · an acknowledgement that comes twice changes nothing'] },
  {
    shows: 'authentication fails: without a code, with one of its own',
    by: [
      'auth · any other is refused with 525',
      'auth · a bad token is refused with the room\'s own code',
      'entering · authentication refuses with a status of its own',
      'compat015 · a bearer token is checked, and refusals keep the room\'s own code',
    ],
    note: 'one hook, `authenticate`, in the place of the static and the instance one',
  },
  { shows: 'authentication sees the client\'s address', by: ['entering · authentication sees the client\'s address, token and headers'] },
  { shows: 'slow authentication lets no more in than there are seats', by: ['entering · slow authentication lets no more in than there are seats', 'auth · a slow check holds no other up'] },
];

const messages = [
  { shows: 'text types, number types, no payload', by: ['echo · echo: text and number types, with and without payload', 'compat015 · echo: text and number types, with and without payload'] },
  { shows: 'payloads of every kind', by: ['echo · echo: every payload comes back', 'compat015 · echo: every payload comes back'] },
  { shows: 'bytes', by: ['echo · echo: raw bytes', 'compat015 · echo: raw bytes'] },
  { shows: 'large bytes', by: ['messages · large bytes arrive whole, up to the longest frame', 'echo · a large message comes back whole'] },
  {
    shows: 'a payload is checked against what the room expects',
    by: ['messages · a payload that is not the room\'s is an error that names the field, and the client stays'],
    note: 'on purpose: an error frame with the code 4217 in the place of a close with 4002',
  },
  {
    shows: 'a payload that cannot be decoded closes',
    by: [
      'messages · a payload that is no MessagePack closes with 4002, and the room goes on',
      'messages · a payload that ends early closes with 4002, and the room goes on',
      'messages · something behind the payload closes with 4002, and the room goes on',
      'messages · a type that ends early closes with 4002, and the room goes on',
    ],
  },
  { shows: 'a frame that is too large closes with 1009', by: ['messages · a frame beyond the longest closes with 1009, and the room goes on'] },
  {
    shows: 'too many messages in a second close; the count begins anew each second',
    by: ['limits · too many messages in a second: the client leaves with 4002, and the others go on', 'limits · the limit is per second'],
  },
  {
    shows: 'a type that the room does not know',
    by: ['messages · a type that the room does not know is an error, and the client stays'],
    note: 'on purpose: an error frame with the code 4217, as upstream does in development only',
  },
  { shows: 'requests: reply, rejection, unknown type', by: ['echo · echo: a request gets its reply or its refusal', 'messages · a request that the room does not know, or whose payload does not fit, is rejected'], without: NO_REQUESTS },
];

const broadcasts = [
  { shows: 'to all', by: ['relay · relay: a broadcast reaches everyone, the sender included'] },
  { shows: 'to all but one', by: ['relay · relay: others leaves the sender out'] },
  { shows: 'during a join: delivered behind the snapshot', by: ['sending · what is sent and broadcast during a join comes behind the snapshot'] },
  {
    shows: 'behind the next patch, in order',
    by: [
      'relay · relay: after-next-patch comes behind the patch',
      'sending · what is held back keeps its order, and what is not held back overtakes it',
      'sending · what is held back for the next patch goes out even if nothing changed',
    ],
  },
  {
    shows: 'messages sent before the join completes are not written over',
    by: ['sending · many messages sent before the join completes arrive in order, none written over', 'echo · what is sent before the acknowledgement waits for it'],
  },
];

const patches = [
  {
    shows: 'the interval is kept',
    by: [20, 50, 200].map((interval) => `patches · patches keep an interval of ${interval} ms`).concat('patches · changes within one interval are one patch'),
  },
  { shows: 'without an interval none is sent', by: ['patches · without an interval nothing is sent, until the room asks for it'] },
];

const locks = [
  { shows: 'a full room locks, and unlocks when a seat is free', by: ['limited · a full room locks by itself and unlocks when a seat is free'] },
  { shows: 'an explicit lock survives that', by: ['limited · an explicit lock outlives the automatic one'] },
  { shows: 'another capacity locks and unlocks', by: ['limited · another limit locks and unlocks'] },
];

const disconnecting = [
  { shows: 'all clients get the code, and the room is gone', by: ['limited · disconnect closes everyone with the code, and the room is gone'] },
  { shows: 'a second call does no harm', by: ['parting · a room that disconnects is out of matchmaking at once, and tells all the first code'] },
  { shows: 'refused while the room is created', by: ['parting · a room that disconnects while it is created was never there'] },
];

const seats = [
  {
    shows: 'never more clients and seats than may be',
    by: [
      'limited · thirty that come at once fill ten rooms',
      'matchmaking · a room of three takes three, and as few rooms are made as are needed',
      'matchmaking · who asks for the last seat at once gets it or is told that there is none',
    ],
  },
  {
    shows: 'a reservation consumed by hand',
    by: ['neighbours · a seat of the matchmaker is consumed by hand', 'neighbours · seats are reserved by hand, all or none', 'neighbours · a client is sent on, and stays what it was'],
  },
  { shows: 'a seat that nobody takes lets the room end', by: ['entering · a room whose first seat nobody takes ends'] },
  { shows: 'a seat expires', by: ['entering · a seat that nobody takes is free again after its time'] },
];

const liveness = [
  { shows: 'a silent client is given up after its pings', by: ['limits · a client that answers no pings is cut, and the room hears of it'] },
];

const leaving = [
  { shows: 'codes of the room\'s choice', by: ['echo · echo: kick closes with the given code', 'compat015 · leaving ends with 4000, other ends with their own codes'] },
  { shows: 'a leave hook that waits delays the close', by: ['parting · leaving takes as long as on-leave'] },
  { shows: 'the leave hook runs after the join hook when the client left early', by: ['entering · a client that is gone before it is in is discarded'] },
  {
    shows: 'the leave hook after a join hook that failed',
    by: ['entering · a refusal to be joined reaches the promise, code and text, and frees the seat'],
    note: 'on purpose: a client that was refused was never in, so there is no leave hook',
  },
];

const returning = [
  {
    shows: 'an abnormal close brings the client back by itself',
    by: ['hold · coming back by itself, with what was sent meanwhile'],
    without: NO_RETURN,
  },
  { shows: 'coming back by token', by: ['hold · a drop holds the seat, and the token brings the client back', 'compat015 · a drop holds the seat, and the token brings the client back'] },
  { shows: 'what was sent meanwhile is queued and delivered', by: ['returning · what was sent meanwhile arrives, all of it, in its order'], without: NO_RETURN },
  {
    shows: 'messages from the hook come after the client\'s event',
    by: ['returning · what the room says in its hook comes after the client has heard that it is back'],
    without: NO_RETURN,
  },
  { shows: 'callbacks are not called twice for what was there', by: ['returning · callbacks tell of what came and went meanwhile, and of nothing twice'], without: NO_RETURN },
  { shows: 'the hook gives the seat up', by: ['hold · a seat that is not held is gone at once', 'returning · a hook that fails gives the seat up'] },
  { shows: 'an old connection that still looks alive is replaced', by: ['returning · a client that comes back while its old connection looks alive takes the seat over'] },
  { shows: 'offline, then online', by: ['returning · a network that goes away brings the client back at once'], without: NO_RETURN },
  { shows: 'the room ends the grace', by: ['hold · a seat held until released ends when the room says so'] },
  { shows: '`leave(false)` after the least uptime: 4003', by: ['returning · leaving without consent from a seat that is not held ends with 4003'], without: NO_RETURN },
  { shows: '`leave(false)` before it: 1006', by: ['returning · leaving without consent soon after joining ends with 1006'], without: NO_RETURN },
  { shows: '`leave()`: 4000', by: ['leaving · leaving with consent ends with 4000', 'hold · leaving with consent is no drop'] },
  { shows: 'the room is disposed after the grace', by: ['returning · a room whose last client does not come back is disposed after the grace', 'hold · a held seat expires'] },
  {
    shows: 'the room disconnects during the grace',
    by: ['returning · a room that disconnects during the grace lets nobody back'],
  },
  {
    shows: 'a client on its way back then is told 4003',
    by: ['returning · a client on its way back to a room that has disconnected is told 4003'],
    without: NO_RETURN,
  },
  { shows: 'what the client may see survives the return', by: ['view · what was shown stays shown across a reconnection'] },
  { shows: 'a wrong token does not burn the seat', by: ['hold · a wrong token does not burn the seat', 'joining · reconnect with a wrong token is refused with 524'] },
];

const matchmaking = [
  {
    shows: 'the five methods',
    by: [
      'joining · create gives a new room each time',
      'joining · joinOrCreate creates, then joins',
      'joining · join finds a room that is there',
      'joining · joinById finds the room',
      'hold · a drop holds the seat, and the token brings the client back',
      'compat015 · the five ways into a room',
    ],
  },
  {
    shows: 'their errors: 520, 521, 522, 523, 524, 525, 526',
    by: [
      'joining · an unknown room type is refused with 520',
      'joining · join without any room is refused with 521',
      'joining · joinById of an unknown id is refused with 522',
      'trap · panic in on-create: there is no room',
      'joining · reconnect with a wrong token is refused with 524',
      'auth · any other is refused with 525',
      'matchmaking · each error has its code',
      'matchmaking · a refused room was never there',
      'compat015 · refusals come with the codes of 0.15',
    ],
  },
  { shows: 'private and locked rooms are found as they should', by: ['limited · a private room is found by its id only', 'matchmaking · private and locked rooms are found by nobody, by id only if not locked'] },
  { shows: 'filter by one field', by: ['limited · rooms are found by mode only'] },
  { shows: 'filter by many fields, and by metadata', by: ['matchmaking · filters by one field, and by many', 'matchmaking · filters by what rooms say in their metadata'] },
  { shows: 'sort both ways', by: ['matchmaking · the best room comes first, in both directions', 'limited · the fullest room comes first'] },
  { shows: 'fifty rooms created at once', by: ['limited · fifty rooms at once', 'matchmaking · fifty rooms at once are fifty rooms'] },
  { shows: 'parallel joinOrCreate share one room', by: ['joining · all SDKs that come at once share one room', 'matchmaking · all who ask for the same at once share one room, however long it takes to be made'] },
  { shows: 'rooms are listed (0.15)', by: ['joining · GET /matchmake/{name} lists public rooms', 'compat015 · available rooms are listed'] },
];

const lobby = [
  { shows: 'the first list', by: ['lobby · the list has the public rooms of types that are listed in realtime'] },
  { shows: '`+` when a room is created and when it changes', by: ['lobby · a room comes, fills, locks, unlocks and goes'] },
  { shows: '`-` when it is gone and when it becomes private', by: ['lobby · a room comes, fills, locks, unlocks and goes', 'lobby · a room that hides goes, and comes back'] },
  { shows: 'the filter message', by: ['lobby · a filter holds for the list and for what follows, until there is another'] },
];

const shutdown = [
  { shows: 'leave hooks end before the host does', by: ['shutdown · rooms hear of it, play on for the grace time, and leave in order'] },
  { shows: 'nobody comes back into a host that is stopping', by: ['shutdown · nobody gets in any more', 'shutdown · a client that is lost meanwhile does not come back'] },
];

const AREAS = {
  Join: join,
  Messages: messages,
  'Broadcast, send': broadcasts,
  Patches: patches,
  Lock: locks,
  Disconnect: disconnecting,
  Seats: seats,
  Liveness: liveness,
  Leave: leaving,
  Reconnect: returning,
  Matchmaking: matchmaking,
  Lobby: lobby,
  Shutdown: shutdown,
};

/** `{ area, shows, by, without?, note? }` for each line. */
export const UPSTREAM = Object.entries(AREAS).flatMap(([area, lines]) => lines.map((line) => ({ area, ...line })));
