// The same three rooms in C, JavaScript and Python, played like the Rust ones (echo, relay and ticker).
import { crew, endpoints } from '../lib/scenario.mjs';
import { echoScenarios } from './shared/echo.mjs';
import { plainPayloads } from './shared/payloads.mjs';
import { relayScenarios } from './shared/relay.mjs';
import { tickerScenarios } from './shared/ticker.mjs';

const sdks = crew(() => endpoints.guests);
const languages = (process.env.PARLOR_LANGUAGES ?? 'c,js,py').split(',');

for (const language of languages) {
  echoScenarios(sdks, `echo-${language}`, plainPayloads);
  relayScenarios(sdks, `relay-${language}`, plainPayloads);
  tickerScenarios(sdks, `ticker-${language}`);
}
