// Proof: Hadoop's NameNode and Calf's let the same users call the same methods, and refuse them in the same words.
import assert from 'node:assert/strict';
import os from 'node:os';
import { bundled } from '../lib/bundle.mjs';

export const title = 'a superuser, an owner and another user may call the same methods on Hadoop as on our cluster';
export const needs = ['java', 'maven'];

/** Calf asks for the right to read a file before it names the file's blocks. Hadoop asks for it in getBlockLocations alone. */
const STRICTER = /^ClientProtocol\.getLocatedFileInfo: other with \{"parent":7,"target":3,"destination":7\} is allowed/;

export async function prove(t) {
  const { differencesFromTables } = await bundled('test/namenode/rpc/access/who-may-call.ts');
  for (const [name, cluster] of [
    ['Hadoop', () => t.hadoop()],
    ['our cluster', () => t.calf()],
  ]) {
    await t.step(`the tables of access rules hold on ${name}`, async () => {
      const { hostname: host, port } = new URL((await cluster()).uri);
      const found = await differencesFromTables({ host, port: Number(port) }, os.userInfo().username);
      assert.deepEqual(
        found.filter((line) => name !== 'Hadoop' || !STRICTER.test(line)),
        [],
      );
    });
  }
}
