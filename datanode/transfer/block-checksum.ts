/** BLOCK_CHECKSUM: computes the checksum of a block from the checksums of its chunks. */
import { createHash } from 'node:crypto';
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import {
  BlockChecksumTypeProto,
  type OpBlockChecksumProto,
  type OpBlockChecksumResponseProto,
} from '../../protocol/gen/messages.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { fileLength, readFully } from '../../runtime/files/file-io.ts';
import type { BlockStore } from '../replicas/block-store.ts';
import { CorruptReplica } from '../replicas/corrupt-replica.ts';
import { checkMetaLength, checksumSizeOf, META_HEADER_BYTES, metaLength } from '../replicas/meta-header.ts';
import { closeReplicaFiles, type OpenReplica, openStored, verifyFirstChunk } from '../replicas/replica-files.ts';
import { type Replica, visibleLength } from '../replicas/replica-state.ts';
import { verifyChecksums } from '../replicas/replica-verification.ts';
import type { StoredReplica } from '../replicas/stored-replica.ts';
import { CrcComposer } from './composite-crc.ts';

const READ_BYTES = 256 * 1024;

/** Turns the checksums of a block's chunks into one checksum of the block. */
interface Digest {
  /** @param checksums big-endian, of chunks of `chunkBytes` each */
  update(checksums: Buffer, chunkBytes: number): void;
  digest(): Buffer;
}

/**
 * Returns a block's checksum, made from the checksums in its meta file (Hadoop: BlockChecksumHelper). It is the MD5 of those
 * checksums, or the CRC of the data composed of them. A request for a part of the block gets the checksum of that part.
 * Hadoop does not read the data. Here the data of a finalized replica is compared first: a stored checksum that is damaged
 * would lead to a wrong answer.
 * @throws ReplicaNotFoundException, IOException, CorruptReplica
 */
export async function blockChecksum(
  store: BlockStore,
  request: OpBlockChecksumProto,
): Promise<OpBlockChecksumResponseProto> {
  const { block } = request.header;
  const stored = store.get(block);
  // Read in one step with the state, because an append that comes later changes the last chunk's checksum.
  const { state, files, last } = await stored.exclusive(async () => {
    const opened = await openStored(stored, 'r');
    try {
      const { kind, bytesOnDisk } = stored.state;
      checkMetaLength(opened.spec, bytesOnDisk, await fileLength(opened.metaFd), stored.name);
      // The checksums of a replica that is written may be ahead of its data. A damaged header shows in the first chunk.
      if (kind !== 'FINALIZED') await verifyFirstChunk(opened, bytesOnDisk, stored.name);
      return { state: stored.state, files: opened, last: await readLastChecksum(opened, stored.state) };
    } catch (e) {
      await closeReplicaFiles(opened);
      throw e;
    }
  });
  try {
    const { dataFd, metaFd, spec } = files;
    const checksum = new DataChecksum(spec.type, spec.bytesPerChecksum);
    const size = checksumSizeOf(spec);
    const options = request.blockChecksumOptions ?? { blockChecksumType: BlockChecksumTypeProto.MD5CRC };
    const isComposite = options.blockChecksumType === BlockChecksumTypeProto.COMPOSITE_CRC;
    const digest = isComposite ? compositeDigest(checksum, options.stripeLength ?? 0) : md5Digest();
    const visible = visibleLength(state);
    const length = block.numBytes ? Math.min(block.numBytes, visible) : visible;
    const wholeChunks = Math.floor(length / spec.bytesPerChecksum);
    if (state.kind === 'FINALIZED') await verifyData(stored, state, files, length, last);
    const read = await feedChecksums(metaFd, digest, wholeChunks * size, spec.bytesPerChecksum);
    if (read < wholeChunks * size) throw hadoopError('EOFException', `${stored.name}: checksums are missing`);
    const rest = length % spec.bytesPerChecksum;
    if (rest > 0 && size > 0) {
      const chunk = Buffer.alloc(rest);
      await readFully(dataFd, chunk, length - rest);
      digest.update(length === state.bytesOnDisk && last ? last : checksum.compute(chunk), rest);
    }
    const metaChecksumBytes = (await fileLength(metaFd)) - META_HEADER_BYTES;
    return {
      bytesPerCrc: spec.bytesPerChecksum,
      crcPerBlock: size === 0 ? 0 : Math.floor(metaChecksumBytes / size),
      blockChecksum: digest.digest(),
      crcType: checksum.toProto().type,
      blockChecksumOptions: options,
    };
  } finally {
    await closeReplicaFiles(files);
  }
}

