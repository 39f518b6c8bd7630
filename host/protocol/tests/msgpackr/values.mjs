// Values that clients may send: chosen ones for every form that msgpackr writes, and random ones.

/** A small generator with a seed (mulberry32), so that a failure can be replayed. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const shape = (n) => Object.fromEntries(Array.from({ length: 1 + (n % 5) }, (_, i) => [`k${n}_${i}`, n * i]));

export function chosen() {
  const nested = (depth) => (depth === 0 ? { end: true } : { depth, inner: nested(depth - 1), again: { depth } });
  const seventy = Array.from({ length: 70 }, (_, n) => shape(n));
  return {
    'numbers around every boundary': [
      0, 1, 31, 32, 63, 64, 65, 100, 126, 127, 128, 255, 256, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32,
      2 ** 53 - 1, 2 ** 53, -1, -31, -32, -33, -64, -127, -128, -129, -32768, -32769, -(2 ** 31), -(2 ** 31) - 1,
      0.5, -0.5, 0.1, 1e-300, 1e300, -0, NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE,
    ],
    'all of 64 to 127 beside records': [{ a: 1 }, ...Array.from({ length: 64 }, (_, i) => 64 + i), { a: 2 }],
    'big integers': [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n, 64n, 127n],
    'seventy shapes, twice': [...seventy, ...seventy],
    'seventy shapes inside each other': seventy.reduceRight((inner, outer, n) => (n % 3 ? { ...outer, inner } : [inner, outer]), 7).inner ?? seventy,
    'one shape many times': Array.from({ length: 500 }, (_, i) => ({ id: i, x: i / 3, y: -i, name: `n${i}` })),
    'the same keys in another order': [{ a: 1, b: 2 }, { b: 3, a: 4 }, { a: 5, b: 6 }],
    'nested records': nested(9),
    'an object in itself': { a: { a: { a: { a: 1 } } }, b: { a: 2, b: { a: 3 } } },
    'empty things': [{}, [], '', new Uint8Array(0), {}, [[], {}]],
    'undefined everywhere': [undefined, { a: undefined, b: 1 }, [undefined], { a: undefined, b: undefined }, undefined],
    'a list with holes': [, 1, , 2],
    'functions and symbols of classes': { f() {}, g: 1 },
    'dates': [new Date(0), new Date(1), new Date(1.7e12), new Date(1.7e12 + 123), new Date(-1), new Date(-1e12 - 7), new Date(4294967296e3), new Date(8.64e15), new Date(-8.64e15), new Date(NaN)],
    'bytes': [new Uint8Array([1, 2, 3]), Buffer.from('abc'), new Uint8Array(300), new Uint8Array(70000).fill(7)],
    'buffers without a type': [new ArrayBuffer(3)],
    'maps': [new Map([['a', 1], ['b', { c: 2 }]]), new Map([[1, 'one'], [-1, 'minus'], [64, 'sixty-four']]), new Map()],
    'a map among records': [{ a: 1 }, new Map([[64, { a: 2 }]]), { a: 3 }],
    'sets and errors': [new Set([1, 'a', { b: 1 }]), new Error('gone wrong'), /pattern/gi],
    'text of many lengths': [0, 1, 15, 31, 32, 63, 64, 255, 256, 65535, 65536].map((n) => 'é'.repeat(n)),
    'a huge text': 'x😀'.repeat(400_000),
    'text of all planes': ['ascii', 'ümläut', '漢字', '😀👍🏽', '\u0000\u007f\u0080\u07ff\u0800\uffff'],
    'halves of surrogate pairs': ['\ud800', 'a\udfffb', '😀'.slice(0, 1), { '\ud83d': 1 }, 'long enough to take another way \ud83d'.repeat(5)],
    'strange keys': { '': 1, ' ': 2, 1: 3, 'ключ': 4, constructor: 5, toString: 6, length: 7, ['k'.repeat(300)]: 8 },
    'long lists and wide objects': [Array.from({ length: 70000 }, (_, i) => i % 200), Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, i]))],
    'depth of 32': Array.from({ length: 31 }).reduce((inner) => ({ inner }), [1]),
    'values with toJSON': { when: { toJSON: () => ({ year: 2024 }) } },
    'alone': 100, 'alone, text': 'text', 'alone, null': null, 'alone, true': true, 'alone, undefined': undefined,
    'alone, an object': { a: 1 }, 'alone, a list': [1, 2, 3],
  };
}

/** Typed arrays keep their types only when the packer is told so; otherwise msgpackr spoils all but those of bytes. */
export function typed() {
  return {
    'typed arrays': [
      new Int8Array([1, -1]), new Uint8ClampedArray([1, 255]), new Int16Array([1, -300]), new Uint16Array([1, 60000]),
      new Int32Array([1, -70000]), new Uint32Array([1, 4e9]), new Float32Array([1.5, -0.25]), new Float64Array([1.5, 0.1]),
      new BigInt64Array([1n, -1n]), new BigUint64Array([1n, 2n ** 64n - 1n]), new Float32Array(0),
      new Float64Array(Array.from({ length: 100 }, (_, i) => i / 7)),
    ],
    'buffers with a type': [new ArrayBuffer(3), new DataView(new ArrayBuffer(4))],
  };
}

const KEYS = ['a', 'b', 'c', 'x', 'y', 'id', 'name', 'é', ''];

export function arbitrary(next, depth = 0) {
  const below = (n) => Math.floor(next() * n);
  const kind = below(depth > 5 ? 9 : 13);
  switch (kind) {
    case 0: return null;
    case 1: return undefined;
    case 2: return next() < 0.5;
    case 3: return below(200);
    case 4: return below(2 ** 32) - 2 ** 31;
    case 5: return (next() - 0.5) * 10 ** below(20);
    case 6: return Array.from({ length: below(40) }, () => String.fromCodePoint(1 + below(next() < 0.8 ? 127 : 0xd7ff))).join('');
    case 7: return new Date(below(2 ** 32) * 1000 + below(1000));
    case 8: return next() < 0.5 ? BigInt(below(2 ** 32)) << BigInt(below(31)) : Uint8Array.from({ length: below(50) }, () => below(256));
    case 9: return Array.from({ length: below(12) }, () => arbitrary(next, depth + 1));
    case 10: return new Map(Array.from({ length: below(5) }, () => [KEYS[below(KEYS.length)], arbitrary(next, depth + 1)]));
    default: {
      const object = {};
      for (let i = below(7); i > 0; i--) object[KEYS[below(KEYS.length)]] = arbitrary(next, depth + 1);
      return object;
    }
  }
}
