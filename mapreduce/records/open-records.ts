/** Begins to read a split, in the way of its format. */
import type { InputFormat } from '../formats/format.ts';
import type { InputSplit } from '../job/input-split.ts';
import { FedRecords } from './fed-records.ts';
import { OpenedRecords } from './opened-records.ts';
import type { RecordsRun } from './records-run.ts';
import type { SplitRecords } from './split-records.ts';

// biome-ignore lint/suspicious/noExplicitAny: any format will do
type AnyFormat = InputFormat<any, any>;

/** The caller closes the records. */
export async function openRecords(run: RecordsRun, format: AnyFormat, split: InputSplit): Promise<SplitRecords> {
  if (format.openReader) return await OpenedRecords.open(run, format, split);
  return new FedRecords(run, format, split);
}
