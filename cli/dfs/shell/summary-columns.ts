/** The columns of -count, in the widths of ContentSummary and QuotaUsage of Hadoop. Pure. */
import type { ContentSummary } from '../../../client/filesystem/file-system.ts';
import { formatSize } from '../../../runtime/format.ts';

/** Returns cells right-aligned, each with a space after it. */
const right = (widths: readonly number[], cells: readonly string[]): string =>
  cells.map((cell, i) => `${cell.padStart(widths[i] ?? 0)} `).join('');

const SUMMARY_WIDTHS = [12, 12, 18];
const QUOTA_WIDTHS = [12, 15, 15, 15];
const TYPE_WIDTHS = [14, 18];
const EC_POLICY_WIDTHS = [20];
const SNAPSHOT_WIDTHS = [18, 24, 24, 28];

/** Storage types that can have a quota, in Hadoop's order. */
export const QUOTA_STORAGE_TYPES = ['SSD', 'DISK', 'ARCHIVE', 'PROVIDED', 'NVDIMM'];
export const STORAGE_TYPES = ['RAM_DISK', ...QUOTA_STORAGE_TYPES];

export const summaryHeader = right(SUMMARY_WIDTHS, ['DIR_COUNT', 'FILE_COUNT', 'CONTENT_SIZE']);
export const quotaHeader = right(QUOTA_WIDTHS, ['QUOTA', 'REM_QUOTA', 'SPACE_QUOTA', 'REM_SPACE_QUOTA']);
export const ecPolicyHeader = right(EC_POLICY_WIDTHS, ['ERASURECODING_POLICY']);
export const snapshotHeader = right(SNAPSHOT_WIDTHS, [
  'SNAPSHOT_LENGTH',
  'SNAPSHOT_FILE_COUNT',
  'SNAPSHOT_DIR_COUNT',
  'SNAPSHOT_SPACE_CONSUMED',
]);

export function typeQuotaHeader(types: readonly string[]): string {
  return types.map((type) => right(TYPE_WIDTHS, [`${type}_QUOTA`, `REM_${type}_QUOTA`])).join('');
}

export function summaryColumns(s: ContentSummary, human: boolean, excludesSnapshots: boolean): string {
  const counts = excludesSnapshots
    ? [s.directoryCount - s.snapshotDirectoryCount, s.fileCount - s.snapshotFileCount, s.length - s.snapshotLength]
    : [s.directoryCount, s.fileCount, s.length];
  return right(
    SUMMARY_WIDTHS,
    counts.map((n) => formatSize(n, human)),
  );
}

/** Returns the quotas and their unused parts. */
export function quotaColumns(s: ContentSummary, human: boolean): string {
  const names = s.quota > 0 ? [s.quota, s.quota - s.fileCount - s.directoryCount] : undefined;
  const space = s.spaceQuota >= 0 ? [s.spaceQuota, s.spaceQuota - s.spaceConsumed] : undefined;
  return right(QUOTA_WIDTHS, [...quotaCells(names, human), ...quotaCells(space, human)]);
}

export function typeQuotaColumns(s: ContentSummary, types: readonly string[], human: boolean): string {
  return types
    .map((type) => {
      const found = s.typeQuotas.find((t) => t.type === type);
      const cells = found && found.quota >= 0 ? [found.quota, found.quota - found.consumed] : undefined;
      return right(TYPE_WIDTHS, quotaCells(cells, human));
    })
    .join('');
}

function quotaCells(values: readonly number[] | undefined, human: boolean): string[] {
  return values ? values.map((n) => formatSize(n, human)) : ['none', 'inf'];
}

export function ecPolicyColumn(s: ContentSummary): string {
  const policy = s.erasureCodingPolicy;
  return right(EC_POLICY_WIDTHS, [policy === 'Replicated' ? policy : `EC:${policy}`]);
}

export function snapshotColumns(s: ContentSummary, human: boolean): string {
  const values = [s.snapshotLength, s.snapshotFileCount, s.snapshotDirectoryCount, s.snapshotSpaceConsumed];
  return right(
    SNAPSHOT_WIDTHS,
    values.map((n) => formatSize(n, human)),
  );
}
