/** What a task on YARN must know of its job, in a file beside it, and the numbers by which Hadoop finds its partition. */

/** The name of the file in the task's directory. */
export const YARN_JOB_FILE = 'calf-job.json';

export interface YarnJob {
  readonly exportName: string;
  readonly reduces: number;
  readonly conf: Readonly<Record<string, string>>;
  /** Names in the task's directory of the user's files and archives. */
  readonly files: readonly string[];
  /** By the number of the partition: four bytes in hexadecimal digits. */
  readonly prefixes: readonly string[];
}

/**
 * Returns four bytes for each partition that Hadoop's KeyFieldBasedPartitioner, with -k1,4 and a blank as the separator,
 * takes to that partition: it hashes the text of the bytes, `00 00 00 1f`.
 */
export function partitionPrefixes(reduces: number): string[] {
  const prefixes: string[] = [];
  let found = 0;
  for (let candidate = 0; found < reduces; candidate++) {
    const hex = candidate.toString(16).padStart(8, '0');
    const partition = (hashOf((hex.match(/../g) ?? []).join(' ')) & 0x7fffffff) % reduces;
    if (prefixes[partition] !== undefined) continue;
    prefixes[partition] = hex;
    found++;
  }
  return prefixes;
}

function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}
