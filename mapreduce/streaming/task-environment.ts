/** The environment variables of a streaming task's executable: the job's properties, and what -cmdenv adds (PipeMapRed). */
import type { Configuration } from '../../conf/configuration.ts';
import { DEPRECATED } from '../../conf/deprecated.ts';
import { MAPREDUCE_KEYS } from '../../conf/keys/mapreduce.ts';
import { parseAttemptId, taskId } from '../job/job-id.ts';

/** The attempt and its input, of which Hadoop makes properties too. */
export interface TaskFacts {
  readonly attemptId: string;
  readonly phase: 'map' | 'reduce';
  readonly taskIndex: number;
  /** The attempt's own directory. */
  readonly directory: string;
  readonly outputDirectory: string;
  readonly user: string;
  /** Of a map whose input is a file: its URI and the range of bytes. */
  readonly split?: { readonly path: string; readonly start: number; readonly length: number };
}

/** Returns the properties that Hadoop adds to those of the job for each task. */
export function taskProperties(facts: TaskFacts): Record<string, string> {
  const { attemptId, phase, taskIndex, directory, outputDirectory, user, split } = facts;
  const id = parseAttemptId(attemptId);
  return {
    'mapreduce.job.id': id?.jobId ?? '',
    'mapreduce.task.id': id ? taskId(id.jobId, id.kind, id.index) : '',
    'mapreduce.task.attempt.id': attemptId,
    'mapreduce.task.partition': String(taskIndex),
    'mapreduce.task.ismap': String(phase === 'map'),
    'mapreduce.task.output.dir': outputDirectory,
    'mapreduce.job.local.dir': directory,
    'mapreduce.job.user.name': user,
    'user.name': user,
    ...(split && {
      'mapreduce.map.input.file': split.path,
      'mapreduce.map.input.start': String(split.start),
      'mapreduce.map.input.length': String(split.length),
    }),
  };
}

/**
 * Returns all variables: those of this process, then the job's properties by their names and by their deprecated names, each
 * character but letters and digits as an underscore, then those of stream.addenvironment.
 * @param truncateAt stream.jobconf.truncate.limit: longer values are cut; negative: none
 */
export function taskEnvironment(
  base: Readonly<NodeJS.ProcessEnv>,
  properties: Readonly<Record<string, string>>,
  added: string,
  truncateAt: number,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(base)) if (value !== undefined) environment[name] = value;
  const all = { ...oldNames(properties), ...properties };
  for (const [name, value] of Object.entries(all)) {
    environment[variableName(name)] = truncateAt > -1 ? value.slice(0, truncateAt) : value;
  }
  for (const pair of added.split(' ')) {
    const equals = pair.indexOf('=');
    if (equals >= 0) environment[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  // A zero byte can stand in no variable.
  for (const [name, value] of Object.entries(environment)) if (value.includes('\0')) delete environment[name];
  return environment;
}

/** Returns the properties of a job, with the defaults of those that belong to MapReduce. */
export function jobProperties(conf: Configuration): Record<string, string> {
  const names = [...Object.keys(MAPREDUCE_KEYS), ...conf.entries().map(([name]) => name)];
  return Object.fromEntries(names.map((name) => [name, conf.getRaw(name) ?? '']));
}

function oldNames(properties: Readonly<Record<string, string>>): Record<string, string> {
  const old: Record<string, string> = {};
  for (const [name, current] of DEPRECATED) {
    const value = properties[current];
    if (value !== undefined) old[name] = value;
  }
  return old;
}

const variableName = (property: string): string => property.replace(/[^0-9A-Za-z]/g, '_');
