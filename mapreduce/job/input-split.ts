/** A part of a job's input: the work of one map task. */

/** A value that JSON keeps. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** The bytes [start, start + length) of a file. */
export interface FileRange {
  /** The file system, as `hdfs://host:port` or `file://`. */
  readonly fsUri: string;
  readonly path: string;
  /** The first byte. */
  readonly start: number;
  /** In bytes. */
  readonly length: number;
}

/** The parts that every split may have. */
interface Tags {
  /** Name of the job's input, if the job has several (Hadoop: TaggedInputSplit). The submission sets it. */
  readonly input?: string;
  /** A value that the input format gives to its reader. */
  readonly payload?: Json;
}

/** The DataNodes near which a split is read best. */
interface Hosts {
  /** Host names. */
  readonly hosts: readonly string[];
  /** The same DataNodes as `ip:port`. */
  readonly names: readonly string[];
  /** The racks of these DataNodes, each once; absent if all are in `/default-rack`. */
  readonly racks?: readonly string[];
}

/** A part of one file; its hosts are those of the block in which it begins. */
export interface FileSplit extends FileRange, Hosts, Tags {
  readonly kind: 'file';
}

/** Parts of several files, one after the other (Hadoop: CombineFileSplit). */
export interface CombinedSplit extends Hosts, Tags {
  readonly kind: 'files';
  readonly files: readonly FileRange[];
  /** Bytes of all parts. */
  readonly length: number;
}

/** The whole numbers from `start` to `start + length - 1`; no file is read. */
export interface RangeSplit extends Tags {
  readonly kind: 'range';
  readonly start: number;
  readonly length: number;
}

/** A split that its input format alone understands, by its payload. */
export interface CustomSplit extends Tags, Partial<Hosts> {
  readonly kind: 'custom';
  /** Name of the split in messages. */
  readonly name: string;
  /** Size of the work, in bytes or in another unit of the format's own: the longest splits start first. */
  readonly length: number;
}

export type InputSplit = FileSplit | CombinedSplit | RangeSplit | CustomSplit;

/** Names a split as Hadoop does: `hdfs://host:port/path:0+134217728`. */
export function splitName(split: InputSplit): string {
  switch (split.kind) {
    case 'file':
      return rangeName(split);
    case 'files':
      return `Paths:${split.files.map(rangeName).join(',')}`;
    case 'range':
      return `range:${split.start}+${split.length}`;
    case 'custom':
      return split.name;
  }
}

const rangeName = ({ fsUri, path, start, length }: FileRange): string => `${fsUri}${path}:${start}+${length}`;
