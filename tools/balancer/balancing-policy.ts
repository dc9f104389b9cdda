/** The use of a DataNode and of the cluster in percent, by the balancer's policy. Pure. */
import {
  type DatanodeStorageReportProto,
  type StorageReportProto,
  StorageTypeProto,
} from '../../protocol/gen/messages.ts';

/** With `datanode` all that a DataNode stores counts, with `blockpool` only the blocks of this NameNode. */
export type PolicyName = 'datanode' | 'blockpool';

/** The storage types whose blocks are moved. Blocks on RAM disks are left out: DataNodes soon move them to disks. */
export const MOVABLE_TYPES: readonly StorageTypeProto[] = [
  StorageTypeProto.DISK,
  StorageTypeProto.SSD,
  StorageTypeProto.ARCHIVE,
  StorageTypeProto.PROVIDED,
  StorageTypeProto.NVDIMM,
];

function typeOf(report: StorageReportProto): StorageTypeProto {
  return report.storage?.storageType ?? StorageTypeProto.DISK;
}

/** Returns the sum over a DataNode's storages of a type, in bytes. */
export function sumOf(
  report: DatanodeStorageReportProto,
  type: StorageTypeProto,
  bytes: (storage: StorageReportProto) => number,
): number {
  return report.storageReports.filter((s) => typeOf(s) === type).reduce((sum, s) => sum + bytes(s), 0);
}

export const capacityOf = (storage: StorageReportProto): number => storage.capacity ?? 0;

function usedOf(policy: PolicyName): (storage: StorageReportProto) => number {
  return (storage) => (policy === 'datanode' ? storage.dfsUsed : storage.blockPoolUsed) ?? 0;
}

/** Returns the used percent of a DataNode's capacity on storages of a type; undefined if it has no such storage. */
export function utilization(
  policy: PolicyName,
  report: DatanodeStorageReportProto,
  type: StorageTypeProto,
): number | undefined {
  const capacityBytes = sumOf(report, type, capacityOf);
  return capacityBytes > 0 ? (sumOf(report, type, usedOf(policy)) * 100) / capacityBytes : undefined;
}

/** Returns the used percent of the whole cluster's capacity on storages of a type. */
export function averageUtilization(
  policy: PolicyName,
  reports: readonly DatanodeStorageReportProto[],
  type: StorageTypeProto,
): number {
  const sum = (bytes: (storage: StorageReportProto) => number) =>
    reports.reduce((total, report) => total + sumOf(report, type, bytes), 0);
  const capacityBytes = sum(capacityOf);
  return capacityBytes > 0 ? (sum(usedOf(policy)) * 100) / capacityBytes : 0;
}
