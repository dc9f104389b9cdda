/** Cuts a merged sequence of records into the groups that reduce() gets. */
import { ByteSink } from './byte-sink.ts';
import { decodeKey, encodeKey } from './key-codec.ts';
import type { KeyOrder } from './key-order.ts';
import type { Merge } from './merge.ts';
import { decodeValue } from './value-codec.ts';

/** The records of one key, or of several keys that share one reduce() call. */
export interface Group {
  /** Encoded key of the group's first record. */
  readonly keyBytes: Buffer;
  /** Encoded key of the record whose value was read last; at the group's begin, `keyBytes`. */
  readonly currentKeyBytes: Buffer;
  /** Gives the values once. Values that the caller does not read are skipped before the next group. */
  readonly values: Iterable<unknown>;
}

/** Whether a record belongs to the group that began with the key `first`; both keys are encoded. */
export type SameGroup = (first: Buffer, bytes: Buffer, keyStart: number, keyEnd: number) => boolean;

/** Returns the rule that records with equal keys are a group. */
export function sameKey(order: KeyOrder): SameGroup {
  return (first, bytes, start, end) => order(first, 0, first.length, bytes, start, end) === 0;
}

/** Returns the rule that keys with the same `group` value are a group. Such keys must be neighbours in the keys' order. */
export function sameShare(group: (key: unknown) => unknown): SameGroup {
  let last: Buffer | undefined;
  const lastShare = new ByteSink(64);
  const share = new ByteSink(64);
  const encode = (key: unknown, into: ByteSink): void => {
    into.clear();
    encodeKey(group(key), into);
  };
  return (first, bytes, start, end) => {
    if (last !== first) {
      last = first;
      encode(decodeKey(first, 0, first.length), lastShare);
    }
    encode(decodeKey(bytes, start, end), share);
    return lastShare.bytes.compare(share.bytes, 0, share.length, 0, lastShare.length) === 0;
  };
}

export interface GroupOptions {
  /** Default: records with equal keys are a group. */
  readonly same?: SameGroup;
  /** Called for each record that is read. */
  onRecord?(): void;
  /** Called for each value. Default: decodeValue(). */
  readonly decode?: (bytes: Buffer, start: number, end: number) => unknown;
  /** The keys of a group may differ, so that `currentKeyBytes` is to follow the values. */
  readonly followsKeys?: boolean;
}

/** Yields the groups of a merge, in order. */
export function* groupsOf(merge: Merge, order: KeyOrder, options: GroupOptions = {}): Generator<Group> {
  const { same = sameKey(order), onRecord, decode = decodeValue, followsKeys = false } = options;
  let more = merge.next();
  while (more) {
    const { bytes, keyStart, keyEnd } = merge.current;
    // A copy, because the reader's buffer changes while the group's values are read.
    const keyBytes = Buffer.from(bytes.subarray(keyStart, keyEnd));
    let currentKeyBytes = keyBytes;
    let inGroup = true;
    const advance = (): void => {
      onRecord?.();
      more = merge.next();
      if (!more) inGroup = false;
      else {
        const { current } = merge;
        inGroup = same(keyBytes, current.bytes, current.keyStart, current.keyEnd);
      }
    };
    const iterator: Iterator<unknown> = {
      next() {
        if (!inGroup) return { done: true, value: undefined };
        const { current } = merge;
        const value = decode(current.bytes, current.keyEnd, current.valueEnd);
        if (followsKeys) currentKeyBytes = Buffer.from(current.bytes.subarray(current.keyStart, current.keyEnd));
        advance();
        return { done: false, value };
      },
    };
    yield {
      keyBytes,
      get currentKeyBytes() {
        return currentKeyBytes;
      },
      values: { [Symbol.iterator]: () => iterator },
    };
    while (inGroup) advance();
  }
}
