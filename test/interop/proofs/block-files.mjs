// Proof: Calf's block files on disk are the same as Hadoop's.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { writeRandomFile } from '../lib/data.mjs';
import { hadoopDfs } from '../lib/hadoop-install.mjs';
import { waitFor } from '../lib/processes.mjs';
import { expectedPlace, finalizedReplicas, newBlocks } from '../lib/replicas.mjs';

export const title = "our DataNode's files are byte for byte those of a Hadoop DataNode";
export const needs = ['java', 'maven'];

const MIB = 1 << 20;
const SIZES = [0, 1, 511, 512, 513, 65_536, MIB + 7, 3_000_000];
const CHECKSUMS = [
  ['CRC32C', 512],
  ['CRC32', 512],
  ['CRC32C', 4096],
];

export async function prove(t) {
  const files = SIZES.map((size) => path.join(t.dir, `f${size}`));
  for (const [i, file] of files.entries()) writeRandomFile(file, SIZES[i], SIZES[i]);
  const clusters = [await t.calf(), await t.hadoop()];

  /** Puts all files with Hadoop's shell. Resolves with the new blocks, oldest first. */
  async function write(cluster, type, bytesPerChecksum) {
    const dir = `/blocks-${type}-${bytesPerChecksum}`;
    const before = finalizedReplicas(cluster.dir);
    const define = { 'dfs.blocksize': MIB, 'dfs.checksum.type': type, 'dfs.bytes-per-checksum': bytesPerChecksum };
    const defines = Object.entries(define).map(([k, v]) => `-D${k}=${v}`);
    const made = await hadoopDfs(cluster.confDir, ['-mkdir', dir]);
    const put = await hadoopDfs(cluster.confDir, [...defines, '-put', ...files, dir]);
    assert.equal(made.code + put.code, 0, made.stderr + put.stderr);
    // A file is complete with one replica of its last block; the other replicas are finalized a moment later.
    return waitFor('three replicas of every block', () => {
      const blocks = newBlocks(cluster.dir, before);
      return blocks.length > 0 && blocks.every((replicas) => replicas.length >= 3) && blocks;
    });
  }

  for (const [type, bytesPerChecksum] of CHECKSUMS) {
    await t.step(`${type} of ${bytesPerChecksum} bytes, files of ${SIZES.join(', ')} bytes`, async () => {
      const [ours, theirs] = [
        await write(clusters[0], type, bytesPerChecksum),
        await write(clusters[1], type, bytesPerChecksum),
      ];
      assert.equal(theirs.length, 10); // the empty file has no block; the last two files have 2 and 3
      assert.equal(ours.length, theirs.length, 'number of blocks');
      let compared = 0;
      theirs.forEach((replicas, i) => {
        assert.equal(ours[i].length, 3, 'replicas of ours');
        for (const replica of ours[i]) {
          assertSame(replica.file, replicas[0].file);
          assertSame(replica.metaFile, replicas[0].metaFile);
          compared += 2;
        }
      });
      return `${compared} files`;
    });
  }

  await t.step('the files lie where Hadoop puts them', () => {
    for (const cluster of clusters) {
      for (const r of finalizedReplicas(cluster.dir)) {
        assert.equal(r.place, expectedPlace(r.blockId));
        assert.match(r.pool, /^BP-\d+-[\d.]+-\d+$/);
      }
    }
  });

  await t.step('the VERSION files have the same properties', () => {
    const [ours, theirs] = clusters.map((cluster) => versionFiles(cluster.dir));
    assert.deepEqual(ours, theirs);
    return Object.keys(theirs).join(', ');
  });
}

/** Compares two files, and names the first byte that differs instead of dumping both. */
function assertSame(file, other) {
  const [a, b] = [fs.readFileSync(file), fs.readFileSync(other)];
  if (a.equals(b)) return;
  const at = a.findIndex((byte, i) => byte !== b[i]);
  const show = (bytes) => bytes.subarray(Math.max(0, at - 4), at + 12).toString('hex');
  assert.fail(
    `${path.basename(file)} (${a.length} bytes) and ${path.basename(other)} (${b.length}) differ at ${at}: ${show(a)}, ${show(b)}`,
  );
}

/** Returns the property names and constant values of a DataNode's VERSION files, by path. */
function versionFiles(root) {
  const found = {};
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    const dir = entry.parentPath ?? entry.path;
    if (entry.name !== 'VERSION') continue;
    const text = fs.readFileSync(path.join(dir, entry.name), 'utf8');
    if (!text.includes('DATA_NODE') && !dir.includes('BP-')) continue; // a NameNode's VERSION file
    const properties = Object.fromEntries(
      text
        .split('\n')
        .filter((l) => /^\w/.test(l))
        .map((l) => l.split('=')),
    );
    for (const [key, value] of Object.entries(properties)) {
      if (!/^(storageType|layoutVersion|cTime)$/.test(key) || (key === 'cTime' && value !== '0'))
        properties[key] = '(set)';
    }
    found[dir.includes('BP-') ? 'BP-*/current/VERSION' : 'current/VERSION'] = properties;
  }
  return found;
}
