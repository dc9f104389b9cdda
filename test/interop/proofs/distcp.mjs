// Proof: for a table of command lines, Calf's distcp leaves the trees, and ends with the status, the counters and the
// failures, of Hadoop's. Both copy between the local disk, Calf's HDFS and Hadoop's.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CASES } from '../lib/distcp-cases.mjs';
import { distCpJar, javaArgs } from '../lib/hadoop-install.mjs';
import { run } from '../lib/processes.mjs';
import { interopDir, java, projectDir } from '../lib/tools.mjs';

export const title = 'distcp copies as Hadoop 3.4.2 does, between local files, our HDFS and its own';
export const needs = ['java', 'maven'];

const CALF_PROGRAM = fileURLToPath(new URL('../lib/distcp-calf.mjs', import.meta.url));
const WHOS = ['hadoop', 'calf'];
const HOUR_MS = 3_600_000;

/** The file systems of the cases, by their letters, with the directory of a case on each. */
class Places {
  constructor(dir, calf, hadoop) {
    Object.assign(this, { dir, uris: { L: 'file:', C: calf.uri, H: hadoop.uri } });
  }

  async open() {
    const { Configuration, getFileSystem } = await import(
      pathToFileURL(path.join(projectDir, 'dist', 'index.js')).href
    );
    const open = (letter) =>
      getFileSystem(letter === 'L' ? 'file:///' : this.uris[letter], new Configuration({ 'dfs.replication': 1 }));
    this.fs = { L: open('L'), C: open('C'), H: open('H') };
  }

  root(letter, who, index) {
    return letter === 'L' ? path.join(this.dir, who, String(index)) : `/distcp/${who}/${index}`;
  }

  /** Replaces `C:name` by the URI of the name in the case's directory. */
  resolve(text, who, index) {
    return text.replace(/\b([LCH]):(?=[\w*])/g, (_, letter) => `${this.uris[letter]}${this.root(letter, who, index)}/`);
  }

  async close() {
    await Promise.all(Object.values(this.fs).map((each) => each.close()));
  }
}

function bytesOf(file) {
  if (file.text !== undefined) return Buffer.from(file.text);
  const seed = createHash('sha512')
    .update(String(file.seed ?? 0))
    .digest();
  return Buffer.alloc(file.bytes, seed);
}

/** Makes the files of a case; the attributes of directories come last. */
async function make(places, who, index, { make: files }) {
  const directories = [];
  for (const [name, given] of Object.entries(files)) {
    const file = typeof given === 'string' ? { text: places.resolve(given, who, index) } : given;
    const [letter, relative] = [name[0], name.slice(2)];
    const fileSystem = places.fs[letter];
    const target = `${places.root(letter, who, index)}/${relative.replace(/\/$/, '')}`;
    if (relative.endsWith('/')) {
      await fileSystem.mkdirs(target);
      directories.push([fileSystem, target, file]);
      continue;
    }
    const out = await fileSystem.create(target, { replication: file.replication ?? 1, blockSizeBytes: file.blockSize });
    const bytes = bytesOf(file);
    if (bytes.length > 0) await out.write(bytes);
    await out.close();
    await setAttributes(fileSystem, target, file);
  }
  for (const [fileSystem, target, file] of directories) await setAttributes(fileSystem, target, file);
}

async function setAttributes(fileSystem, target, { mode, owner, group, time }) {
  if (owner !== undefined) await fileSystem.setOwner(target, owner, group);
  if (mode !== undefined) await fileSystem.setPermission(target, mode);
  if (time !== undefined) await fileSystem.setTimes(target, time, time);
}

/** Returns all that a case has left, one line for each path. */
async function snapshot(places, who, index) {
  const lines = [];
  for (const letter of ['L', 'C', 'H']) {
    const root = places.root(letter, who, index);
    const visit = async (directory) => {
      const found = [];
      try {
        for await (const status of places.fs[letter].listStatus(directory)) found.push(status);
      } catch (error) {
        if (error.code !== 'FileNotFoundException') throw error;
      }
      for (const status of found) {
        lines.push(
          `${letter}:${status.path.slice(root.length + 1)} ${await describe(places.fs[letter], letter, status)}`,
        );
        if (status.type === 'DIRECTORY') await visit(status.path);
      }
    };
    await visit(root);
  }
  return lines.sort().map((line) => line.replaceAll(`/${who}/`, '/WHO/'));
}

