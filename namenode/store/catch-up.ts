/** Brings a directory that fell behind, as after a kill, up to date from the journal of the directory that serves. */
import { nothing } from '../../runtime/promises.ts';
import type { Change } from '../command/change.ts';
import type { EditRecord } from './journal/edit-record.ts';
import { runOf } from './journal/journal-run.ts';
import { checksumOf, readStored, storedValue } from './level/checked-value.ts';
import type { CopySource } from './make-store.ts';
import { HEAD_KEY, headChange, isOwnKey, readHead } from './store-head.ts';
import { loadStore } from './store-opening.ts';
import { type FoundStore, readOwnKeys } from './store-reading.ts';

/** The batches that a directory lacks, of the same epoch. */
export interface Lag {
  readonly behind: FoundStore;
  readonly missing: readonly EditRecord[];
}

/** Returns undefined if the journal of the directory that serves does not have all batches that the other one lacks. */
export function lagOf(behind: FoundStore, served: FoundStore): Lag | undefined {
  if (behind.epoch !== served.epoch) return undefined;
  const kept = new Map(served.journal.flatMap((file) => [...runOf(file)]).map((record) => [record.number, record]));
  const missing: EditRecord[] = [];
  for (let number = behind.number + 1; number <= served.number; number++) {
    const record = kept.get(number);
    if (record === undefined) return undefined;
    missing.push(record);
  }
  return { behind, missing };
}

/**
 * Brings `level` of the directory to the content of the one that serves, in one synced batch.
 * @param source the store that serves, which has no changes outside `level`
 * @returns false, with nothing written, if the result would not be the same content: the two have grown apart
 * @throws Error that names the damage of the directory, or the failure of its disk
 */
export async function catchUp({ behind, missing }: Lag, source: CopySource): Promise<boolean> {
  const { digest } = await loadStore(behind, nothing);
  const changes = new Map<string, Change>(behind.unapplied);
  for (const change of missing.flatMap((record) => record.changes)) changes.set(change.key, change);
  const [own, wanted] = [await readOwnKeys(behind.db), await readOwnKeys(source.db)];
  const head = readHead(wanted.get(HEAD_KEY) ?? '');
  if (head === undefined) throw new Error('the head of the store that serves is damaged');
  // Answered calls lie in other portions in each `level`, so the store's own keys are taken over as they are.
  for (const key of changes.keys()) if (isOwnKey(key)) changes.delete(key);
  for (const key of own.keys()) if (!wanted.has(key)) changes.set(key, { type: 'del', key });
  for (const [key, stored] of wanted) {
    const read = key === HEAD_KEY ? undefined : readStored(key, stored);
    if (read !== undefined) changes.set(key, { type: 'put', key, value: read.text });
  }
  const batch: Change[] = [];
  for (const change of changes.values()) {
    if (change.type === 'del') {
      digest.delete(change.key);
      batch.push(change);
    } else {
      const checksum = checksumOf(change.key, change.value);
      digest.put(change.key, checksum);
      batch.push({ ...change, value: storedValue(checksum, change.value) });
    }
  }
  if (JSON.stringify(digest.sum) !== JSON.stringify(head.digest)) return false;
  // No run of the journal is named: `level` needs none of its own.
  batch.push(headChange({ number: source.number, digest: digest.sum, run: undefined }));
  await behind.db.batch(batch, { sync: true });
  return true;
}
