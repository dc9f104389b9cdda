/** Hadoop's counters: the groups, named by Java classes, and the words that the job client prints for each counter. */
export const FILE_SYSTEM_GROUP = 'org.apache.hadoop.mapreduce.FileSystemCounter';
export const JOB_GROUP = 'org.apache.hadoop.mapreduce.JobCounter';
export const TASK_GROUP = 'org.apache.hadoop.mapreduce.TaskCounter';
/** Milliseconds of the phases of all tasks; a group of Calf. */
export const PHASE_GROUP = 'Phase Times';
export const SHUFFLE_ERRORS_GROUP = 'Shuffle Errors';
export const FILE_INPUT_GROUP = 'org.apache.hadoop.mapreduce.lib.input.FileInputFormatCounter';
export const FILE_OUTPUT_GROUP = 'org.apache.hadoop.mapreduce.lib.output.FileOutputFormatCounter';

/** The group of a copy's counters. */
export const COPY_GROUP = 'org.apache.hadoop.tools.mapred.CopyMapper$Counter';

/** The groups that are printed first, in this order; their counters are printed in the order of the tables below. */
const FRAMEWORK_GROUPS = [FILE_SYSTEM_GROUP, JOB_GROUP, TASK_GROUP];

export const GROUP_NAMES: Readonly<Record<string, string>> = {
  [FILE_SYSTEM_GROUP]: 'File System Counters',
  // Hadoop has a blank at the end of some names.
  [JOB_GROUP]: 'Job Counters ',
  [TASK_GROUP]: 'Map-Reduce Framework',
  [FILE_INPUT_GROUP]: 'File Input Format Counters ',
  [FILE_OUTPUT_GROUP]: 'File Output Format Counters ',
  [COPY_GROUP]: 'DistCp Counters',
};

/** From Hadoop 3.4's JobCounter.properties, in the order of the enum. */
const JOB_COUNTERS = {
  NUM_FAILED_MAPS: 'Failed map tasks',
  NUM_FAILED_REDUCES: 'Failed reduce tasks',
  NUM_KILLED_MAPS: 'Killed map tasks',
  NUM_KILLED_REDUCES: 'Killed reduce tasks',
  TOTAL_LAUNCHED_MAPS: 'Launched map tasks',
  TOTAL_LAUNCHED_REDUCES: 'Launched reduce tasks',
  OTHER_LOCAL_MAPS: 'Other local map tasks',
  DATA_LOCAL_MAPS: 'Data-local map tasks',
  RACK_LOCAL_MAPS: 'Rack-local map tasks',
  SLOTS_MILLIS_MAPS: 'Total time spent by all maps in occupied slots (ms)',
  SLOTS_MILLIS_REDUCES: 'Total time spent by all reduces in occupied slots (ms)',
  MILLIS_MAPS: 'Total time spent by all map tasks (ms)',
  MILLIS_REDUCES: 'Total time spent by all reduce tasks (ms)',
  VCORES_MILLIS_MAPS: 'Total vcore-milliseconds taken by all map tasks',
  VCORES_MILLIS_REDUCES: 'Total vcore-milliseconds taken by all reduce tasks',
  MB_MILLIS_MAPS: 'Total megabyte-milliseconds taken by all map tasks',
  MB_MILLIS_REDUCES: 'Total megabyte-milliseconds taken by all reduce tasks',
} as const;

/** From TaskCounter.properties. */
const TASK_COUNTERS = {
  MAP_INPUT_RECORDS: 'Map input records',
  MAP_OUTPUT_RECORDS: 'Map output records',
  MAP_SKIPPED_RECORDS: 'Map skipped records',
  MAP_OUTPUT_BYTES: 'Map output bytes',
  MAP_OUTPUT_MATERIALIZED_BYTES: 'Map output materialized bytes',
  SPLIT_RAW_BYTES: 'Input split bytes',
  COMBINE_INPUT_RECORDS: 'Combine input records',
  COMBINE_OUTPUT_RECORDS: 'Combine output records',
  REDUCE_INPUT_GROUPS: 'Reduce input groups',
  REDUCE_SHUFFLE_BYTES: 'Reduce shuffle bytes',
  REDUCE_INPUT_RECORDS: 'Reduce input records',
  REDUCE_OUTPUT_RECORDS: 'Reduce output records',
  REDUCE_SKIPPED_GROUPS: 'Reduce skipped groups',
  REDUCE_SKIPPED_RECORDS: 'Reduce skipped records',
  SPILLED_RECORDS: 'Spilled Records',
  SHUFFLED_MAPS: 'Shuffled Maps ',
  FAILED_SHUFFLE: 'Failed Shuffles',
  MERGED_MAP_OUTPUTS: 'Merged Map outputs',
  GC_TIME_MILLIS: 'GC time elapsed (ms)',
  CPU_MILLISECONDS: 'CPU time spent (ms)',
  PHYSICAL_MEMORY_BYTES: 'Physical memory (bytes) snapshot',
  VIRTUAL_MEMORY_BYTES: 'Virtual memory (bytes) snapshot',
  COMMITTED_HEAP_BYTES: 'Total committed heap usage (bytes)',
  MAP_PHYSICAL_MEMORY_BYTES_MAX: 'Peak Map Physical memory (bytes)',
  MAP_VIRTUAL_MEMORY_BYTES_MAX: 'Peak Map Virtual memory (bytes)',
  REDUCE_PHYSICAL_MEMORY_BYTES_MAX: 'Peak Reduce Physical memory (bytes)',
  REDUCE_VIRTUAL_MEMORY_BYTES_MAX: 'Peak Reduce Virtual memory (bytes)',
} as const;

