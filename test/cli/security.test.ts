// Every command that talks to a daemon refuses hadoop.security.authentication=kerberos, which Calf does not have.
import { expect, test, vi } from 'vitest';
import { dfsMain } from '../../cli/dfs/main.ts';
import { dfsAdminMain } from '../../cli/dfsadmin/main.ts';
import { jarMain } from '../../cli/jars/hadoop-jar.ts';
import { jobMain } from '../../cli/jobs/job-commands.ts';
import { groupsMain } from '../../cli/tools/groups.ts';

const KERBEROS = ['-D', 'fs.defaultFS=hdfs://127.0.0.1:1', '-D', 'hadoop.security.authentication=kerberos'];

test.each([
  ['hdfs dfs', () => dfsMain([...KERBEROS, '-ls', '/'])],
  ['hdfs dfsadmin', () => dfsAdminMain([...KERBEROS, '-report'])],
  ['hdfs groups', () => groupsMain([...KERBEROS, 'alice'])],
  ['mapred job', () => jobMain([...KERBEROS, '-list'])],
  ['hadoop jar', () => jarMain(['hadoop-mapreduce-examples.jar', 'pi', ...KERBEROS, '1', '1'])],
])('%s', async (_name, run) => {
  const written: string[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    expect(await run()).not.toBe(0);
  } finally {
    write.mockRestore();
  }
  expect(written.join('')).toContain(
    "hadoop.security.authentication is 'kerberos', which is not supported: Calf has no Kerberos",
  );
});
