/** The first bytes of encoded keys. */

/**
 * The bytewise order of encoded keys is the order of the keys, so that sorting and merging never decode a key:
 *
 *     null 01 │ false 02 │ true 03 │ undefined 04 │ number 10 + 8 bytes │ bigint 14 + sign, length, bytes
 *     Date 18 + 8 bytes │ string 20 + UTF-8 │ string with lone surrogates 21 + UTF-16 │ Uint8Array 30 + bytes
 *     Buffer 31 + bytes │ typed array 32 + class + bytes │ array 40 + items 00
 *     object 50 + (name, item)s 00 │ Map 58 + (item, item)s 00 │ Set 5C + items 00
 *
 * A number is its IEEE 754 bits, big-endian, with the sign bit flipped, or with all bits flipped if it is negative.
 * Inside another key, a string, bytes or a typed array end with 00, and a 00 in them is written as 00 FF. The properties of
 * an object, the entries of a Map and the items of a Set are sorted by their bytes, so that their order makes no other key.
 */
export const KEY_TAG = {
  END: 0x00,
  NULL: 0x01,
  FALSE: 0x02,
  TRUE: 0x03,
  UNDEFINED: 0x04,
  NUMBER: 0x10,
  BIGINT: 0x14,
  DATE: 0x18,
  STRING: 0x20,
  STRING16: 0x21,
  BYTES: 0x30,
  BUFFER: 0x31,
  TYPED: 0x32,
  ARRAY: 0x40,
  OBJECT: 0x50,
  MAP: 0x58,
  SET: 0x5c,
} as const;

/** Follows a 00 that is content. */
export const ESCAPED = 0xff;

/** Length of a number's bits. */
export const BITS_LENGTH = 8;

/** The sign byte of a bigint. */
export const BIGINT_SIGN = { NEGATIVE: 0, ZERO: 1, POSITIVE: 2 } as const;