/** From FileSystemCounter.properties. The name of a counter is `SCHEME_` and one of these. */
const FILE_SYSTEM_COUNTERS = {
  BYTES_READ: 'Number of bytes read',
  BYTES_WRITTEN: 'Number of bytes written',
  READ_OPS: 'Number of read operations',
  LARGE_READ_OPS: 'Number of large read operations',
  WRITE_OPS: 'Number of write operations',
  BYTES_READ_EC: 'Number of bytes read erasure-coded',
} as const;

/** From CopyMapper_Counter.properties, which lacks a text for directories, in the order in which Hadoop prints them. */
const COPY_COUNTERS = {
  BANDWIDTH_IN_BYTES: 'Bandwidth in Bytes',
  BYTESCOPIED: 'Bytes Copied',
  BYTESEXPECTED: 'Bytes Expected',
  BYTESFAILED: 'Bytes Failed',
  BYTESSKIPPED: 'Bytes Skipped',
  COPY: 'Files Copied',
  DIR_COPY: 'DIR_COPY',
  FAIL: 'Files Failed',
  SKIP: 'Files Skipped',
} as const;

export const SHUFFLE_ERRORS = [
  'BAD_ID',
  'CONNECTION',
  'IO_ERROR',
  'WRONG_LENGTH',
  'WRONG_MAP',
  'WRONG_REDUCE',
] as const;

/** In the order of a job. */
const PHASE_COUNTERS = {
  MAP_MILLIS: 'Reading and mapping (ms)',
  SPILL_MILLIS: 'Sorting, combining and spilling (ms)',
  SHUFFLE_MILLIS: 'Waiting for map outputs and fetching them (ms)',
  MERGE_MILLIS: 'Merging (ms)',
  REDUCE_MILLIS: 'Reducing and writing (ms)',
} as const;

export type PhaseName = keyof typeof PHASE_COUNTERS;
export const PHASES = Object.keys(PHASE_COUNTERS) as readonly PhaseName[];

export type CopyCounterName = keyof typeof COPY_COUNTERS;
export type JobCounterName = keyof typeof JOB_COUNTERS;
export type TaskCounterName = keyof typeof TASK_COUNTERS;
export type FileSystemCounterName = keyof typeof FILE_SYSTEM_COUNTERS;
export type ShuffleErrorName = (typeof SHUFFLE_ERRORS)[number];

const TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [JOB_GROUP]: JOB_COUNTERS,
  [TASK_GROUP]: TASK_COUNTERS,
  [PHASE_GROUP]: PHASE_COUNTERS,
  [FILE_INPUT_GROUP]: { BYTES_READ: 'Bytes Read' },
  [FILE_OUTPUT_GROUP]: { BYTES_WRITTEN: 'Bytes Written' },
  [COPY_GROUP]: COPY_COUNTERS,
};

/** Returns the words that the job client prints for a counter: for a user's counter, its name. */
export function counterDisplayName(group: string, name: string): string {
  if (group !== FILE_SYSTEM_GROUP) return TABLES[group]?.[name] ?? name;
  const [scheme, key] = splitFileSystemCounter(name);
  return `${scheme}: ${FILE_SYSTEM_COUNTERS[key as FileSystemCounterName] ?? key}`;
}

function splitFileSystemCounter(name: string): [string, string] {
  const at = name.indexOf('_');
  return [name.slice(0, at), name.slice(at + 1)];
}

/** Compares groups in Hadoop's order: the framework's groups first, then all others by name. */
export function compareGroups(a: string, b: string): number {
  const rank = (group: string) => FRAMEWORK_GROUPS.indexOf(group) + 1 || FRAMEWORK_GROUPS.length + 1;
  return rank(a) - rank(b) || compareText(a, b);
}

/** Compares counters of one group in Hadoop's order: by enum, by scheme and enum, or by name. */
export function compareCounters(group: string, a: string, b: string): number {
  if (group === FILE_SYSTEM_GROUP) {
    const [schemeA, keyA] = splitFileSystemCounter(a);
    const [schemeB, keyB] = splitFileSystemCounter(b);
    return compareText(schemeA, schemeB) || indexIn(FILE_SYSTEM_COUNTERS, keyA) - indexIn(FILE_SYSTEM_COUNTERS, keyB);
  }
  const table = TABLES[group];
  return table ? indexIn(table, a) - indexIn(table, b) : compareText(a, b);
}

const indexIn = (table: object, name: string): number => Object.keys(table).indexOf(name);

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
