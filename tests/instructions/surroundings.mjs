// What a count depends on beside the code of this project.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One of the components that are played; all are built alike. */
const COMPONENT = fileURLToPath(new URL('../conformance/echo/target/parlor/echo.wasm', import.meta.url));

/** The compiler that a component names in its section of producers: `rustc`, then its version, each behind its length. */
function roomsCompiler() {
  const bytes = readFileSync(COMPONENT);
  const name = bytes.indexOf('\x05rustc');
  if (name < 0) return 'unknown';
  const [length] = bytes.subarray(name + 6);
  return version(bytes.subarray(name + 7, name + 7 + length).toString());
}

/** `1.95.0` of a longer text. */
const version = (text) => /\d+\.\d+\.\d+/.exec(text)?.[0] ?? 'unknown';

/**
 * By name, as texts. valgrind shows all programs the same processor, but for AVX2, which it has where the machine does;
 * libraries and compiled rooms choose their code by that.
 */
export function surroundings() {
  const avx2 = /^flags\s*:.*\bavx2\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  return {
    processor: `${process.arch}${avx2 ? ' with AVX2' : ''}`,
    'compiler of the host': version(execFileSync('rustc', ['--version']).toString()),
    'compiler of the rooms': roomsCompiler(),
  };
}
