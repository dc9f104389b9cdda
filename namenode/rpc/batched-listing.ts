/** The answer to getBatchedListing: the listings of several paths, one page after the other. */

import { createHash } from 'node:crypto';
import {
  type BatchedDirectoryListingProto,
  BatchedListingKeyProto,
  type GetBatchedListingRequestProto,
  type GetBatchedListingResponseProto,
} from '../../protocol/gen/messages.ts';
import { HadoopError, hadoopError, messageOf } from '../../runtime/errors.ts';
import type { Caller } from '../command/caller.ts';
import * as Stat from '../namespace/stat-and-listing.ts';
import type { ClientContext } from './context/client-context.ts';

/** The default of dfs.batched.ls.limit: the paths of one call. */
const BATCHED_PATHS_MAX = 100;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Lists directories until a page is full (dfs.ls.limit), beginning where the page before ended. A path that can't be
 * listed has its exception in place of its entries.
 * @throws IllegalArgumentException for too many paths, and for others than those that the listing began with
 */
export async function batchedListing(
  { driver, settings }: ClientContext,
  caller: Caller,
  request: GetBatchedListingRequestProto,
): Promise<GetBatchedListingResponseProto> {
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
  const pageUpTo = (pathIndex: number, startAfter: Uint8Array) => {
    const next = { checksum, pathIndex, startAfter };
    return { listings, hasMore: true, startAfter: BatchedListingKeyProto.encode(next) };
  };
  let budget = settings.listingLimit;
  for (let i = from?.pathIndex ?? 0; i < paths.length; i++) {
    const path = paths[i] ?? '';
    const startAfter = i === from?.pathIndex ? decoder.decode(from.startAfter) : '';
    try {
      const page = await driver.read(Stat.getListing, { caller, path, startAfter, needLocation });
      if (page === undefined) throw hadoopError('FileNotFoundException', `Path ${path} does not exist`);
      listings.push({ partialListing: page.partialListing, parentIdx: i });
      budget -= page.partialListing.length;
      const last = page.partialListing.at(-1);
      if (page.remainingEntries > 0 && last !== undefined) return pageUpTo(i, last.path);
    } catch (e) {
      if (!(e instanceof HadoopError)) throw e;
      const { javaClass: className, message } = e;
      listings.push({ partialListing: [], parentIdx: i, exception: { className, message } });
    }
    if (budget <= 0 && i + 1 < paths.length) return pageUpTo(i + 1, encoder.encode(''));
  }
  return { listings, hasMore: false, startAfter: encoder.encode('') };
}

/** Reads the place at which a listing continues, from the key that the page before gave. @throws InvalidProtocolBufferException */
function decodeListingKey(startAfter: Uint8Array): BatchedListingKeyProto {
  try {
    return BatchedListingKeyProto.decode(startAfter);
  } catch (e) {
    throw new HadoopError('org.apache.hadoop.thirdparty.protobuf.InvalidProtocolBufferException', messageOf(e), e);
  }
}
