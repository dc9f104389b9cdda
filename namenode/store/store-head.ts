/** The keys that belong to the store itself: how far `level` is, and the epoch. Pure. */
import type { Change } from '../command/change.ts';
import type { JournalRun } from './journal/journal-run.ts';
import { checksumOf, readStored, storedValue } from './level/checked-value.ts';
import type { DigestSum } from './level/store-digest.ts';

/** The keys of the store's own begin with this, and so lie before all others. */
const OWN_PREFIX = '!';
export const isOwnKey = (key: string): boolean => key.startsWith(OWN_PREFIX);

/**
 * The key of the head, which each batch to `level` writes anew. Its value is
 * [number, keys, sum, sum, [file, first, last]]; the run is absent while the journal has no batch.
 */
export const HEAD_KEY = '!head';
/**
 * The key of the epoch: each start of a NameNode raises it by one, durably, before the NameNode serves. So of two
 * directories that one NameNode has written, the one with the higher epoch, or the higher batch, is newer.
 */
export const EPOCH_KEY = '!epoch';

/** The head of `level`: it describes the content of the database. */
export interface StoreHead {
  /** The number of the last batch that `level` has. */
  readonly number: number;
  /** Count and digest of all keys but the head. */
  readonly digest: DigestSum;
  /** The newest run that the journal had then: it must still be there at the next start. */
  readonly run: JournalRun | undefined;
}

/** Returns the change that writes the head, with its checksum. */
export function headChange({ number, digest, run }: StoreHead): Change {
  const value = [number, digest.keys, ...digest.sums, ...(run === undefined ? [] : [[run.file, run.first, run.last]])];
  const text = JSON.stringify(value);
  return { type: 'put', key: HEAD_KEY, value: storedValue(checksumOf(HEAD_KEY, text), text) };
}

type HeadValue = [number, number, number, number, [number, number, number]?];

/** Returns the head by what is stored for it; undefined if it is damaged. */
export function readHead(stored: string): StoreHead | undefined {
  const read = readStored(HEAD_KEY, stored);
  if (read === undefined) return undefined;
  const [number, keys, sum0, sum1, run] = JSON.parse(read.text) as HeadValue;
  return {
    number,
    digest: { keys, sums: [sum0, sum1] },
    run: run && { file: run[0], first: run[1], last: run[2] },
  };
}

/**
 * Returns how the keys of `level` differ from those that its head counted; undefined if they do not.
 * LevelDB passes over a part of a table or log that it cannot read: its keys are missing, or older values come back.
 */
export function differenceOf(found: DigestSum, counted: DigestSum): string | undefined {
  if (found.keys < counted.keys) return `${counted.keys - found.keys} of its ${counted.keys} keys are lost`;
  if (found.keys > counted.keys) return `${found.keys - counted.keys} keys that were deleted are back`;
  const isSame = found.sums[0] === counted.sums[0] && found.sums[1] === counted.sums[1];
  return isSame ? undefined : 'some of its values are older ones, which had been written over';
}
