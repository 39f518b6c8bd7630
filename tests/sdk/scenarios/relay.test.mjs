// Messages from one client to the others, in Rust.
import { crew } from '../lib/scenario.mjs';
import { exactPayloads, plainPayloads } from './shared/payloads.mjs';
import { relayScenarios } from './shared/relay.mjs';

relayScenarios(crew(), 'relay', { ...plainPayloads, ...exactPayloads });
