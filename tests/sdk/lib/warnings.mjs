// Which words on an SDK's console are expected.
//
// A JOIN that 0.17 and 0.18 can both read makes 0.17's decoder stumble twice on purpose: over the length
// before the reflection (read as field 13 of the reflection's root), and over the fourth member of each
// field that holds primitives. Each stumble is these two lines, and no other is excused.

const LENGTH = /^@colyseus\/schema: field not defined at \{\s*index: 13,\s*ref: '(Reflection)?',/;
const CHILD = /^@colyseus\/schema: field not defined at \{\s*index: 3,\s*ref: '(ReflectionField)?',/;
const MISMATCH = '@colyseus/schema: definition mismatch';

/** The texts that are not the polyglot JOIN's own. Only SDK 0.17 has any that are. */
export function unexpected(sdk, texts) {
  if (sdk !== '0.17') return texts;
  const rest = [];
  let excused = 0;
  for (const text of texts) {
    if (LENGTH.test(text) || CHILD.test(text)) excused += 1;
    else if (text === MISMATCH && excused > 0) excused -= 1;
    else rest.push(text);
  }
  return rest;
}
