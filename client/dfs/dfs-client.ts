/** The part of a client that all streams of one HDFS share. */
import { networkInterfaces } from 'node:os';
import { type Configuration, currentUser, parseAddress } from '../../conf/configuration.ts';
import { NAMENODE_RPC_PORT } from '../../conf/namenode-address.ts';
import { refuseLogicalUri, refuseUnsupported } from '../../conf/unsupported/refuse.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import type { DatanodeInfoProto } from '../../protocol/gen/messages.ts';
import type { Method } from '../../protocol/method.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../../runtime/runtime.ts';
import type { Explain } from './explain.ts';
import { LeaseRenewer } from './lease-renewer.ts';
import { type NamenodeRetryRule, namenodeRetryDelayMs, namenodeRetryRule } from './namenode-retry.ts';
import { PeerCache } from './peer-cache.ts';
import { isLocalDatanode } from './replica-choice.ts';

export interface DfsClientOptions {
  readonly conf: Configuration;
  /** `hdfs://host[:port]`; default fs.defaultFS. */
  readonly uri?: string | undefined;
  readonly user?: string | undefined;
  /** Receives the steps of the textbook as they happen. */
  readonly explain?: Explain | undefined;
  /** Receives a message for each failure that does not fail the call. */
  readonly warn?: ((message: string) => void) | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** Each node of a pipeline adds this to a timeout, as HdfsConstants.READ_TIMEOUT_EXTENSION. */
const TIMEOUT_EXTENSION_MS = 5000;

/** The NameNode, the client's name and lease, and idle connections: all streams of one file system share them. */
export class DfsClient {
  readonly conf: Configuration;
  readonly uri: string;
  readonly user: string;
  /** The lease holder's name. */
  readonly clientName: string;
  readonly explain: Explain | undefined;
  readonly warn: (message: string) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly peers: PeerCache;
  readonly leases: LeaseRenewer;
  readonly localAddresses: ReadonlySet<string>;
  readonly #namenode: RpcClient;
  readonly #retryRule: NamenodeRetryRule;
  readonly #socketTimeoutMs: number;
  /** True once the NameNode has answered: a NameNode that can't be reached after that is taken to be restarting. */
  #wasReached = false;
  #closing: Promise<void> | undefined;
  #closingSinceMs: number | undefined;
  #closed = false;

  constructor(options: DfsClientOptions) {
    const { conf } = options;
    this.conf = conf;
    const { host, port } = parseHdfsUri(options.uri ?? conf.get('fs.defaultFS'));
    refuseUnsupported(conf, 'client');
    refuseLogicalUri(conf, host);
    this.uri = `hdfs://${host}${port === undefined ? '' : `:${port}`}`;
    this.user = options.user ?? currentUser();
    this.explain = options.explain;
    this.warn = options.warn ?? (() => undefined);
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? systemRandom;
    this.clientName = `DFSClient_NONMAPREDUCE_${this.random.nextInt(2 ** 31)}_1`;
    this.#namenode = new RpcClient({
      host,
      port: port ?? NAMENODE_RPC_PORT,
      protocol: ClientNamenode.PROTOCOL,
      user: this.user,
      connectTimeoutMs: conf.get('ipc.client.connect.timeout'),
      callTimeoutMs: conf.get('ipc.client.rpc-timeout.ms'),
      pingIntervalMs: conf.get('ipc.ping.interval'),
      idleMsMax: conf.get('ipc.client.connection.maxidletime'),
      maxDataLengthBytes: conf.get('ipc.maximum.response.length'),
    });
    this.#retryRule = namenodeRetryRule(conf);
    this.#socketTimeoutMs = conf.get('dfs.client.socket-timeout');
    const monotonicMs = () => this.clock.monotonicMs();
    this.peers = new PeerCache(monotonicMs);
    this.leases = new LeaseRenewer({
      renew: async () => {
        await this.call(ClientNamenode.renewLease, { clientName: this.clientName, namespaces: [] });
      },
      monotonicMs,
      warn: this.warn,
      hardLimitMs: conf.get('dfs.namenode.lease-hard-limit-sec'),
    });
    this.localAddresses = localAddresses();
  }

  /**
   * Calls the NameNode. The call is sent again after a lost connection (the NameNode's retry cache recognises it), and
   * while a NameNode that answered before restarts.
   */
  call<Q, S>(method: Method<Q, S>, request: Q): Promise<S> {
    return this.#call(method, request, false);
  }

  /** Calls the NameNode for a file being written: the call is repeated while the NameNode restarts or is in safe mode. */
  callForWriter<Q, S>(method: Method<Q, S>, request: Q): Promise<S> {
    return this.#call(method, request, true);
  }

  async #call<Q, S>(method: Method<Q, S>, request: Q, forWriter: boolean): Promise<S> {
    if (this.#closed) throw hadoopError('IOException', 'Filesystem closed');
    const retryDelayMs = (error: unknown, failures: number): number | undefined => {
      const since = this.#closingSinceMs;
      const closingMs = since === undefined ? undefined : this.clock.monotonicMs() - since;
      const failed = { error, failures, wasReached: this.#wasReached, forWriter, closingMs };
      const delayMs = namenodeRetryDelayMs(this.#retryRule, failed, this.random.next());
      if (delayMs) this.warn(`The NameNode did not take ${method.name}, again in ${Math.round(delayMs)} ms: ${error}`);
      return delayMs;
    };
    const answer = await this.#namenode.call(method, request, { retryDelayMs });
    this.#wasReached = true;
    return answer;
  }

  /** Returns the host at which a DataNode listens for data transfer. */
  datanodeHost(node: DatanodeInfoProto): string {
    return this.conf.get('dfs.client.use.datanode.hostname') ? node.id.hostName : node.id.ipAddr;
  }

  isLocal(node: DatanodeInfoProto): boolean {
    return isLocalDatanode(node, this.localAddresses);
  }

  /** Returns the ms without an ack after which a pipeline with this number of nodes is given up; 0: never. */
  readTimeoutMs(nodes: number): number {
    const timeoutMs = this.#socketTimeoutMs;
    return timeoutMs > 0 ? timeoutMs + TIMEOUT_EXTENSION_MS * nodes : 0;
  }

  /** Returns the ms that a writer waits for an ack of a pipeline with this number of nodes, with all recoveries; 0: forever. */
  writeTimeoutMs(nodes: number): number {
    const timeoutMs = this.conf.get('dfs.datanode.socket.write.timeout');
    return timeoutMs > 0 ? timeoutMs + TIMEOUT_EXTENSION_MS * nodes : 0;
  }

  /** Closes the files that are still being written, then the rest (Hadoop: DFSClient.close). */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closingSinceMs = this.clock.monotonicMs();
    await this.leases.closeFiles();
    this.#closed = true;
    this.leases.close();
    this.peers.close();
    await this.#namenode.close();
  }
}

/** @throws IllegalArgumentException for anything but hdfs://host[:port] */
export function parseHdfsUri(uri: string): { host: string; port: number | undefined } {
  const authority = /^hdfs:\/\/([^/]+)\/?$/.exec(uri)?.[1];
  if (!authority) throw hadoopError('IllegalArgumentException', `Incomplete HDFS URI, no host: ${uri}`);
  if (/:\d+$/.test(authority)) return parseAddress(authority, 'fs.defaultFS');
  return { host: authority.replace(/^\[(.*)\]$/, '$1'), port: undefined };
}

function localAddresses(): ReadonlySet<string> {
  const addresses = new Set<string>();
  for (const list of Object.values(networkInterfaces())) for (const { address } of list ?? []) addresses.add(address);
  return addresses;
}
