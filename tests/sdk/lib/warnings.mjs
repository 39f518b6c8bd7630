// Which words on an SDK's console are expected.
//
// A JOIN that 0.17 and 0.18 can both read makes 0.17's decoder stumble twice on purpose: over the length
// before the reflection (read as field 13 of the reflection's root), and over the fourth member of each
// field that holds primitives. Each stumble is these two lines, and no other is excused.

const LENGTH = /^@colyseus\/schema: field not defined at \{\s*index: 13,\s*ref: '(Reflection)?',/;
const CHILD = /^@colyseus\/schema: field not defined at \{\s*index: 3,\s*ref: '(ReflectionField)?',/;
const MISMATCH = '@colyseus/schema: definition mismatch';

/** Sorts out the polyglot JOIN's own texts, of which only SDK 0.17 has any. One per console. */
export class Excuses {
  #sdk;
  /** First lines whose second has not come yet: the two may fall into different looks. */
  #open = 0;

  constructor(sdk) {
    this.#sdk = sdk;
  }

  /** The texts that are not excused. */
  unexpected(texts) {
    if (this.#sdk !== '0.17') return texts;
    return texts.filter((text) => {
      if (LENGTH.test(text) || CHILD.test(text)) {
        this.#open += 1;
        return false;
      }
      if (text !== MISMATCH || this.#open === 0) return true;
      this.#open -= 1;
      return false;
    });
  }
}
