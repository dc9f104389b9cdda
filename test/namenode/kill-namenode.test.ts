// Kills a NameNode under load with kill -9: every acknowledged create must exist afterwards.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import esbuild from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FILES = 400;
const WRITERS = 16;
/** Numbers of acknowledged creates after which the NameNode is killed, while other creates are running. */
const KILL_AFTER = [57, 161, 320];

let dir: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-kill-nn-'));
  await esbuild.build({
    entryPoints: [path.join(import.meta.dirname, 'namenode-process.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['classic-level'],
    outfile: path.join(dir, 'namenode.cjs'),
    logLevel: 'error',
  });
});

afterEach(async () => {
  child?.kill('SIGKILL');
  await fs.rm(dir, { recursive: true, force: true });
});

async function startNameNode(): Promise<number> {
  const args = [
    'dfs.namenode.rpc-address=127.0.0.1:0',
    'dfs.namenode.http-address=127.0.0.1:0',
    `dfs.namenode.name.dir=${dir}/name`,
  ];
  const env = { ...process.env, NODE_PATH: path.join(ROOT, 'node_modules') };
  child = fork(path.join(dir, 'namenode.cjs'), args, { env, execArgv: [] });
  const [message] = (await once(child, 'message')) as [{ port?: number; error?: string }];
  if (message.port === undefined) throw new Error(message.error);
  return message.port;
}

const connect = (port: number) =>
  new RpcClient({ host: '127.0.0.1', port, protocol: ClientNamenode.PROTOCOL, user: 'hdfs' });

const create = (client: RpcClient, src: string) =>
  client.call(ClientNamenode.create, {
    src,
    masked: { perm: 0o644 },
    clientName: 'DFSClient_NONMAPREDUCE_1_1',
    createFlag: 3,
    createParent: true,
    replication: 1,
    blockSize: 1 << 20,
    cryptoProtocolVersion: [],
  });

describe('kill -9 of the NameNode', () => {
  it('loses none of the files that it had acknowledged', async () => {
    const acknowledged = new Map<string, number>();
    let next = 0;
    for (const killAfter of [...KILL_AFTER, Number.POSITIVE_INFINITY]) {
      const port = await startNameNode();
      const dying = child;
      const writers = Array.from({ length: WRITERS }, async () => {
        const client = connect(port);
        try {
          for (let i = next++; i < FILES; i = next++) {
            const { fs: status } = await create(client, `/files/${i % 7}/f${i}`);
            acknowledged.set(`/files/${i % 7}/f${i}`, status?.fileId ?? 0);
            if (acknowledged.size >= killAfter) dying?.kill('SIGKILL');
          }
        } catch (e) {
          // The connection is broken. A create without an answer may or may not have happened.
          if (acknowledged.size < killAfter) throw e;
        } finally {
          await client.close();
        }
      });
      await Promise.all(writers);
      dying?.kill('SIGKILL');
      if (dying?.exitCode === null && dying.signalCode === null) await once(dying, 'exit');
    }
    expect(acknowledged.size).toBeGreaterThan(FILES - KILL_AFTER.length * WRITERS - 1);

    const client = connect(await startNameNode());
    for (const [src, fileId] of acknowledged) {
      const { fs: status } = await client.call(ClientNamenode.getFileInfo, { src });
      expect(status?.fileId, src).toBe(fileId);
    }
    await client.close();
  });
});
