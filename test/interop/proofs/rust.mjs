// Proof: the Rust client hdfs-native goes on writing while a DataNode is killed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { CalfCluster, calfDfs } from '../lib/calf-cluster.mjs';
import { sha256 } from '../lib/data.mjs';
import { runOk } from '../lib/processes.mjs';
import { cacheDir, interopDir } from '../lib/tools.mjs';

export const title = 'the Rust client hdfs-native writes while a DataNode is killed, appends and reads';
export const needs = ['python'];

const VERSION = '0.14.7';
const venv = path.join(cacheDir, `hdfs-native-${VERSION}`);
const python = path.join(venv, process.platform === 'win32' ? 'Scripts' : 'bin', 'python');

async function install() {
  const done = path.join(venv, 'installed'); // written last, so that a broken installation is repeated
  if (fs.existsSync(done)) return;
  await runOk('python3', ['-m', 'venv', '--clear', venv]);
  const args = ['-m', 'pip', 'install', '--quiet', '--no-input', `hdfs-native==${VERSION}`];
  await runOk(python, args, { timeoutMs: 300_000 });
  fs.writeFileSync(done, '');
}

/** Runs the program, and calls `atHalf` when half is written. @returns the program's output */
async function session(uri, directory, atHalf) {
  const child = spawn(python, [path.join(interopDir, 'rust', 'session.py'), uri, directory]);
  const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    if (!stdout.includes('half') && `${stdout}${chunk}`.includes('half')) {
      atHalf();
      child.stdin.end('\n');
    }
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  assert.equal(code, 0, stderr);
  return stdout;
}

export async function prove(t) {
  await t.step(`pip install hdfs-native==${VERSION}`, install);
  // Each position gets a new cluster: hdfs-native gives up when a new block's pipeline begins with a dead DataNode.
  for (const position of ['first', 'second']) {
    await t.step(`writes 33 MiB while the ${position} DataNode that has it is killed, appends, reads`, async () => {
      const cluster = new CalfCluster(path.join(t.dir, position), { datanodes: 4 });
      try {
        await cluster.start();
        const kill = () => {
          const found = cluster.writingDatanodes();
          assert.equal(found.length, 3, `written by DataNodes ${found}`);
          cluster.endDataNode(found[position === 'first' ? 0 : 1]);
        };
        const printed = await session(cluster.uri, '/rust', kill);
        const copy = path.join(t.dir, `${position}-copy`);
        const { code, stderr } = await calfDfs(cluster.confDir, ['-get', '/rust/moved', copy]);
        assert.equal(code, 0, stderr);
        const [, bytes, digest] = printed.match(/bytes (\d+) sha256 (\w+)/);
        assert.equal(Number(bytes), 33 * 2 ** 20 + 7);
        assert.equal(await sha256(copy), digest, 'our shell reads other bytes');
      } finally {
        await cluster.stop();
      }
    });
  }
}
