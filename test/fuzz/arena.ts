// Runs the servers that the fuzzer attacks.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import { Configuration } from '../../conf/configuration.ts';
import { NameNode } from '../../namenode/namenode.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { HadoopError } from '../../runtime/errors.ts';
import { Bystander } from './bystander.ts';
import type { Captures } from './decoder-targets.ts';
import type { LivePorts } from './live-targets.ts';
import { Loopback } from './loopback.ts';
import { recordTraffic } from './record.ts';

/** Short, so that no attack holds a server for long; longer than a decoder's batch holds this process on a busy machine. */
const SHORT_WAITS = {
  'dfs.replication': '2',
  'dfs.client.socket-timeout': '15000',
  'dfs.datanode.socket.write.timeout': '15000',
};
/** Matches errors in the log that no input may cause. */
const FAULT_IN_LOG = /"type":"(TypeError|RangeError|ReferenceError)"/;

/** The servers under attack, in this process, and a bystander that uses them meanwhile. */
export class Arena implements AsyncDisposable {
  readonly ports: LivePorts;
  readonly captures: Captures;
  readonly bystander: Bystander;
  readonly #parts: Parts;

  private constructor(parts: Parts, captures: Captures) {
    this.#parts = parts;
    this.captures = captures;
    const { cluster, sandbox } = parts;
    const [attacked] = cluster.datanodes;
    this.ports = {
      namenode: cluster.namenode.rpcAddress.port,
      datanodeIpc: attacked?.ipcAddress.port ?? 0,
      xceiver: attacked?.xferAddress.port ?? 0,
      sandbox: sandbox.rpcAddress.port,
      http: [cluster.namenode.httpAddress.port, attacked?.httpAddress.port ?? 0],
    };
    this.bystander = new Bystander(cluster);
  }

  static async open(): Promise<Arena> {
    const loopback = new Loopback();
    const incidents: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line) => void (FAULT_IN_LOG.test(line) && incidents.push(line)) });
    const cluster = await MiniCluster.start({ datanodes: 2, mapreduce: false, log, properties: SHORT_WAITS });
    const captures = await recordTraffic(cluster, loopback, '/fuzz');
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-fuzz-'));
    const conf = new Configuration({
      'dfs.namenode.name.dir': path.join(dir, 'name'),
      'dfs.namenode.rpc-address': '127.0.0.1:0',
      'dfs.namenode.http-address': '127.0.0.1:0',
    });
    const sandbox = await NameNode.start({ conf, log });
    return new Arena({ loopback, incidents, cluster, sandbox, dir }, captures);
  }

  /** @throws if the bystander was disturbed, the sandbox does not answer, or a server logged an error of its own */
  async check(): Promise<void> {
    this.bystander.check();
    const [incident] = this.#parts.incidents;
    if (incident !== undefined) throw new Error(`a server's log: ${incident}`);
    const { host, port } = this.#parts.sandbox.rpcAddress;
    const client = new RpcClient({ host, port, protocol: ClientNamenode.PROTOCOL, user: 'alice' });
    try {
      await client.call(ClientNamenode.getFsStats, {});
    } catch (e) {
      // The attacker is the sandbox's superuser: a refusal is fine, as long as the sandbox answers.
      if (!(e instanceof HadoopError)) throw e;
    } finally {
      client.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { cluster, sandbox, loopback, dir } = this.#parts;
    try {
      await this.bystander.stop();
    } finally {
      await cluster.stop();
      await sandbox.stop();
      loopback.stop();
      fs.rmSync(dir, { recursive: true, force: true });
    }
  }
}

interface Parts {
  readonly loopback: Loopback;
  readonly incidents: string[];
  readonly cluster: MiniCluster;
  readonly sandbox: NameNode;
  readonly dir: string;
}
