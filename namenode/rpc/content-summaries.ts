/** The answers to getContentSummary and getQuotaUsage: counts over a subtree, computed in slices. */

import type { ContentSummaryProto, QuotaUsageProto } from '../../protocol/gen/messages.ts';
import { LONG_MAX } from '../../protocol/message.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { nextTurn } from '../../runtime/promises.ts';
import type { Caller } from '../command/caller.ts';
import { ContentSummaryComputation } from '../namespace/content-summary.ts';
import { lastINode } from '../namespace/inode-tree.ts';
import { checkDirectory, READ_EXECUTE } from '../namespace/permissions.ts';
import { resolvePath } from '../namespace/resolve-path.ts';
import type { ClientContext } from './context/client-context.ts';

/** The root has a quota by itself, as many names as there can be; no other directory has one. */
const NO_QUOTA = -1;

/** Counts the subtree at a path. @throws FileNotFoundException that calls the path a `kind` */
async function countsOf({ driver, settings }: ClientContext, caller: Caller, path: string, kind: string) {
  const { inode, isRoot, isChecked } = driver.inspect('getContentSummary', ({ namespace }) => {
    const iip = resolvePath(namespace, caller, path, 'READ');
    const found = lastINode(iip);
    if (found === undefined) throw hadoopError('FileNotFoundException', `${kind} does not exist: ${iip.path}`);
    return { inode: found, isRoot: found === namespace.tree.root, isChecked: namespace.config.permissionsEnabled };
  });
  // As in ContentSummaryComputationContext.checkPermission, directories without entries are checked too.
  const computation = new ContentSummaryComputation(inode, (directory) => {
    if (isChecked && !caller.superuser) checkDirectory(directory, caller, READ_EXECUTE);
  });
  while (!driver.inspect('getContentSummary', () => computation.step(settings.contentSummaryLimit))) {
    await nextTurn();
  }
  await driver.shown();
  const quota = isRoot ? LONG_MAX : NO_QUOTA;
  return { ...computation.counts, quota, spaceQuota: NO_QUOTA, isFile: inode.kind === 'file' };
}

export async function contentSummary(
  context: ClientContext,
  caller: Caller,
  path: string,
): Promise<ContentSummaryProto> {
  const { isFile, ...counts } = await countsOf(context, caller, path, 'File');
  return {
    ...counts,
    snapshotLength: 0,
    snapshotFileCount: 0,
    snapshotDirectoryCount: 0,
    snapshotSpaceConsumed: 0,
    erasureCodingPolicy: isFile ? 'Replicated' : '',
  };
}

export async function quotaUsage(context: ClientContext, caller: Caller, path: string): Promise<QuotaUsageProto> {
  const counts = await countsOf(context, caller, path, 'File/Directory');
  const { fileCount, directoryCount, quota, spaceConsumed, spaceQuota } = counts;
  return { fileAndDirectoryCount: fileCount + directoryCount, quota, spaceConsumed, spaceQuota };
}
