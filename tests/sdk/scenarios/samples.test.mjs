// The three sample rooms, built and served by `parlor dev`, as their READMEs describe them.
import { crew, endpoints } from '../lib/scenario.mjs';
import { arenaScenarios } from './samples/arena.mjs';
import { chatScenarios } from './samples/chat.mjs';
import { ticTacToeScenarios } from './samples/tic-tac-toe.mjs';

const sdks = crew(() => endpoints.samples);
arenaScenarios(sdks);
ticTacToeScenarios(sdks);
chatScenarios(sdks);
