/** The splits of all inputs of a job. */
import type { AnyJob, JobArguments } from '../api/api.ts';
import { UsageError } from '../api/api.ts';
import type { FileSystems } from '../files/file-systems.ts';
import { textInput } from '../formats/text-input.ts';
import type { InputSplit } from '../job/input-split.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import { bySizeDescending, type SplitSizes } from '../job/splits.ts';
import { findSplits, type InputSplits } from './input-splits.ts';

/**
 * Finds the splits of a job's input, or of each of its inputs, whose splits bear its name.
 * @throws UsageError for paths that do not fit the job's inputs; and as findSplits()
 */
export async function findJobSplits(
  job: AnyJob,
  paths: NonNullable<JobArguments['inputs']>,
  fileSystems: FileSystems,
  conf: JobConfiguration,
  sizes: SplitSizes,
  reduces: number,
): Promise<InputSplits> {
  const { inputs } = job;
  // Without reduces, each map makes a file of the output: as many as there are splits.
  const mayCombine = reduces > 0;
  if (!inputs) {
    if (!isList(paths)) throw new UsageError('the paths of the input are given by name, and the job has no `inputs`');
    return await findSplits(job.input ?? textInput(), paths, fileSystems, conf, sizes, mayCombine);
  }
  const names = Object.keys(inputs).join(', ');
  if (isList(paths)) throw new UsageError(`the job has several inputs, and needs the paths of each by name: ${names}`);
  const unknown = Object.keys(paths).find((name) => !Object.hasOwn(inputs, name));
  if (unknown !== undefined) throw new UsageError(`the job has no input '${unknown}': it has ${names}`);
  const splits: InputSplit[] = [];
  let fileCount = 0;
  for (const [name, { input = job.input ?? textInput() }] of Object.entries(inputs)) {
    const found = await findSplits(input, paths[name] ?? [], fileSystems, conf, sizes, mayCombine);
    splits.push(...found.splits.map((split) => ({ ...split, input: name })));
    fileCount += found.fileCount;
  }
  return { splits: bySizeDescending(splits), fileCount };
}

const isList = (paths: NonNullable<JobArguments['inputs']>): paths is readonly string[] => Array.isArray(paths);