async function describe(fileSystem, letter, status) {
  const { type, permission, owner, group, length, replication, blockSizeBytes, modificationTimeMs } = status;
  const time = Math.abs(Date.now() - modificationTimeMs) < HOUR_MS ? 'now' : modificationTimeMs;
  const common = `${permission.toString(8)} ${owner}:${group} ${time}`;
  if (type === 'DIRECTORY') return `directory ${common}`;
  const input = await fileSystem.open(status.path);
  const hash = createHash('md5');
  const chunks = [];
  for await (const chunk of input.stream()) {
    hash.update(chunk);
    if (length < 1000) chunks.push(chunk);
  }
  await input.close();
  const blocks = letter === 'L' ? '' : ` ${replication}x${blockSizeBytes}`;
  const content = length < 1000 ? JSON.stringify(Buffer.concat(chunks).toString()) : hash.digest('hex');
  return `file ${common}${length < 1000 ? '' : ` ${length}`}${blocks} ${content}`;
}

/** Returns a failure without the parts that Hadoop leaves open, and without those that Calf words in its own way. */
function comparable(failure) {
  if (failure === undefined) return undefined;
  // The order of the two files is that of a listing in random order.
  const isOpen = /DuplicateFileException|AclsNotSupportedException/.test(failure);
  return isOpen ? failure.replace(/:.*/, '') : failure.replace(/(DistCp failure: Job ).*/, '$1…');
}

/** Returns status, counters and failure of each command line. */
function results(stdout, who) {
  return [...stdout.matchAll(/([\s\S]*?)^STATUS (\d+)$/gm)].map(([, text, status]) => {
    const group = /\tDistCp Counters\n((?:\t\t.*\n?)*)/.exec(text)?.[1] ?? '';
    const lines = group.split('\n').map((line) => line.trim());
    // Calf prints the counters of a job that has failed too.
    const counters = status === '0' ? lines.filter((line) => line && !line.startsWith('Bandwidth')) : [];
    const failure = comparable(/^FAILURE (.*)/m.exec(text)?.[1]?.replaceAll(`/${who}/`, '/WHO/'));
    return { status: Number(status), counters, failure };
  });
}

export async function prove(t) {
  const places = new Places(t.dir, await t.calf(), await t.hadoop());
  await places.open();
  const found = {};
  const runAll = async (who, program, args) => {
    const { stdout, stderr } = await run(program, args, { timeoutMs: 300_000 });
    fs.writeFileSync(path.join(t.dir, `${who}.out`), stdout + stderr);
    found[who] = results(stdout, who);
    assert.equal(found[who].length, CASES.length, stderr.slice(-2000));
  };
  const commands = (who) => {
    const lines = CASES.map(({ args, define = {} }, index) => {
      const words = args.split(' ').map((word) => places.resolve(word, who, index));
      const local = words.map((word, at) => (words[at - 1] === '-filters' ? word.replace('file:', '') : word));
      const moved = local.filter((word) => word.startsWith('-D')).map((word) => word.slice(2));
      const defines = [
        ...moved,
        ...Object.entries({
          'mapreduce.map.maxattempts': 1,
          'dfs.blocksize': MIB,
          'dfs.replication': 3,
          ...define,
        }).map(([k, v]) => `${k}=${v}`),
      ];
      return [...defines.flatMap((pair) => ['-D', pair]), ...local.filter((word) => !word.startsWith('-D'))].join(
        '\u0001',
      );
    });
    const file = path.join(t.dir, `${who}.commands`);
    fs.writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  };
  try {
    await t.step('the trees of all cases are made', async () => {
      for (const who of WHOS) for (const [index, each] of CASES.entries()) await make(places, who, index, each);
    });
    await t.step(`Hadoop runs ${CASES.length} command lines`, async () => {
      const program = path.join(interopDir, 'java', 'DistCpTable.java');
      await runAll('hadoop', java, javaArgs(await distCpJar(), program, [commands('hadoop'), path.join(t.dir, 'tmp')]));
    });
    await t.step('Calf runs them', async () => {
      const properties = {
        'fs.defaultFS': 'file:///',
        'mapreduce.framework.name': 'local',
        'mapreduce.local.map.tasks.maximum': '1',
        'mapreduce.cluster.local.dir': path.join(t.dir, 'local'),
        'mapreduce.jobtracker.staging.root.dir': path.join(t.dir, 'staging'),
      };
      await runAll('calf', process.execPath, [CALF_PROGRAM, commands('calf'), JSON.stringify(properties)]);
    });
    await t.step('statuses, counters, failures and trees are the same', async () => {
      const wrong = [];
      for (const [index, { args }] of CASES.entries()) {
        const [theirs, ours] = await Promise.all(
          WHOS.map(async (who) => ({ ...found[who][index], left: await snapshot(places, who, index) })),
        );
        try {
          assert.deepEqual(ours, theirs);
        } catch (error) {
          wrong.push(`case ${index}: distcp ${args}\n${error.message}`);
        }
      }
      assert.ok(wrong.length === 0, `${wrong.length} cases differ\n${wrong.join('\n')}`);
      return `${CASES.length} cases`;
    });
  } finally {
    await places.close();
  }
}

const MIB = 1 << 20;
