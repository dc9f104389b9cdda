// The programs that tutorials call: what they are on Calf.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { daemonCommand } from '../../../cli/scripts/daemon-command.ts';
import { daemonFiles, daemonState } from '../../../cli/scripts/daemon-files.ts';
import { daemonsIn } from '../../../cli/scripts/jps.ts';
import { SCRIPTS } from '../../../cli/scripts/start-stop.ts';
import { asJobCommand } from '../../../cli/scripts/yarn.ts';

it('jps lists daemons, whoever started them, and no other process', () => {
  const processes = [
    '    1 /sbin/init',
    '  101 /usr/bin/node --no-memory-reducer /app/dist/hdfs.js namenode -D x=1',
    '  102 node /app/dist/hdfs.js datanode',
    '  103 node /app/dist/mapred.js jobtracker',
    '  104 node /app/dist/mapred.js tasktracker -D y=2',
    '  105 node /app/dist/hdfs.js dfs -ls namenode',
    '  106 vi hdfs.js',
  ].join('\n');
  expect(daemonsIn(processes)).toEqual(['101 NameNode', '102 DataNode', '103 JobTracker', '104 TaskTracker']);
});

it.each([
  [['application', '-list'], ['-list']],
  [
    ['app', '-status', 'application_17_0003'],
    ['-status', 'job_17_0003'],
  ],
  [
    ['application', '-kill', 'application_17_0003'],
    ['-kill', 'job_17_0003'],
  ],
  [
    ['logs', '-applicationId', 'application_17_0003'],
    ['-logs', 'job_17_0003'],
  ],
  [['node', '-list'], ['-list-active-trackers']],
  [['rmadmin', '-refreshNodes'], undefined],
])('yarn %j is mapred job %j', (args, job) => expect(asJobCommand(args)).toEqual(job));

it('has the scripts that tutorials call', () => {
  const names = ['start-all.sh', 'start-dfs.sh', 'start-yarn.sh', 'stop-all.sh', 'stop-dfs.sh', 'stop-yarn.sh'];
  expect([...SCRIPTS].sort()).toEqual(names);
});

// hadoop-functions.sh: hadoop_status_daemon gives 0, 1 for a dead process with a file, and 3 without a file.
it('--daemon finds a daemon by the file of its process id', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'daemon-files-'));
  vi.stubEnv('HADOOP_PID_DIR', directory);
  vi.stubEnv('HADOOP_IDENT_STRING', 'me');
  try {
    const { pid } = daemonFiles('namenode');
    expect(pid).toBe(path.join(directory, 'hadoop-me-namenode.pid'));
    expect(await daemonCommand('hdfs', ['status', 'namenode'])).toBe(3);
    fs.writeFileSync(pid, `${process.pid}\n`);
    expect(daemonState(pid)).toEqual({ kind: 'running', pid: process.pid });
    expect(await daemonCommand('hdfs', ['status', 'namenode'])).toBe(0);
    expect(await daemonCommand('hdfs', ['start', 'namenode'])).toBe(1);
    fs.writeFileSync(pid, '999999999\n');
    expect(await daemonCommand('hdfs', ['status', 'namenode'])).toBe(1);
    expect(await daemonCommand('hdfs', ['stop', 'namenode'])).toBe(0);
    expect(daemonState(pid)).toEqual({ kind: 'none' });
    expect(await daemonCommand('hdfs', ['start', 'secondarynamenode'])).toBe(1);
  } finally {
    vi.unstubAllEnvs();
    fs.rmSync(directory, { recursive: true });
  }
});
