import { createHash } from 'node:crypto';
import type * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import {
  type BatchedDirectoryListingProto,
  BatchedListingKeyProto,
  type GetBatchedListingRequestProto,
} from '../../protocol/gen/messages.ts';
import { LONG_MAX } from '../../protocol/message.ts';
import type { Handlers } from '../../protocol/rpc/server.ts';
import { HadoopError, hadoopError } from '../../runtime/errors.ts';
import { ContentSummaryComputation } from '../namespace/content-summary.ts';
import { lastINode } from '../namespace/inode-tree.ts';
import { type Caller, READ_EXECUTE } from '../namespace/permissions.ts';
import * as Stat from '../namespace/stat-and-listing.ts';
import { checkAccess, resolvePath } from '../namesystem/state.ts';
import type { ClientContext } from './client-context.ts';

/** dfs.namenode.fs-limits… of getBatchedListing (dfs.batched.ls.limit). */
const BATCHED_PATHS_MAX = 100;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Goes on with a value at once, or when its promise resolves. */
function after<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** The methods of ClientProtocol that change nothing. */
export function queryHandlers(context: ClientContext) {
  const { driver, conf } = context;

  async function contentSummary(caller: Caller, path: string, kind = 'File') {
    const { state } = driver;
    const iip = resolvePath(state, caller, path, 'READ');
    const inode = lastINode(iip);
    if (inode === undefined) throw hadoopError('FileNotFoundException', `${kind} does not exist: ${iip.path}`);
    checkAccess(state, iip, caller, { sub: READ_EXECUTE });
    const computation = new ContentSummaryComputation(inode);
    while (!computation.step(conf.get('dfs.content-summary.limit'))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await driver.shown();
    // Only the root has a quota by itself: as many names as there can be.
    const quota = inode === state.tree.root ? LONG_MAX : -1;
    return { ...computation.counts, quota, spaceQuota: -1, isFile: inode.kind === 'file' };
  }

  async function batchedListing(caller: Caller, request: GetBatchedListingRequestProto) {
    const { paths, needLocation } = request;
    if (paths.length > BATCHED_PATHS_MAX) {
      throw hadoopError('IllegalArgumentException', `Too many source paths (${paths.length} > ${BATCHED_PATHS_MAX})`);
    }
    const checksum = createHash('md5').update(paths.join('\0')).digest();
    const from = request.startAfter.length > 0 ? decodeListingKey(request.startAfter) : undefined;
    const isOfPaths = from === undefined || (checksum.equals(from.checksum) && paths[from.pathIndex] !== undefined);
    if (!isOfPaths) {
      throw hadoopError('IllegalArgumentException', 'The paths are not those that the listing began with');
    }
    const listings: BatchedDirectoryListingProto[] = [];
    let budget = conf.get('dfs.ls.limit');
    for (let i = from?.pathIndex ?? 0; i < paths.length; i++) {
      const path = paths[i] ?? '';
      const startAfter = i === from?.pathIndex ? decoder.decode(from.startAfter) : '';
      try {
        const page = await driver.read(Stat.getListing, { caller, path, startAfter, needLocation });
        if (page === undefined) throw hadoopError('FileNotFoundException', `Path ${path} does not exist`);
        listings.push({ partialListing: page.partialListing, parentIdx: i });
        budget -= page.partialListing.length;
        const last = page.partialListing.at(-1);
        if (page.remainingEntries > 0 && last !== undefined) {
          const next = { checksum, pathIndex: i, startAfter: last.path };
          return { listings, hasMore: true, startAfter: BatchedListingKeyProto.encode(next) };
        }
      } catch (e) {
        const error = HadoopError.from(e);
        const exception = { className: error.javaClass, message: error.message };
        listings.push({ partialListing: [], parentIdx: i, exception });
      }
      if (budget <= 0 && i + 1 < paths.length) {
        const next = { checksum, pathIndex: i + 1, startAfter: encoder.encode('') };
        return { listings, hasMore: true, startAfter: BatchedListingKeyProto.encode(next) };
      }
    }
    return { listings, hasMore: false, startAfter: encoder.encode('') };
  }

  return {
    // The call that is made most: it costs no promise when there is nothing to wait for.
    getFileInfo: ({ src: path }, call) =>
      after(context.caller(call), (caller) => after(driver.read(Stat.getFileInfo, { caller, path }), (fs) => ({ fs }))),

    /** There are no symbolic links. */
    getLinkTarget: async ({ path }, call) => {
      const found = await driver.read(Stat.getFileInfo, { caller: await context.caller(call), path });
      if (found === undefined) throw hadoopError('FileNotFoundException', `File does not exist: ${path}`);
      throw hadoopError('IOException', `Path ${path} is not a symbolic link`);
    },

    getFileLinkInfo: async ({ src: path }, call) => {
      return { fs: await driver.read(Stat.getFileInfo, { caller: await context.caller(call), path }) };
    },

    getLocatedFileInfo: async ({ src: path = '' }, call) => ({
      fs: await driver.read(Stat.getLocatedFileInfo, { caller: await context.caller(call), path }),
    }),

    getListing: async ({ src: path, startAfter, needLocation }, call) => {
      const request = {
        caller: await context.caller(call),
        path,
        startAfter: decoder.decode(startAfter),
        needLocation,
      };
      return { dirList: await driver.read(Stat.getListing, request) };
    },

    getBatchedListing: async (request, call) => batchedListing(await context.caller(call), request),

    getBlockLocations: async ({ src: path, offset, length }, call) => {
      const caller = await context.caller(call);
      const { locations, accessed } = await driver.read(Stat.getBlockLocations, { caller, path, offset, length });
      // A reader need not wait for the disk to know that it came.
      if (accessed) driver.applyLater({ op: 'noteAccess', caller, path });
      return { locations };
    },

    isFileClosed: async ({ src: path }, call) => ({
      result: await driver.read(Stat.isFileClosed, { caller: await context.caller(call), path }),
    }),

    getPreferredBlockSize: async ({ filename: path }, call) => ({
      bsize: await driver.read(Stat.getPreferredBlockSize, { caller: await context.caller(call), path }),
    }),

    checkAccess: async ({ path, mode }, call) => {
      await driver.read(Stat.checkPathAccess, { caller: await context.caller(call), path, mode });
      return {};
    },

    getContentSummary: async ({ path }, call) => {
      const found = await contentSummary(await context.caller(call), path);
      const { length, fileCount, directoryCount, quota, spaceConsumed, spaceQuota } = found;
      return {
        summary: {
          length,
          fileCount,
          directoryCount,
          quota,
          spaceConsumed,
          spaceQuota,
          snapshotLength: 0,
          snapshotFileCount: 0,
          snapshotDirectoryCount: 0,
          snapshotSpaceConsumed: 0,
          erasureCodingPolicy: found.isFile ? 'Replicated' : '',
        },
      };
    },

    getQuotaUsage: async ({ path }, call) => {
      const found = await contentSummary(await context.caller(call), path, 'File/Directory');
      const { quota, spaceConsumed, spaceQuota } = found;
      return {
        usage: { fileAndDirectoryCount: found.fileCount + found.directoryCount, quota, spaceConsumed, spaceQuota },
      };
    },
  } satisfies Handlers<typeof ClientNamenode>;
}

/** Where a batched listing goes on: what an earlier answer gave the client. @throws InvalidProtocolBufferException */
function decodeListingKey(startAfter: Uint8Array): BatchedListingKeyProto {
  try {
    return BatchedListingKeyProto.decode(startAfter);
  } catch (e) {
    const message = e instanceof Error ? e.message : String(e);
    throw new HadoopError('org.apache.hadoop.thirdparty.protobuf.InvalidProtocolBufferException', message, e);
  }
}
