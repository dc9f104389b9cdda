/** A part of a job's input: the work of one map task. */
export type InputSplit =
  | {
      readonly kind: 'file';
      /** The file system, as `hdfs://host:port` or `file://`. */
      readonly fsUri: string;
      readonly path: string;
      /** The split's first byte. */
      readonly start: number;
      /** In bytes. */
      readonly length: number;
      /** Host names of the DataNodes that hold a replica of the block in which the split begins. */
      readonly hosts: readonly string[];
      /** The same DataNodes as `ip:port`. */
      readonly names: readonly string[];
    }
  | {
      readonly kind: 'range';
      /** The first of `length` whole numbers; no file is read. */
      readonly start: number;
      readonly length: number;
    };

export type FileSplit = Extract<InputSplit, { kind: 'file' }>;

/** Names a split as Hadoop does: `hdfs://host:port/path:0+134217728`. */
export function splitName(split: InputSplit): string {
  const place = split.kind === 'file' ? `${split.fsUri}${split.path}` : 'range';
  return `${place}:${split.start}+${split.length}`;
}
