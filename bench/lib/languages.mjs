// The same rooms in every language: what they cost on Parlor. Nobody else has rooms in other languages.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const GUESTS = fileURLToPath(new URL('../../tests/guests/', import.meta.url));

const LANGUAGES = new Map([['rust', 'Rust'], ['c', 'C'], ['js', 'JavaScript'], ['py', 'Python']]);

/** Scenarios of what `plays` says of a language, one for each. */
const each = (plays) => [...LANGUAGES].map(([language, title]) => ({
  config: 'parlor-languages.toml',
  servers: ['parlor'],
  missing: unbuilt,
  ...plays(language, title),
}));

/** The scenarios; `figure` makes one of their figures. */
export function languages(figure) {
  return [
    ...each((language, title) => ({
      id: `languages-echo-${language}`,
      title: `echo in ${title}, window 8`,
      play: 'echo',
      options: { rooms: 10, clients: 10, window: 8, form: 'record', 'room-type': `echo-${language}` },
      figures: [figure('messages_per_cpu_second', 'messages per CPU-second', 'higher')],
    })),
    ...each((language, title) => ({
      id: `languages-state-${language}`,
      title: `state in ${title}, 100 entities`,
      play: 'state',
      options: { rooms: 10, clients: 10, entities: 100, changing: 100, 'room-type': `ticker-${language}` },
      figures: [
        figure('cpu_ms_per_room_second', 'CPU-ms per room and second', 'lower'),
        figure('patches_per_client_second', 'patches per client and second', 'higher'),
      ],
    })),
    ...each((language, title) => ({
      id: `languages-rooms-${language}`,
      title: `50 rooms in ${title}`,
      play: 'rooms',
      options: { rooms: 50, lanes: 4, rehearsal: 20, settle: 1, idle: 1, 'room-type': `echo-${language}` },
      figures: [
        figure('resident_kib_per_room', 'KiB per room', 'lower'),
        figure('proportional_kib_per_room', 'KiB per room, shared pages once', 'lower'),
        figure('rooms_per_cpu_second', 'rooms per CPU-second', 'higher'),
      ],
    })),
  ];
}

/** What has to be done before these can be played, if anything. */
function unbuilt() {
  const components = ['c', 'js', 'py'].flatMap((language) => ['echo', 'ticker'].map((room) => `${language}/out/${room}.wasm`));
  const missing = components.filter((component) => !existsSync(`${GUESTS}${component}`));
  return missing.length === 0 ? undefined : `tests/guests has no ${missing.join(', ')}; build them first: tests/guests/build`;
}
