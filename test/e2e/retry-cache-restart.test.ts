// Tests that the retry cache survives a restart of the NameNode: a repeated call gets its first answer again.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { Configuration } from '../../conf/configuration.ts';
import { DataNode } from '../../datanode/datanode.ts';
import { NameNode } from '../../namenode/namenode.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import type { Method } from '../../protocol/method.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { encodeCall } from '../../protocol/rpc/frame.ts';
import { silentLogger } from '../../runtime/log.ts';
import { CLIENT_ID, HANDSHAKE, RawClient } from '../protocol/rpc/rpc-support.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const WRITER = 'DFSClient_NONMAPREDUCE_1_1';
const FILE = { masked: { perm: 0o644 }, clientName: WRITER, createFlag: 1, createParent: true, replication: 1 };
const NEW_FILE = { ...FILE, blockSize: 1 << 20, cryptoProtocolVersion: [] };

interface Once {
  readonly callId: number;
  send(port: number, retryCount: number): Promise<{ status: number; answer: string }>;
}

/** Returns a call whose client id and call id stay the same each time it is sent. */
function once<Q, S>(callId: number, method: Method<Q, S>, request: Q): Once {
  return {
    callId,
    async send(port, retryCount) {
      const bytes = encodeCall({ callId, clientId: CLIENT_ID, retryCount, protocolVersion: 1 }, method, request);
      const { header, reader } = await new RawClient(port).write(HANDSHAKE, bytes).answer();
      return { status: header.status, answer: Buffer.from(reader.buf.subarray(reader.pos)).toString('hex') };
    },
  };
}

// For @AtMostOnce calls, Hadoop's FSEditLogLoader refills the retry cache from rpcClientId and rpcCallId in the edits.
it('a NameNode that was killed answers repeats of the calls that must not run twice as it did before', async () => {
  const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-retry-'));
  cleanups.push(() => fs.rm(dir, { recursive: true, force: true }));
  const conf = new Configuration({
    'dfs.namenode.rpc-address': '127.0.0.1:0',
    'dfs.namenode.http-address': '127.0.0.1:0',
    'dfs.permissions.enabled': 'false',
    'dfs.datanode.address': '127.0.0.1:0',
    'dfs.datanode.ipc.address': '127.0.0.1:0',
    'dfs.datanode.http.address': '127.0.0.1:0',
    'dfs.datanode.data.dir': `${dir}/data`,
    'dfs.heartbeat.interval': '100ms',
    'dfs.replication': '1',
  });
  const start = async (name: string) => {
    const own = conf.clone().set('dfs.namenode.name.dir', path.join(dir, name));
    const namenode = await NameNode.start({ conf: own, log: silentLogger });
    cleanups.push(() => namenode.stop());
    return namenode;
  };
  const first = await start('name');
  const { port } = first.rpcAddress;
  conf.set('fs.defaultFS', `hdfs://127.0.0.1:${port}`).set('dfs.namenode.rpc-address', `127.0.0.1:${port}`);
  const datanode = await DataNode.start({ conf, log: silentLogger });
  cleanups.push(() => datanode.stop());
  conf.set('dfs.namenode.rpc-address', '127.0.0.1:0');
  const hdfs = new DistributedFileSystem({ conf });
  cleanups.push(() => hdfs.close());
  for (const name of ['appended', 'deleted', 'renamed', 'renamed2', 'whole', 'part']) {
    const out = await hdfs.create(`/d/${name}`);
    await out.write(Buffer.from('some bytes'));
    await out.close();
  }
  const rpc = new RpcClient({ ...first.rpcAddress, protocol: ClientNamenode.PROTOCOL, user: 'alice' });
  cleanups.push(() => rpc.close());
  await rpc.call(ClientNamenode.create, { src: '/d/open', ...NEW_FILE });
  const opened = { src: '/d/open', clientName: WRITER };
  const { block } = await rpc.call(ClientNamenode.addBlock, {
    ...opened,
    excludeNodes: [],
    favoredNodes: [],
    flags: [],
  });
  const stamped = await rpc.call(ClientNamenode.updateBlockForPipeline, { block: block.b, clientName: WRITER });
  const rename = { src: '/d/renamed2', dst: '/d/to2', overwriteDest: false };
  const calls = [
    once(1, ClientNamenode.create, { src: '/d/created', ...NEW_FILE }),
    once(2, ClientNamenode.append, { src: '/d/appended', clientName: WRITER }),
    once(3, ClientNamenode.delete_, { src: '/d/deleted', recursive: false }),
    once(4, ClientNamenode.rename, { src: '/d/renamed', dst: '/d/to' }),
    once(5, ClientNamenode.rename2, rename),
    once(6, ClientNamenode.concat, { trg: '/d/whole', srcs: ['/d/part'] }),
    once(7, ClientNamenode.updatePipeline, {
      clientName: WRITER,
      oldBlock: block.b,
      newBlock: stamped.block.b,
      newNodes: block.locs.map((l) => l.id),
      storageIDs: block.storageIDs,
    }),
  ];
  const answers = new Map<number, string>();
  for (const { callId, send } of calls) {
    const { status, answer } = await send(port, 0);
    expect([callId, status]).toEqual([callId, 0]);
    answers.set(callId, answer);
  }
  // The same rename with another call id is a new call, which must fail.
  expect(await once(100, ClientNamenode.rename2, rename).send(port, 0)).toMatchObject({ status: 1 });

  await fs.cp(path.join(dir, 'name'), path.join(dir, 'killed'), { recursive: true });
  // The second start reads the calls from `level`, where the first start moved them from the journal.
  for (const stop of ['a kill', 'a stop']) {
    const namenode = await start('killed');
    for (const { callId, send } of calls) {
      const again = await send(namenode.rpcAddress.port, 1);
      expect([stop, callId, again]).toEqual([stop, callId, { status: 0, answer: answers.get(callId) }]);
    }
    // The call did not run again: without a DataNode's report, safe mode refuses every new change.
    expect(namenode.inSafeMode).toBe(true);
    expect(await once(100, ClientNamenode.rename2, rename).send(namenode.rpcAddress.port, 1)).toMatchObject({
      status: 1,
    });
    await namenode.stop();
  }
});

