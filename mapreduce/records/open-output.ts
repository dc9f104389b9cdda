/** Makes an output for pairs, in the way of its format. */
import path from 'node:path';
import { outputCodec } from '../files/job-codecs.ts';
import type { OutputFormat } from '../formats/format.ts';
import type { AttemptFiles } from './attempt-files.ts';
import { BytesOutput } from './bytes-output.ts';
import { OpenedOutput } from './opened-output.ts';
import type { PairOutput } from './pair-output.ts';
import type { OutputRun } from './records-run.ts';

/** @param name of the output's file in the attempt's directory, without the suffix of a codec */
export function openOutput(
  run: OutputRun,
  files: AttemptFiles,
  format: OutputFormat<unknown, unknown>,
  name: string,
): PairOutput {
  const overflow = path.join(run.directory, 'overflow', encodeURIComponent(name));
  if (format.openWriter) return new OpenedOutput(run, files, format, name, overflow);
  const codec = format.compression === 'none' ? undefined : outputCodec(run.jobConf);
  return new BytesOutput(format, run.jobConf, () => files.create(`${name}${codec?.suffix ?? ''}`), overflow, codec);
}
