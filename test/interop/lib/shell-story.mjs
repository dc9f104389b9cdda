// Plays a user's session at a shell, one command after the other: with Hadoop's shell on Calf's cluster, and with
// Calf's shell on Hadoop's.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sha256, writeRandomFile } from './data.mjs';
import { waitFor } from './processes.mjs';
import { finalizedReplicas, newBlocks } from './replicas.mjs';

const FILE_BYTES = 300_000_000; // 3 blocks of 128 MiB, the last one partial
const { username } = os.userInfo();

/**
 * @param t the proof
 * @param shell runs `hdfs dfs` with a configuration directory, arguments and `run` options
 * @param otherShell the other shell, whose `-checksum` must print the same
 * @param cluster the cluster of the other software
 */
export async function shellStory(t, shell, otherShell, cluster) {
  const local = path.join(t.dir, 'big');
  const digest = writeRandomFile(local, FILE_BYTES);
  const ok = async (args, options) => {
    const result = await shell(cluster.confDir, args, options);
    assert.equal(
      result.code,
      0,
      `${args.join(' ')}: exit code ${result.code}\n${result.stdout.slice(0, 2000)}${result.stderr}`,
    );
    return result.stdout;
  };
  const before = finalizedReplicas(cluster.dir);

  await t.step('-mkdir -p', () => ok(['-mkdir', '-p', '/story/a/b']).then((out) => assert.equal(out, '')));
  await t.step('-put of 300 MB', () => ok(['-put', local, '/story/a/b/big']).then((out) => assert.equal(out, '')));
  await t.step('the file is 3 blocks of 3 replicas', async () => {
    // A block is complete with its first replica; its other replicas are finalized a moment later.
    const blocks = await waitFor('9 replicas', () => {
      const found = newBlocks(cluster.dir, before);
      return found.flat().length === 9 && found;
    });
    assert.deepEqual(
      blocks.map((replicas) => replicas.length),
      [3, 3, 3],
    );
    const lengths = blocks.map(([first]) => fs.statSync(first.file).size);
    assert.deepEqual(lengths, [1 << 27, 1 << 27, FILE_BYTES - (1 << 28)]);
  });
  await t.step('-ls', async () => {
    const [head, line, ...rest] = (await ok(['-ls', '/story/a/b'])).split('\n');
    assert.equal(head, 'Found 1 items');
    assert.match(
      line,
      new RegExp(
        `^-rw-r--r--   3 ${username} supergroup  ${FILE_BYTES} \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d /story/a/b/big$`,
      ),
    );
    assert.deepEqual(rest, ['']);
  });
  await t.step('-cat has the same SHA-256', async () => {
    assert.equal(await ok(['-cat', '/story/a/b/big'], { hash: true }), digest);
  });
  await t.step('-get has the same SHA-256', async () => {
    const copy = path.join(t.dir, 'copy');
    await ok(['-get', '/story/a/b/big', copy]);
    assert.equal(await sha256(copy), digest);
    fs.rmSync(copy);
  });
  await t.step('-checksum is equal from both shells', async () => {
    const mine = await ok(['-checksum', '/story/a/b/big']);
    const theirs = await otherShell(cluster.confDir, ['-checksum', '/story/a/b/big']);
    assert.match(mine, /^\/story\/a\/b\/big\tMD5-of-262144MD5-of-512CRC32C\t[0-9a-f]{56}\n$/);
    assert.equal(mine, theirs.stdout, theirs.stderr);
    return mine.trim().split('\t').at(-1);
  });
  await t.step('-rm -r', async () => {
    assert.equal(await ok(['-rm', '-r', '/story']), 'Deleted /story\n');
    const { code, stderr } = await shell(cluster.confDir, ['-ls', '/story']);
    assert.equal(code, 1);
    assert.match(stderr, /ls: `\/story': No such file or directory\n$/);
  });
}
