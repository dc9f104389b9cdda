/** The limits of a task, from the properties of its job. The rules are those of Hadoop's JobConf and MapReduceChildJVM. */
import type { Configuration } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import type { TaskKind } from '../job/job-id.ts';

const MIB = 2 ** 20;
const KIB = 2 ** 10;
/** MiB of a task whose job says nothing, or asks for a smaller heap (yarn.scheduler.minimum-allocation-mb). */
const MEMORY_MIB = 1024;

export interface TaskLimits {
  /** MiB of V8's heap for objects that live long. */
  readonly heapMib: number;
  /** Bytes of resident memory of the task with its child processes; Infinity where the tracker does not check. */
  readonly memoryBytes: number;
  /** The property that sets memoryBytes, for messages. */
  readonly memoryProperty: string;
  /** Bytes of each log of an attempt; 0: no limit. */
  readonly logBytes: number;
  /** Bytes that a job's files may take on the disk of a tracker; Infinity for no limit. */
  readonly diskBytes: number;
  /** Whether a job is failed that goes beyond diskBytes, or only warned of. */
  readonly diskFails: boolean;
  /** Pause between two looks at the disk. */
  readonly diskIntervalMs: number;
}

/** @throws ConfigurationError for a value that is no number, or an -Xmx that is no size */
export function taskLimits(conf: Configuration, kind: TaskKind): TaskLimits {
  const isMap = kind === 'MAP';
  const memory = isMap ? conf.get('mapreduce.map.memory.mb') : conf.get('mapreduce.reduce.memory.mb');
  const ratio = conf.get('mapreduce.job.heap.memory-mb.ratio');
  const given = heapOf(javaOptions(conf, kind));
  const memoryMib = memory > 0 ? memory : Math.max(MEMORY_MIB, Math.ceil((given ?? 0) / ratio));
  const logKib = conf.get('mapreduce.task.userlog.limit.kb');
  const diskBytes = conf.get('mapreduce.job.local-fs.single-disk-limit.bytes');
  return {
    heapMib: given ?? Math.max(1, Math.floor(memoryMib * ratio)),
    memoryBytes: conf.get('yarn.nodemanager.pmem-check-enabled') ? memoryMib * MIB : Number.POSITIVE_INFINITY,
    memoryProperty: isMap ? 'mapreduce.map.memory.mb' : 'mapreduce.reduce.memory.mb',
    logBytes: Math.max(0, logKib) * KIB,
    diskBytes: diskBytes >= 0 ? diskBytes : Number.POSITIVE_INFINITY,
    diskFails: conf.get('mapreduce.job.local-fs.single-disk-limit.check.kill-limit-exceed'),
    diskIntervalMs: conf.get('mapreduce.job.local-fs.single-disk-limit.check.interval-ms'),
  };
}

/** Returns the options of Java's that are given and have no effect: all but -Xmx. */
export function ignoredJavaOptions(conf: Configuration, kind: TaskKind): string[] {
  return javaOptions(conf, kind).words.filter((word) => !/^-Xmx/.test(word));
}

interface JavaOptions {
  readonly property: string;
  readonly words: readonly string[];
}

function javaOptions(conf: Configuration, kind: TaskKind): JavaOptions {
  const own = kind === 'MAP' ? conf.get('mapreduce.map.java.opts') : conf.get('mapreduce.reduce.java.opts');
  const hasOwn = own.trim() !== '';
  const text = hasOwn ? own : conf.get('mapred.child.java.opts');
  const property = hasOwn ? `mapreduce.${kind.toLowerCase()}.java.opts` : 'mapred.child.java.opts';
  return { property, words: text.trim().split(/\s+/).filter(Boolean) };
}

/** Returns the MiB of the last -Xmx; undefined if there is none (JobConf.parseMaximumHeapSizeMB). */
function heapOf({ property, words }: JavaOptions): number | undefined {
  const text = words.findLast((word) => word.startsWith('-Xmx'));
  if (text === undefined) return undefined;
  const [, digits, unit = ''] = /^-Xmx(\d+)([kmgt]?)$/i.exec(text) ?? [];
  const bytes = Number(digits) * { '': 1, k: KIB, m: MIB, g: KIB * MIB, t: MIB * MIB }[unit.toLowerCase() as 'k'];
  if (Number.isFinite(bytes)) return Math.max(1, Math.floor(bytes / MIB));
  throw new ConfigurationError(`${property} has '${text}': expected a size, such as -Xmx800m`);
}
