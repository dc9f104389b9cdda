/** The first bytes of encoded values. */

/**
 * Encoded values need no order, so that they can be short:
 *
 *     null 00 │ undefined 01 │ false 02 │ true 03 │ int 04 + zigzag varint │ double 05 + 8 bytes
 *     string 06 + UTF-8 │ string with lone surrogates 09 + UTF-16 │ Uint8Array 07 + bytes │ Buffer 0A + bytes
 *     array 0B, Set 0F + count + items │ object 0C, object without prototype 0D + count + (string, item)s
 *     Map 0E + count + (item, item)s │ Date 10 + 8 bytes │ bigint 11 + decimal digits │ typed array 12 + class + bytes
 *
 * Strings, bytes, digits and typed arrays go on to the value's end. Within another value, their length comes after the
 * tag, as a varint; so does that of a property's name, which has no tag.
 */
export const TAG = {
  NULL: 0,
  UNDEFINED: 1,
  FALSE: 2,
  TRUE: 3,
  INT: 4,
  DOUBLE: 5,
  STRING: 6,
  BYTES: 7,
  STRING16: 9,
  BUFFER: 10,
  ARRAY: 11,
  OBJECT: 12,
  NULL_OBJECT: 13,
  MAP: 14,
  SET: 15,
  DATE: 16,
  BIGINT: 17,
  TYPED: 18,
} as const;
