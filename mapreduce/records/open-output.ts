/** Makes an output for pairs, in the way of its format. */
import path from 'node:path';
import type { OutputFormat } from '../formats/format.ts';
import type { AttemptFiles } from './attempt-files.ts';
import { BytesOutput } from './bytes-output.ts';
import { OpenedOutput } from './opened-output.ts';
import type { PairOutput } from './pair-output.ts';
import type { OutputRun } from './records-run.ts';

/** @param name of the output's file in the attempt's directory */
export function openOutput(
  run: OutputRun,
  files: AttemptFiles,
  format: OutputFormat<unknown, unknown>,
  name: string,
): PairOutput {
  const overflow = path.join(run.directory, 'overflow', encodeURIComponent(name));
  if (format.openWriter) return new OpenedOutput(run, files, format, name, overflow);
  return new BytesOutput(format, run.jobConf, () => files.create(name), overflow);
}
