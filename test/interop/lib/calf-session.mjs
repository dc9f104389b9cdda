// Writes and reads an HDFS with Calf's client, by commands from stdin, one a line; see file-session.mjs. The same
// program for Hadoop's client is ../java/FileSession.java.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { pathToFileURL } from 'node:url';
import { projectDir } from './tools.mjs';

const { Configuration, DistributedFileSystem } = await import(
  pathToFileURL(path.join(projectDir, 'dist', 'index.js')).href
);
const dfs = new DistributedFileSystem({ conf: Configuration.load(), warn: (message) => console.error(message) });
const open = new Map();

const COMMANDS = {
  create: async (name, replication) => {
    open.set(name, await dfs.create(name, { replication: Number(replication) }));
  },
  append: async (name) => {
    open.set(name, await dfs.append(name));
  },
  'append-new-block': async (name) => {
    open.set(name, await dfs.append(name, { newBlock: true }));
  },
  write: (name, file, from, to) => {
    const bytes = Buffer.alloc(to - from);
    const fd = fs.openSync(file);
    fs.readSync(fd, bytes, 0, bytes.length, Number(from));
    fs.closeSync(fd);
    return open.get(name).write(bytes);
  },
  hflush: (name) => open.get(name).hflush(),
  hsync: (name) => open.get(name).hsync(),
  close: async (name) => {
    const stream = open.get(name);
    open.delete(name);
    await stream.close();
  },
  sha: async (name) => {
    const hash = createHash('sha256');
    const input = await dfs.open(name);
    for await (const chunk of input.stream()) hash.update(chunk);
    await input.close();
    return hash.digest('hex');
  },
  truncate: (name, length) => dfs.truncate(name, Number(length)),
  'recover-lease': (name) => dfs.recoverLease(name),
  'is-file-closed': (name) => dfs.isFileClosed(name),
};

console.log('ok ready');
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [command, ...args] = line.split(' ');
  try {
    console.log(`ok ${(await COMMANDS[command](...args)) ?? ''}`);
  } catch (error) {
    console.error(error);
    console.log(`error ${error.javaClass ?? error.name}: ${error.message}`.replaceAll('\n', ' '));
  }
}
