// Tests that each program refuses unsupported settings when it loads its configuration (conf/unsupported).
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { Configuration } from '../../conf/configuration.ts';
import { DataNode } from '../../datanode/datanode.ts';
import { runJobFile } from '../../mapreduce/engines/job-client.ts';
import { JobTracker } from '../../mapreduce/jobtracker/job-tracker.ts';
import { TaskTracker } from '../../mapreduce/tasktracker/task-tracker.ts';
import { NameNode } from '../../namenode/namenode.ts';
import { silentLogger as log } from '../../runtime/log.ts';
import { localConf, prepareTaskChild, recordConsole } from '../mapreduce/helpers.ts';

let directory: string;
let remove: () => void;
beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());

const KERBEROS = "hadoop.security.authentication is 'kerberos', which is not supported";

/** Returns settings with Kerberos, and with a directory of this test for all files. */
const kerberos = (): Configuration =>
  new Configuration({ 'hadoop.security.authentication': 'kerberos', 'hadoop.tmp.dir': path.join(directory, 'none') });

it.each([
  ['NameNode', () => NameNode.start({ conf: kerberos(), log })],
  ['DataNode', () => DataNode.start({ conf: kerberos(), log })],
  ['JobTracker', () => JobTracker.start({ conf: kerberos(), log })],
  ['TaskTracker', () => TaskTracker.start({ conf: kerberos(), log, jobTrackerUrl: 'http://127.0.0.1:1' })],
])('a %s with Kerberos does not start, and writes nothing', async (_name, start) => {
  await expect(start()).rejects.toThrow(KERBEROS);
  expect(fs.existsSync(path.join(directory, 'none'))).toBe(false);
});

it('a client with Kerberos, or with a name for two NameNodes, does not connect', () => {
  expect(() => new DistributedFileSystem({ conf: kerberos(), uri: 'hdfs://127.0.0.1:1' })).toThrow(KERBEROS);
  const ha = new Configuration({ 'dfs.ha.namenodes.mycluster': 'nn1,nn2', 'fs.defaultFS': 'hdfs://mycluster' });
  expect(() => new DistributedFileSystem({ conf: ha })).toThrow('Name the active one: hdfs://HOST:PORT');
});

it('a NameNode whose namespace may not be formatted leaves an empty directory alone (NameNode.checkAllowFormat)', async () => {
  const name = path.join(directory, 'unformatted');
  const conf = new Configuration({ 'dfs.namenode.support.allow.format': 'false', 'dfs.namenode.name.dir': name });
  await expect(NameNode.start({ conf, log })).rejects.toThrow(/^The option dfs.namenode.support.allow.format is set/);
  expect(fs.existsSync(name)).toBe(false);
});

it('dfs.reformat.disabled keeps a namespace (NameNodeFormatException)', async () => {
  const name = path.join(directory, 'name');
  const conf = new Configuration({ 'dfs.reformat.disabled': 'true', 'dfs.namenode.name.dir': name });
  const { clusterId } = await NameNode.format({ conf });
  await expect(NameNode.format({ conf })).rejects.toMatchObject({
    javaClass: 'org.apache.hadoop.hdfs.server.namenode.NameNodeFormatException',
    message: 'NameNode format aborted as reformat is disabled for this cluster.',
  });
  expect(fs.readFileSync(path.join(name, 'current', 'VERSION'), 'utf8')).toContain(clusterId);
});

it("an old name in a job's own settings counts as the new one, with Hadoop's warning", async () => {
  const input = path.join(directory, 'in2.txt');
  fs.writeFileSync(input, 'a b a\n');
  const file = path.join(directory, 'old-names.ts');
  const options = "{ map(line, { emit }) { emit(line, 1); }, conf: { 'mapred.reduce.tasks': 2 } }";
  fs.writeFileSync(file, `import { job } from 'calf';\nexport default job(${options});\n`);
  const { err, io } = recordConsole();
  const output = path.join(directory, 'out2');
  expect(await runJobFile({ file, conf: localConf(directory, 1), args: [input, output], ...io })).toBe(0);
  const warning = 'mapred.reduce.tasks is deprecated. Instead, use mapreduce.job.reduces';
  expect(err.filter((line) => line.includes('deprecated'))).toEqual([
    expect.stringMatching(new RegExp(`^\\S+ \\S+ INFO Configuration.deprecation: ${warning}$`)),
  ]);
  expect(fs.readdirSync(output).filter((name) => name.startsWith('part-'))).toHaveLength(2);
});
