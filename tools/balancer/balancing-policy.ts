import {
  type DatanodeStorageReportProto,
  type StorageReportProto,
  StorageTypeProto,
} from '../../protocol/gen/messages.ts';

/** `datanode`: all that a DataNode stores counts; `blockpool`: what it stores for this NameNode. */
export type PolicyName = 'datanode' | 'blockpool';

/** Blocks on these are moved; those on RAM disks soon move by themselves. */
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

/** Sum over a DataNode's storages of a type, in bytes. */
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

/** Percent of its capacity that a DataNode uses on storages of a type; undefined when it has none. */
export function utilization(
  policy: PolicyName,
  report: DatanodeStorageReportProto,
  type: StorageTypeProto,
): number | undefined {
  const capacityBytes = sumOf(report, type, capacityOf);
  return capacityBytes > 0 ? (sumOf(report, type, usedOf(policy)) * 100) / capacityBytes : undefined;
}

/** Percent of its capacity that the whole cluster uses on storages of a type. */
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
