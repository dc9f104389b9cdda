// Tests which cluster a command without --dir means.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ClusterLayout, clusterDir } from '../../../cluster/daemons/layout.ts';

let dir: string;
beforeEach(() => {
  dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'calf-layout-')));
  vi.spyOn(process, 'cwd').mockReturnValue(dir);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  fs.rmSync(dir, { recursive: true });
});

async function newCluster(name: string): Promise<ClusterLayout> {
  const layout = new ClusterLayout(path.join(dir, name));
  await layout.prepare();
  return layout;
}

it('is the one given, else calf-data', () => {
  vi.stubEnv('HADOOP_CONF_DIR', undefined);
  expect([clusterDir('given'), clusterDir(undefined)]).toEqual(['given', 'calf-data']);
});

it('is the one of HADOOP_CONF_DIR where none was started in calf-data', async () => {
  const other = await newCluster('other');
  vi.stubEnv('HADOOP_CONF_DIR', other.confDir);
  expect(clusterDir(undefined)).toBe(other.dir);
});

it('is never the directory above a HADOOP_CONF_DIR that is no cluster', () => {
  fs.mkdirSync(path.join(dir, 'etc', 'hadoop'), { recursive: true });
  vi.stubEnv('HADOOP_CONF_DIR', path.join(dir, 'etc', 'hadoop'));
  expect(clusterDir(undefined)).toBe('calf-data');
});
