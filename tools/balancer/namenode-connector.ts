/** The balancer's connection to its NameNode, and the lock that keeps a second balancer out. */
import { hostname } from 'node:os';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import type { FileOutput } from '../../client/filesystem/file-system.ts';
import { parseAddress } from '../../conf/configuration.ts';
import { NAMENODE_RPC_PORT } from '../../conf/namenode-address.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import {
  type BlocksWithLocationsProto,
  DatanodeReportTypeProto,
  type DatanodeStorageReportProto,
  RollingUpgradeActionProto,
} from '../../protocol/gen/messages.ts';
import * as Namenode from '../../protocol/gen/namenode.ts';
import type { Method } from '../../protocol/method.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import { sleep } from '../../runtime/promises.ts';
import type { StorageGroup } from './storage-group.ts';

/** The file that a balancer keeps open while it runs, as a lock; Balancer.BALANCER_ID_PATH. */
export const BALANCER_ID_PATH = '/system/balancer.id';
const APPEND_FLAG = 0x04;

/** The calls of a balancer to its NameNode; org.apache.hadoop.hdfs.server.balancer.NameNodeConnector. */
export class NameNodeConnector {
  readonly fs: DistributedFileSystem;
  readonly poolId: string;
  readonly #namenode: RpcClient;
  readonly #lock: FileOutput;
  readonly #getBlocksIntervalMs: number;
  #nextGetBlocksMs = 0;

  /** Connects and takes the balancer's lock. @throws IOException if another balancer runs */
  static async connect(fs: DistributedFileSystem): Promise<NameNodeConnector> {
    const { conf, user } = fs;
    const authority = fs.uri.replace(/^hdfs:\/\//, '');
    const { host, port } = /:\d+$/.test(authority)
      ? parseAddress(authority, 'fs.defaultFS')
      : { host: authority, port: NAMENODE_RPC_PORT };
    const namenode = new RpcClient({
      host,
      port,
      protocol: Namenode.PROTOCOL,
      user,
      connectTimeoutMs: conf.get('ipc.client.connect.timeout'),
      callTimeoutMs: conf.get('ipc.client.rpc-timeout.ms'),
      pingIntervalMs: conf.get('ipc.ping.interval'),
      maxDataLengthBytes: conf.get('ipc.maximum.response.length'),
    });
    try {
      const { info } = await namenode.call(Namenode.versionRequest, {}, { retries: 1 });
      const { keys } = await namenode.call(Namenode.getBlockKeys, {}, { retries: 1 });
      if (keys?.isBlockTokenEnabled) {
        throw hadoopError(
          'IOException',
          'Block access tokens are not supported: set dfs.block.access.token.enable to false',
        );
      }
      return new NameNodeConnector(fs, namenode, info.blockPoolID, await takeLock(fs));
    } catch (e) {
      await namenode.close();
      throw e;
    }
  }

  private constructor(fs: DistributedFileSystem, namenode: RpcClient, poolId: string, lock: FileOutput) {
    this.fs = fs;
    this.poolId = poolId;
    this.#namenode = namenode;
    this.#lock = lock;
    const callsPerSecond = fs.conf.get('dfs.namenode.get-blocks.max-qps');
    this.#getBlocksIntervalMs = callsPerSecond > 0 ? 1000 / callsPerSecond : 0;
  }

  /** Returns blocks of a storage group that add up to about `sizeBytes`. */
  async getBlocks(
    source: StorageGroup,
    sizeBytes: number,
    minBlockSizeBytes: number,
    hotIntervalMs: number,
  ): Promise<BlocksWithLocationsProto['blocks']> {
    await this.#awaitTurn();
    const { blocks } = await this.#call(Namenode.getBlocks, {
      datanode: source.info.id,
      size: sizeBytes,
      minBlockSize: minBlockSizeBytes,
      timeInterval: hotIntervalMs,
      storageType: source.type,
    });
    return blocks.blocks;
  }

  async liveDatanodeStorageReports(): Promise<DatanodeStorageReportProto[]> {
    const request = { type: DatanodeReportTypeProto.LIVE };
    return (await this.fs.call(ClientNamenode.getDatanodeStorageReport, request)).datanodeStorageReports;
  }

  /** Whether an upgrade is not finalized yet. Until then DataNodes keep deleted blocks, and balancing frees no space. */
  async isUpgrading(): Promise<boolean> {
    const { isUpgradeFinalized } = await this.#call(Namenode.isUpgradeFinalized, {});
    if (!isUpgradeFinalized) return true;
    const { rollingUpgradeInfo: info } = await this.fs.call(ClientNamenode.rollingUpgrade, {
      action: RollingUpgradeActionProto.QUERY,
    });
    return info !== undefined && info.finalizeTime === 0;
  }

  /** Releases the lock and closes the connections. */
  async close(): Promise<void> {
    try {
      await this.#lock.close();
      await this.fs.delete(BALANCER_ID_PATH, true);
    } finally {
      await this.#namenode.close();
    }
  }

  #call<Q, S>(method: Method<Q, S>, request: Q): Promise<S> {
    return this.#namenode.call(method, request, { retries: 1 });
  }

  /** Keeps to dfs.namenode.get-blocks.max-qps: a getBlocks call makes the NameNode's clients wait. */
  async #awaitTurn(): Promise<void> {
    const nowMs = this.fs.client.clock.monotonicMs();
    const waitMs = Math.max(0, this.#nextGetBlocksMs - nowMs);
    this.#nextGetBlocksMs = nowMs + waitMs + this.#getBlocksIntervalMs;
    if (waitMs > 0) await sleep(waitMs);
  }
}

/** Creates the lock file and leaves it open. While its lease is renewed, no other balancer can create it. */
async function takeLock(fs: DistributedFileSystem): Promise<FileOutput> {
  try {
    await removeAbandonedLock(fs);
    return await createLock(fs);
  } catch (e) {
    if (!isHadoopError(e, 'AlreadyBeingCreatedException') && !isHadoopError(e, 'FileAlreadyExistsException')) throw e;
    throw hadoopError('IOException', 'Another Balancer is running.', e);
  }
}

async function createLock(fs: DistributedFileSystem): Promise<FileOutput> {
  const lock = await fs.create(BALANCER_ID_PATH, { overwrite: false });
  try {
    await lock.write(Buffer.from(hostname()));
    await lock.hflush();
    return lock;
  } catch (e) {
    await lock.abort();
    await fs.delete(BALANCER_ID_PATH, true);
    throw e;
  }
}

/** Deletes the lock file of a balancer that is gone. While a balancer has the file open, the append throws. */
async function removeAbandonedLock(fs: DistributedFileSystem): Promise<void> {
  const { fs: status } = await fs.call(ClientNamenode.getFileInfo, { src: BALANCER_ID_PATH });
  if (!status) return;
  await fs.call(ClientNamenode.append, { src: BALANCER_ID_PATH, clientName: fs.client.clientName, flag: APPEND_FLAG });
  await fs.delete(BALANCER_ID_PATH, true);
}
