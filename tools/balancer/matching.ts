/** Pairs full storage groups with empty ones. Pure. */
import type { StorageGroup } from './storage-group.ts';
import type { Utilization } from './utilization.ts';

/** Whether two storage groups may be paired; org.apache.hadoop.hdfs.server.balancer.Matcher. */
type Matcher = (left: StorageGroup, right: StorageGroup) => boolean;

const sameRack: Matcher = (left, right) => left.rack === right.rack;
const anyOther: Matcher = (left, right) => left.uuid !== right.uuid;

/**
 * Pairs groups that give with groups that take: first those on the same rack, then any others. Over-utilized groups are
 * paired with under-utilized ones, and then the rest of both with groups on the other side of the average.
 * Balancer.chooseStorageGroups.
 * @returns the sources, each with its plans
 */
export function chooseStorageGroups(cluster: Utilization): StorageGroup[] {
  const over = new Set(cluster.overUtilized);
  const above = new Set(cluster.aboveAverage);
  const below = new Set(cluster.belowAverage);
  const under = new Set(cluster.underUtilized);
  for (const matches of [sameRack, anyOther]) {
    pair(over, under, matches);
    pair(over, below, matches);
    pair(under, above, matches);
  }
  return [...cluster.overUtilized, ...cluster.aboveAverage].filter((group) => group.tasks.length > 0);
}

/** Pairs groups with candidates. A group without room leaves its set. */
function pair(groups: Set<StorageGroup>, candidates: Set<StorageGroup>, matches: Matcher): void {
  for (const group of groups) {
    for (const candidate of candidates) {
      if (!group.hasRoom) break;
      if (candidate.hasRoom && candidate.type === group.type && matches(candidate, group)) {
        const [source, target] = group.isSource ? [group, candidate] : [candidate, group];
        source.give(target, Math.min(source.availableBytes, target.availableBytes));
      }
      if (!candidate.hasRoom) candidates.delete(candidate);
    }
    if (!group.hasRoom) groups.delete(group);
  }
}

/** Returns the bytes that all plans move in this round. */
export function bytesToMove(sources: readonly StorageGroup[]): number {
  return sources.reduce((sum, source) => sum + source.scheduledBytes, 0);
}
