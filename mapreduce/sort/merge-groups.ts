/** Cuts a merged sequence of records into the groups that reduce() gets. */
import { ByteSink } from './byte-sink.ts';
import { decodeKey, encodeKey } from './key-codec.ts';
import type { KeyOrder } from './key-order.ts';
import type { Merge } from './merge.ts';
import { decodeValue } from './value-codec.ts';

/** The records of one key, or of several keys that share one reduce() call. */
export interface Group {
  /** Key of the group's first record. */
  readonly key: unknown;
  /** Key of the record whose value was read last; at the group's begin, that of the first record. Valid until the next group. */
  readonly currentKey: unknown;
  /** Gives the values once. Values that the caller does not read are skipped before the next group. */
  readonly values: Iterable<unknown>;
}

/** Tells which records belong to a group. Keys are ranges of encoded bytes, which are valid during the call only. */
export interface GroupRule {
  /** Begins a group with the key of its first record. */
  begin(bytes: Buffer, keyStart: number, keyEnd: number): void;
  has(bytes: Buffer, keyStart: number, keyEnd: number): boolean;
}

/** Returns the rule that records with equal keys are a group. */
export function sameKey(order: KeyOrder): GroupRule {
  const first = new ByteSink(64);
  return {
    begin: (bytes, start, end) => copyKey(first, bytes, start, end),
    has: (bytes, start, end) => order(first.bytes, 0, first.length, bytes, start, end) === 0,
  };
}

/** Returns the rule that keys with the same `group` value are a group. Such keys must be neighbours in the keys' order. */
export function sameShare(group: (key: unknown) => unknown): GroupRule {
  const first = new ByteSink(64);
  const share = new ByteSink(64);
  const encode = (into: ByteSink, bytes: Buffer, start: number, end: number): void => {
    into.clear();
    encodeKey(group(decodeKey(bytes, start, end)), into);
  };
  return {
    begin: (bytes, start, end) => encode(first, bytes, start, end),
    has: (bytes, start, end) => {
      encode(share, bytes, start, end);
      return first.bytes.compare(share.bytes, 0, share.length, 0, first.length) === 0;
    },
  };
}

function copyKey(into: ByteSink, bytes: Buffer, start: number, end: number): void {
  into.clear();
  into.raw(bytes, start, end);
}

type Decode = (bytes: Buffer, start: number, end: number) => unknown;

export interface GroupOptions {
  /** Default: records with equal keys are a group. */
  readonly same?: GroupRule;
  /** Called for each record that is read. */
  onRecord?(): void;
  /** Called for the first key of each group. Default: decodeKey(). */
  readonly toKey?: Decode;
  /** Called for each value. Default: decodeValue(). */
  readonly toValue?: Decode;
  /** The keys of a group may differ, so that `currentKey` is to follow the values. */
  readonly followsKeys?: boolean;
}

/** Yields the groups of a merge, in order. */
export function* groupsOf(merge: Merge, order: KeyOrder, options: GroupOptions = {}): Generator<Group> {
  const cursor = new Cursor(merge, order, options);
  while (cursor.begin()) {
    yield new MergedGroup(cursor);
    while (cursor.inGroup) cursor.advance();
  }
}

/** The place in the merge, which all groups share: most groups have few records, and must cost little. */
class Cursor {
  readonly #merge: Merge;
  readonly #rule: GroupRule;
  readonly #onRecord: (() => void) | undefined;
  readonly #toKey: Decode;
  readonly #toValue: Decode;
  readonly #followsKeys: boolean;
  /** A copy of the key, because the reader's buffer changes while values are read. */
  readonly #currentKey = new ByteSink(64);
  #more: boolean;
  /** Number of the group, from 1. */
  group = 0;
  /** Whether the merge stands at a record of the group. */
  inGroup = false;

  constructor(merge: Merge, order: KeyOrder, options: GroupOptions) {
    const { same = sameKey(order), onRecord, toKey = decodeKey, toValue = decodeValue, followsKeys = false } = options;
    this.#merge = merge;
    this.#rule = same;
    this.#onRecord = onRecord;
    this.#toKey = toKey;
    this.#toValue = toValue;
    this.#followsKeys = followsKeys;
    this.#more = merge.next();
  }

  /** Begins the next group. Returns false after the last one. */
  begin(): boolean {
    if (!this.#more) return false;
    const { bytes, keyStart, keyEnd } = this.#merge.current;
    copyKey(this.#currentKey, bytes, keyStart, keyEnd);
    this.#rule.begin(bytes, keyStart, keyEnd);
    this.group++;
    this.inGroup = true;
    return true;
  }

  /** Returns the key of the group's first record. Is to be called before advance(). */
  firstKey(): unknown {
    return this.#toKey(this.#currentKey.bytes, 0, this.#currentKey.length);
  }

  currentKey(): unknown {
    return decodeKey(this.#currentKey.bytes, 0, this.#currentKey.length);
  }

  /** Returns the value of the record at which the merge stands, and moves on. */
  take(): unknown {
    const { bytes, keyStart, keyEnd, valueEnd } = this.#merge.current;
    const value = this.#toValue(bytes, keyEnd, valueEnd);
    if (this.#followsKeys) copyKey(this.#currentKey, bytes, keyStart, keyEnd);
    this.advance();
    return value;
  }

  advance(): void {
    this.#onRecord?.();
    this.#more = this.#merge.next();
    if (!this.#more) this.inGroup = false;
    else {
      const { bytes, keyStart, keyEnd } = this.#merge.current;
      this.inGroup = this.#rule.has(bytes, keyStart, keyEnd);
    }
  }
}

class MergedGroup implements Group {
  readonly key: unknown;
  readonly values: Iterable<unknown>;
  readonly #cursor: Cursor;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
    this.key = cursor.firstKey();
    this.values = new Values(cursor);
  }

  get currentKey(): unknown {
    return this.#cursor.currentKey();
  }
}

/** The values of one group. One that is kept gives nothing when the merge is at another group. */
class Values implements IterableIterator<unknown> {
  readonly #cursor: Cursor;
  readonly #group: number;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
    this.#group = cursor.group;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<unknown, undefined> {
    const cursor = this.#cursor;
    if (!cursor.inGroup || cursor.group !== this.#group) return { done: true, value: undefined };
    return { done: false, value: cursor.take() };
  }
}
