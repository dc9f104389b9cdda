// Random keys and values of every kind that a record may hold.
import fc from 'fast-check';

const anyText = fc.string({
  unit: fc.constantFrom(
    'a',
    'b',
    '\u0000',
    '\u0001',
    '\u00ff',
    'é',
    '\uffff',
    '\ufffd',
    '😀',
    '\ud800',
    '\udc00',
    'xyz'.repeat(20),
  ),
});
const scalar = fc.oneof(
  anyText,
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 2 ** 53, 2 ** 31, -(2 ** 31)),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.bigInt(),
);
const binary = fc.oneof(
  fc.uint8Array(),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.float32Array(),
  fc.float64Array(),
  fc.int16Array(),
  fc.int32Array(),
);
const date = fc.date({ noInvalidDate: true });
const name = fc.oneof(anyText, fc.constantFrom('__proto__', 'constructor', 'toString', '1', '0'));

/** Any value that emit() takes. */
export const anyValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    binary,
    date,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: false }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => new Set(items)),
  ),
})).value;
