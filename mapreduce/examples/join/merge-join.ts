/** Joins sorted sequences of pairs by their keys, without reading more of them than one key's values. */

export type JoinKind = 'inner' | 'outer' | 'override';
export const JOIN_KINDS: readonly string[] = ['inner', 'outer', 'override'] satisfies readonly JoinKind[];

/** A sequence of pairs that is sorted by the keys. */
export type Sorted = AsyncIterator<readonly [key: string, value: string]>;

/** The values of one key: for each sequence those that it has, maybe none. */
interface Group {
  readonly key: string;
  readonly values: readonly (readonly string[])[];
}

/** Compares by the bytes of UTF-8, as Hadoop's Text: that is the order of code points. */
export const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Yields the keys of all sequences in order, each with its values. */
async function* groups(sequences: readonly Sorted[]): AsyncGenerator<Group> {
  const heads = await Promise.all(sequences.map((sequence) => sequence.next()));
  for (;;) {
    let lowest: string | undefined;
    for (const { done, value } of heads) {
      if (!done && (lowest === undefined || compareKeys(value[0], lowest) < 0)) lowest = value[0];
    }
    if (lowest === undefined) return;
    const values: string[][] = [];
    for (const [i, sequence] of sequences.entries()) {
      const own: string[] = [];
      for (let head = heads[i]; head && !head.done && head.value[0] === lowest; head = heads[i]) {
        own.push(head.value[1]);
        heads[i] = await sequence.next();
      }
      values.push(own);
    }
    yield { key: lowest, values };
  }
}

/**
 * Joins sequences as Hadoop's CompositeInputFormat. `inner` and `outer` give a tuple for each combination of values, such as
 * `[1,x]`, with nothing for a sequence without the key; `override` gives the values of the last sequence that has the key.
 */
export async function* joined(
  kind: JoinKind,
  sequences: readonly Sorted[],
): AsyncGenerator<readonly [key: string, value: string]> {
  for await (const { key, values } of groups(sequences)) {
    if (kind === 'override') {
      for (const value of values.findLast((own) => own.length > 0) ?? []) yield [key, value];
    } else if (kind === 'outer' || values.every((own) => own.length > 0)) {
      for (const tuple of combinations(values.map((own) => (own.length > 0 ? own : [''])))) yield [key, `[${tuple}]`];
    }
  }
}

/** Yields a value of each list, joined by commas; the last list changes fastest. */
function* combinations([first = [], ...rest]: readonly (readonly string[])[]): Generator<string> {
  for (const value of first) {
    if (rest.length === 0) yield value;
    else for (const others of combinations(rest)) yield `${value},${others}`;
  }
}
