/** Finds the batches in the files of a journal, and tells when some of them are lost. Pure. */
import { decodeRecord, type EditRecord, RECORD_ALIGNMENT, type RecordSeal } from './edit-record.ts';

/** The records of one journal file, without its header. */
export interface JournalFile {
  readonly name: string;
  readonly seal: RecordSeal;
  readonly bytes: Buffer;
}

/** A row of batches in one file, from the start of the file's records. */
export interface JournalRun {
  /** The index of the file. */
  readonly file: number;
  /** The numbers of the first and of the last batch. */
  readonly first: number;
  readonly last: number;
}

/** The content of a journal that `level` lacks. */
export interface JournalContent {
  readonly records: readonly EditRecord[];
  /** The run that has the newest batch; undefined if the journal has none. */
  readonly run: JournalRun | undefined;
}

/**
 * Returns the batches that follow batch number `applied`. Each file may hold a run of records and behind it what is left
 * of an older run. A last record that was cut short was never acknowledged.
 * @param witness the run that `level` saw in the journal when it took batch number `applied`. It is still there: a file
 * is written over only when `level` names a run of the other file
 * @throws Error when a record is missing or damaged and later ones are there, or the witnessed run is not there:
 * acknowledged changes are lost
 */
export function contentAfter(
  applied: number,
  files: readonly JournalFile[],
  witness: JournalRun | undefined,
): JournalContent {
  const found = new Map<number, EditRecord>();
  let run: JournalRun | undefined;
  for (const [file, content] of files.entries()) {
    const records = [...runOf(content)];
    const [first, last] = [records[0], records.at(-1)];
    if (witness?.file === file) checkWitness(content.name, witness, first?.number, last?.number);
    if (first === undefined || last === undefined) continue;
    for (const record of records) found.set(record.number, record);
    if (run === undefined || last.number > run.last) run = { file, first: first.number, last: last.number };
  }
  const last = Math.max(applied, run?.last ?? 0);
  const records: EditRecord[] = [];
  for (let number = applied + 1; number <= last; number++) {
    const record = found.get(number);
    if (record === undefined) throw new Error(`the edits have batch ${last}, but not ${number}`);
    records.push(record);
  }
  const lost = files.map((file) => firstFollowing(file, last)).find((number) => number !== undefined);
  if (lost !== undefined) throw new Error(`the edits have batch ${lost}, but not ${last + 1}`);
  return { records, run };
}

function checkWitness(name: string, witness: JournalRun, first: number | undefined, last = 0): void {
  if (first === witness.first && last >= witness.last) return;
  const seen = first === undefined ? 'none' : `${first} to ${last}`;
  throw new Error(
    `its file ${name} was emptied or replaced: it had the batches ${witness.first} to ${witness.last}, and has ${seen}`,
  );
}

/** Yields the records from the start of the file, as long as their numbers follow each other. */
export function* runOf({ bytes, seal }: JournalFile): Generator<EditRecord> {
  let next = decodeRecord(bytes, seal, 0);
  while (next) {
    yield next.record;
    const following = decodeRecord(bytes, seal, next.end);
    if (following?.record.number !== next.record.number + 1) return;
    next = following;
  }
}

/** Returns the number of a whole record above `last` that lies anywhere in the file, behind damage. */
function firstFollowing({ bytes, seal }: JournalFile, last: number): number | undefined {
  for (let at = 0; at < bytes.length; at += RECORD_ALIGNMENT) {
    const found = decodeRecord(bytes, seal, at);
    if (found !== undefined && found.record.number > last) return found.record.number;
  }
  return undefined;
}
