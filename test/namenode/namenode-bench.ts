/** Starts NameNodes for tests, each test in a directory of its own and on free ports. */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { Configuration } from '../../conf/configuration.ts';
import { NameNode } from '../../namenode/namenode.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { Closers } from '../../runtime/closers.ts';
import { silentLogger } from '../../runtime/log.ts';

type Properties = Readonly<Record<string, string>>;

export class NameNodeBench {
  dir = '';
  #closers = new Closers();

  async open(): Promise<void> {
    const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-nn-'));
    this.dir = dir;
    this.#closers = new Closers();
    this.#closers.add(() => fs.rm(dir, { recursive: true, force: true }));
  }

  close(): Promise<void> {
    return this.#closers.close();
  }

  /** Returns the settings of a NameNode whose name directory is `name` in the test's directory. */
  conf(properties: Properties = {}): Configuration {
    return new Configuration({
      'dfs.namenode.rpc-address': '127.0.0.1:0',
      'dfs.namenode.http-address': '127.0.0.1:0',
      'dfs.namenode.name.dir': path.join(this.dir, 'name'),
      ...properties,
    });
  }

  /**
   * Starts a NameNode whose superuser is `hdfs`. It is stopped at the end of the test, if the test has not stopped it.
   */
  async start(properties: Properties = {}): Promise<NameNode> {
    const namenode = await NameNode.start({ conf: this.conf(properties), log: silentLogger, user: 'hdfs' });
    this.#closers.add(() => namenode.stop());
    return namenode;
  }

  /** Returns a client of ClientProtocol that is closed at the end of the test. */
  client({ rpcAddress }: Pick<NameNode, 'rpcAddress'>, user = 'hdfs'): RpcClient {
    const client = new RpcClient({ ...rpcAddress, protocol: ClientNamenode.PROTOCOL, user });
    this.#closers.add(() => client.close());
    return client;
  }
}

/** Makes a bench for a file of tests. The bench is opened before each test and closed after the test. */
export function nameNodeBench(): NameNodeBench {
  const bench = new NameNodeBench();
  beforeEach(() => bench.open());
  afterEach(() => bench.close());
  return bench;
}
