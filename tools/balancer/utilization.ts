/** Sorts storage groups by their use in percent. Pure. */
import { DatanodeInfoProto_AdminState, type DatanodeStorageReportProto } from '../../protocol/gen/messages.ts';
import { averageUtilization, capacityOf, MOVABLE_TYPES, sumOf, utilization } from './balancing-policy.ts';
import type { BalancerParameters } from './parameters.ts';
import { isListed, StorageGroup } from './storage-group.ts';

/** The cluster's storage groups, sorted by their use in percent; Balancer.init. */
export interface Utilization {
  /** Groups more than the threshold above the average. */
  readonly overUtilized: StorageGroup[];
  readonly aboveAverage: StorageGroup[];
  readonly belowAverage: StorageGroup[];
  /** Groups more than the threshold below the average. */
  readonly underUtilized: StorageGroup[];
  /** Bytes that must move until every group is within the threshold; 0 in a balanced cluster. */
  readonly bytesLeftToMove: number;
}

export interface MoveLimits {
  /** Most bytes of a storage group in one round: dfs.balancer.max-size-to-move. */
  readonly moveMaxBytes: number;
  /** A volume with less room than this takes no block. */
  readonly blockSizeBytes: number;
}

const percentOf = (percent: number, bytes: number): number => Math.floor((percent * bytes) / 100);

/** Returns the reports of the DataNodes that take part: in service, included and not excluded. */
export function participants(
  reports: readonly DatanodeStorageReportProto[],
  { included, excluded }: BalancerParameters,
): DatanodeStorageReportProto[] {
  return reports.filter(({ datanodeInfo: node }) => {
    const state = node.adminState ?? DatanodeInfoProto_AdminState.NORMAL;
    const isInService = state === DatanodeInfoProto_AdminState.NORMAL;
    return isInService && !isListed(excluded, node) && (included.size === 0 || isListed(included, node));
  });
}

/** Sorts the DataNodes' storage groups into over-utilized, above-average, below-average and under-utilized. */
export function classify(
  reports: readonly DatanodeStorageReportProto[],
  parameters: Pick<BalancerParameters, 'policy' | 'threshold' | 'sources' | 'sortTopNodes'>,
  limits: MoveLimits,
): Utilization {
  const { policy, threshold, sources } = parameters;
  const overUtilized: StorageGroup[] = [];
  const aboveAverage: StorageGroup[] = [];
  const belowAverage: StorageGroup[] = [];
  const underUtilized: StorageGroup[] = [];
  let overBytes = 0;
  let underBytes = 0;
  const averages = new Map(MOVABLE_TYPES.map((type) => [type, averageUtilization(policy, reports, type)]));
  for (const report of reports) {
    const { datanodeInfo } = report;
    for (const [type, average] of averages) {
      const used = utilization(policy, report, type);
      if (used === undefined) continue;
      if (used >= average && sources.size > 0 && !isListed(sources, datanodeInfo)) continue;
      const difference = used - average;
      const beyondThreshold = Math.abs(difference) - threshold;
      const capacityBytes = sumOf(report, type, capacityOf);
      const wantedBytes = percentOf(Math.abs(difference), capacityBytes);
      const roomBytes = sumOf(report, type, (s) => {
        const remainingBytes = s.remaining ?? 0;
        return remainingBytes >= limits.blockSizeBytes ? remainingBytes : 0;
      });
      const possibleBytes = difference < 0 ? Math.min(roomBytes, wantedBytes) : wantedBytes;
      const isSource = difference > 0;
      const moveMaxBytes = Math.min(limits.moveMaxBytes, possibleBytes);
      const group = new StorageGroup(datanodeInfo, type, { isSource, moveMaxBytes, utilization: used });
      if (beyondThreshold <= 0) (isSource ? aboveAverage : belowAverage).push(group);
      else if (isSource) {
        overBytes += percentOf(beyondThreshold, capacityBytes);
        overUtilized.push(group);
      } else {
        underBytes += percentOf(beyondThreshold, capacityBytes);
        underUtilized.push(group);
      }
    }
  }
  if (parameters.sortTopNodes) overUtilized.sort((a, b) => b.utilization - a.utilization);
  const bytesLeftToMove = Math.max(overBytes, underBytes);
  return { overUtilized, aboveAverage, belowAverage, underUtilized, bytesLeftToMove };
}
