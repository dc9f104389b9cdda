/** The methods of ClientProtocol that look at the tree and change nothing. */
import type * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { hadoopError } from '../../runtime/errors.ts';
import * as Stat from '../namespace/stat-and-listing.ts';
import { batchedListing } from './batched-listing.ts';
import { contentSummary, quotaUsage } from './content-summaries.ts';
import type { ClientContext } from './context/client-context.ts';
import { empty, type MethodTable, NOT_SUPPORTED, read } from './context/method-table.ts';
import { corruptFilesBelow } from './corrupt-files.ts';

const decoder = new TextDecoder();

export const clientReads = {
  getFileInfo: read(
    Stat.getFileInfo,
    ({ src: path }, caller) => ({ caller, path }),
    (fs) => ({ fs }),
  ),
  // There are no symbolic links: the link's own status is that of the file.
  getFileLinkInfo: read(
    Stat.getFileInfo,
    ({ src: path }, caller) => ({ caller, path }),
    (fs) => ({ fs }),
  ),
  getLocatedFileInfo: read(
    Stat.getLocatedFileInfo,
    ({ src: path = '' }, caller) => ({ caller, path }),
    (fs) => ({ fs }),
  ),
  getLinkTarget: async (context, { path }, call) => {
    await context.checkExists(call, path, `File does not exist: ${path}`);
    throw hadoopError('IOException', `Path ${path} is not a symbolic link`);
  },
  getListing: read(
    Stat.getListing,
    ({ src: path, startAfter, needLocation }, caller) => ({
      caller,
      path,
      startAfter: decoder.decode(startAfter),
      needLocation,
    }),
    (dirList) => ({ dirList }),
  ),
  getBatchedListing: async (context, request, call) => batchedListing(context, await context.callerOf(call), request),
  getBlockLocations: async ({ driver, callerOf }, { src: path, offset, length }, call) => {
    const caller = await callerOf(call);
    const { locations, accessed } = await driver.read(Stat.getBlockLocations, { caller, path, offset, length });
    // The reader does not wait until the disk has its access time.
    if (accessed) driver.applyLater({ op: 'noteAccess', caller, path });
    return { locations };
  },
  isFileClosed: read(
    Stat.isFileClosed,
    ({ src: path }, caller) => ({ caller, path }),
    (result) => ({ result }),
  ),
  getPreferredBlockSize: read(
    Stat.getPreferredBlockSize,
    ({ filename: path }, caller) => ({ caller, path }),
    (bsize) => ({ bsize }),
  ),
  checkAccess: read(Stat.checkPathAccess, ({ path, mode }, caller) => ({ caller, path, mode }), empty),
  getContentSummary: async (context, { path }, call) => ({
    summary: await contentSummary(context, await context.callerOf(call), path),
  }),
  getQuotaUsage: async (context, { path }, call) => ({
    usage: await quotaUsage(context, await context.callerOf(call), path),
  }),
  listCorruptFileBlocks: async ({ driver }, { path }) => ({ corrupt: await corruptFilesBelow(driver, path) }),
  listOpenFiles: NOT_SUPPORTED,
  getEnclosingRoot: async (context, { filename: path = '' }, call) => {
    await context.isReadable(call, path);
    return { enclosingRootPath: '/' };
  },
  // Calls take effect in one order here, so a client that asks for the state of now has it.
  msync: async ({ driver }) => {
    await driver.shown();
    return {};
  },
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;