/**
 * Compares the chunks that hold the first bytes of a finalized replica with their checksums.
 * @throws CorruptReplica; IOException if the replica was changed meanwhile, which may be all that is wrong
 */
async function verifyData(
  stored: StoredReplica,
  state: Replica,
  files: OpenReplica,
  length: number,
  last: Buffer | undefined,
): Promise<void> {
  const chunks = Math.ceil(length / files.spec.bytesPerChecksum) * files.spec.bytesPerChecksum;
  const end = Math.min(chunks, state.bytesOnDisk);
  try {
    await verifyChecksums(files, stored.name, end, end === state.bytesOnDisk ? { lastChecksum: last } : {});
  } catch (e) {
    if (!(e instanceof CorruptReplica) || stored.state === state) throw e;
    throw hadoopError('IOException', `${stored.name} was changed while its checksum was computed`, e);
  }
}

/** Returns the stored checksum of a finished replica's partial last chunk; undefined if there is none. */
async function readLastChecksum({ metaFd, spec }: OpenReplica, state: Replica): Promise<Buffer | undefined> {
  const isPartial = state.bytesOnDisk % spec.bytesPerChecksum !== 0;
  if (state.kind !== 'FINALIZED' || !isPartial || spec.type === 'NULL') return undefined;
  const checksum = Buffer.alloc(checksumSizeOf(spec));
  await readFully(metaFd, checksum, metaLength(spec, state.bytesOnDisk) - checksum.length);
  return checksum;
}

/** Feeds checksums from the meta file to `digest`. Returns the number of bytes read, at most `limit`. */
async function feedChecksums(metaFd: number, digest: Digest, limit: number, chunkBytes: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let done = 0;
  while (done < limit) {
    const wanted = Math.min(READ_BYTES, limit - done);
    const count = await readFully(metaFd, buffer.subarray(0, wanted), META_HEADER_BYTES + done);
    digest.update(buffer.subarray(0, count), chunkBytes);
    done += count;
    if (count < wanted) break;
  }
  return done;
}

function md5Digest(): Digest {
  const hash = createHash('md5');
  return {
    update: (checksums) => {
      hash.update(checksums);
    },
    digest: () => hash.digest(),
  };
}

/** Returns a digest of one CRC for each stripe. With a stripe length of 0, or above the block's, one CRC covers all. */
function compositeDigest(checksum: DataChecksum, stripeLength: number): Digest {
  const { type } = checksum;
  if (type === 'NULL') throw hadoopError('IOException', 'COMPOSITE_CRC needs a block with checksums');
  const stripes: number[] = [];
  let composer = new CrcComposer(type);
  let inStripe = 0;
  const endStripe = (): void => {
    stripes.push(composer.digest());
    composer = new CrcComposer(type);
    inStripe = 0;
  };
  return {
    update: (checksums, chunkBytes) => {
      for (let at = 0; at < checksums.length; at += 4) {
        composer.update(checksums.readUInt32BE(at), chunkBytes);
        inStripe += chunkBytes;
        if (inStripe === stripeLength) endStripe();
      }
    },
    digest: () => {
      if (inStripe > 0) endStripe();
      const bytes = Buffer.alloc(stripes.length * 4);
      for (const [i, crc] of stripes.entries()) bytes.writeUInt32BE(crc, i * 4);
      return bytes;
    },
  };
}
