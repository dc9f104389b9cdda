/** Reads the settings of the rules about the tree. */
import type { Configuration } from '../../conf/configuration.ts';

/** Settings of the rules about the tree. Times are in ms. */
export interface NamespaceConfig {
  /** dfs.permissions.enabled. */
  readonly permissionsEnabled: boolean;
  /** dfs.namenode.fs-limits.max-component-length, in bytes of UTF-8; 0 means no limit. */
  readonly componentLengthMax: number;
  /** dfs.namenode.fs-limits.max-directory-items. */
  readonly directoryItemsMax: number;
  /** dfs.ls.limit. */
  readonly listingLimit: number;
  /** dfs.namenode.accesstime.precision; 0 means that access times are not kept. */
  readonly accessTimePrecisionMs: number;
  /** dfs.namenode.lease-hard-limit-sec. */
  readonly leaseHardLimitMs: number;
}

export function namespaceConfigOf(conf: Configuration): NamespaceConfig {
  return {
    permissionsEnabled: conf.get('dfs.permissions.enabled'),
    componentLengthMax: conf.get('dfs.namenode.fs-limits.max-component-length'),
    directoryItemsMax: conf.get('dfs.namenode.fs-limits.max-directory-items'),
    listingLimit: conf.get('dfs.ls.limit'),
    accessTimePrecisionMs: conf.get('dfs.namenode.accesstime.precision'),
    leaseHardLimitMs: conf.get('dfs.namenode.lease-hard-limit-sec'),
  };
}