// Hadoop's FSNamesystem.initRetryCache reads dfs.namenode.enable.retrycache.
it.each([
  ['true', ['1', '1', '1']],
  ['false', ['1', '0', '0']],
])(
  'with dfs.namenode.enable.retrycache = %s a delete that comes again does %j',
  async (enabled, deleted) => {
    const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-retry-'));
    cleanups.push(() => fs.rm(dir, { recursive: true, force: true }));
    const conf = new Configuration({
      'dfs.namenode.rpc-address': '127.0.0.1:0',
      'dfs.namenode.http-address': '127.0.0.1:0',
      'dfs.namenode.name.dir': dir,
      'dfs.permissions.enabled': 'false',
      'dfs.namenode.enable.retrycache': enabled,
    });
    const repeat = once(1, ClientNamenode.delete_, { src: '/d', recursive: true });
    const answers: string[] = [];
    for (const sends of [2, 1]) {
      const namenode = await NameNode.start({ conf, log: silentLogger });
      cleanups.push(() => namenode.stop());
      const { port } = namenode.rpcAddress;
      const rpc = new RpcClient({ ...namenode.rpcAddress, protocol: ClientNamenode.PROTOCOL, user: 'alice' });
      cleanups.push(() => rpc.close());
      if (sends === 2) {
        const masked = { perm: 0o755 };
        await rpc.call(ClientNamenode.mkdirs, { src: '/d', masked, createParent: true });
      }
      for (let i = 0; i < sends; i++) answers.push((await repeat.send(port, i)).answer.slice(-1));
      await namenode.stop();
    }
    expect(answers).toEqual(deleted);
  },
  60_000,
);
