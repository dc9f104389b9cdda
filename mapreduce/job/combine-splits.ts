/** Puts parts of files together into larger splits, as Hadoop's CombineFileInputFormat. */
import type { CombinedSplit, FileSplit } from './input-split.ts';
import { racksOf } from './splits.ts';

export interface CombineSizes {
  /** A split is full with this many bytes. */
  readonly maxBytes: number;
  /** Parts that are left over on a node are a split of their own with this many bytes; 0: never. */
  readonly minBytesPerNode: number;
  /** The same on a rack. */
  readonly minBytesPerRack: number;
}

/** Parts that are gathered for a split. */
class Gathered {
  parts: FileSplit[] = [];
  bytes = 0;

  add(part: FileSplit): void {
    this.parts.push(part);
    this.bytes += part.length;
  }

  take(): FileSplit[] {
    const { parts } = this;
    this.parts = [];
    this.bytes = 0;
    return parts;
  }
}

/**
 * Combines parts that have a replica on one DataNode; then those left over that have one on one rack; then the rest. A
 * DataNode gets one split a round, so that the work is spread. Parts keep their order within a split.
 * @param rackOf returns the rack of a DataNode, `ip:port`
 */
export function combineSplits(
  parts: readonly FileSplit[],
  rackOf: (name: string) => string,
  sizes: CombineSizes,
): (FileSplit | CombinedSplit)[] {
  const left = new Set(parts);
  const splits: (FileSplit | CombinedSplit)[] = [];
  const combine = (taken: readonly FileSplit[], names: readonly string[]): void => {
    for (const part of taken) left.delete(part);
    splits.push(combined(taken, names, rackOf));
  };

  const onNodes = groupBy(parts, (part) => part.names);
  for (let open = [...onNodes.keys()]; open.length > 0; ) {
    open = open.filter((name) => {
      const gathered = new Gathered();
      for (const part of onNodes.get(name) ?? []) {
        if (gathered.bytes < sizes.maxBytes && left.has(part)) gathered.add(part);
      }
      const isFull = gathered.bytes >= sizes.maxBytes;
      const isEnough = sizes.minBytesPerNode > 0 && gathered.bytes >= sizes.minBytesPerNode;
      if (isFull || isEnough) combine(gathered.take(), [name]);
      return isFull;
    });
  }

  const onRacks = groupBy(
    [...left].filter((part) => part.names.length > 0),
    (part) => part.names.map(rackOf),
  );
  for (const [rack, candidates] of onRacks) {
    const gathered = new Gathered();
    const namesOf = (taken: readonly FileSplit[]): string[] => [
      ...new Set(taken.flatMap((part) => part.names.filter((name) => rackOf(name) === rack))),
    ];
    const close = (): void => {
      const taken = gathered.take();
      combine(taken, namesOf(taken));
    };
    for (const part of candidates) {
      if (!left.has(part)) continue;
      gathered.add(part);
      if (gathered.bytes >= sizes.maxBytes) close();
    }
    if (sizes.minBytesPerRack > 0 && gathered.bytes >= sizes.minBytesPerRack) close();
  }

  const rest = new Gathered();
  for (const part of [...left]) {
    rest.add(part);
    if (rest.bytes >= sizes.maxBytes) combine(rest.take(), []);
  }
  if (rest.parts.length > 0) combine(rest.take(), []);
  return splits;
}

/** @param near the DataNodes near which the split is; none: those of its largest part */
function combined(
  parts: readonly FileSplit[],
  near: readonly string[],
  rackOf: (name: string) => string,
): FileSplit | CombinedSplit {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const hostOf = new Map(parts.flatMap((part) => part.names.map((name, i) => [name, part.hosts[i] ?? ''] as const)));
  const [largest] = parts.toSorted((a, b) => b.length - a.length);
  const names = near.length > 0 ? near : (largest?.names ?? []);
  return {
    kind: 'files',
    files: parts.map(({ fsUri, path, start, length }) => ({ fsUri, path, start, length })),
    length: parts.reduce((sum, part) => sum + part.length, 0),
    names,
    hosts: names.map((name) => hostOf.get(name) ?? ''),
    ...racksOf(names.map(rackOf)),
  };
}

function groupBy(
  parts: readonly FileSplit[],
  keysOf: (part: FileSplit) => readonly string[],
): Map<string, FileSplit[]> {
  const groups = new Map<string, FileSplit[]>();
  for (const part of parts) {
    for (const key of new Set(keysOf(part))) {
      const group = groups.get(key);
      if (group) group.push(part);
      else groups.set(key, [part]);
    }
  }
  return groups;
}
