// Tests of the JSON file of dfs.hosts, and of the choice between the two kinds of hosts files.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { parseCombinedHostsFile } from '../../../namenode/datanodes/combined-hosts-file.ts';
import { readHostLists } from '../../../namenode/datanodes/host-lists.ts';
import { isIncluded, NO_HOST_LISTS } from '../../../namenode/datanodes/hosts-file.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { datanodeId } from '../harness.ts';

const PROVIDER = 'dfs.namenode.hosts.provider.classname';
const COMBINED = 'org.apache.hadoop.hdfs.server.blockmanagement.CombinedHostFileManager';

const FILE = `[
  {"hostName": "host1"},
  {"hostName": "host2", "port": 50, "upgradeDomain": "ud0"},
  {"hostName": "host3", "port": 0, "adminState": "DECOMMISSIONED"},
  {"hostName": "host4", "port": 9866, "adminState": "IN_MAINTENANCE", "maintenanceExpireTimeInMS": 1507663698000},
  {"hostName": "host5", "adminState": "IN_MAINTENANCE"}
]`;

const named = (hostName: string, port: number) => ({ host: hostName, hostName, port });
const ALL = [named('host1', 0), named('host2', 50), named('host3', 0), named('host4', 9866), named('host5', 0)];
const LISTS = {
  included: ALL,
  named: ALL,
  excluded: [{ host: 'host3', port: 0, expireTimeMs: Number.POSITIVE_INFINITY }],
  maintenance: [
    { host: 'host4', port: 9866, expireTimeMs: 1507663698000 },
    { host: 'host5', port: 0, expireTimeMs: Number.POSITIVE_INFINITY },
  ],
};

// As in Hadoop's CombinedHostsFileReader and CombinedHostFileManager.HostProperties.
describe('the JSON file of CombinedHostFileManager', () => {
  it('says of DataNodes whether they may join, leave or are away for a while', () => {
    expect(parseCombinedHostsFile(FILE)).toEqual(LISTS);
  });

  it('may be in the older form: objects without an array', () => {
    const older = FILE.slice(1, -1)
      .replace(/\},/g, '}\n')
      .replace('host1"', 'ho\\u0073t1", "upgradeDomain": "a]}{[\\""');
    expect(parseCombinedHostsFile(older)).toEqual(LISTS);
  });

  it('lets any DataNode join when it names none that is to be in service', () => {
    const id = datanodeId('other');
    expect(isIncluded(parseCombinedHostsFile('[{"hostName": "h", "adminState": "IN_MAINTENANCE"}]'), id)).toBe(true);
    expect(isIncluded(parseCombinedHostsFile('[{"hostName": "h"}]'), id)).toBe(false);
    for (const empty of ['', ' \n', '[]']) expect(parseCombinedHostsFile(empty)).toEqual(NO_HOST_LISTS);
  });

  it.each([
    ['[{"hostName": "h"', /JSON/],
    ['[{"hostName": "h"}] rest', /JSON/],
    ['["h"]', /no object in "h"/],
    ['[{"hostname": "h"}]', /unknown property hostname in \{"hostname":"h"\}/],
    ['[{"port": 1}]', /no hostName/],
    ['[{"hostName": "h", "port": "9866"}]', /no port number/],
    ['[{"hostName": "h", "port": 65536}]', /no port number/],
    ['[{"hostName": "h", "adminState": "in_maintenance"}]', /no adminState \(NORMAL, DECOMMISSION_INPROGRESS, /],
    ['[{"hostName": "h", "maintenanceExpireTimeInMS": "tomorrow"}]', /no number as maintenanceExpireTimeInMS/],
  ])('is refused when it is not understood: %s', (text, why) => {
    expect(() => parseCombinedHostsFile(text)).toThrow(why);
  });
});

describe('reading the hosts files', () => {
  const dirs: string[] = [];
  afterEach(async () => {
    for (const dir of dirs.splice(0)) await fs.rm(dir, { recursive: true, force: true });
  });

  async function confOf(text: string): Promise<Configuration> {
    const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-hosts-'));
    dirs.push(dir);
    await fs.writeFile(`${dir}/hosts`, text);
    return new Configuration({ 'dfs.hosts': `${dir}/hosts`, 'dfs.hosts.exclude': `${dir}/none` });
  }

  it('depends on dfs.namenode.hosts.provider.classname; names stand for their addresses', async () => {
    const conf = await confOf('[{"hostName": "localhost", "adminState": "IN_MAINTENANCE"}]');
    await expect(readHostLists(conf, silentLogger)).rejects.toMatchObject({ name: 'FileNotFoundException' });
    const { maintenance, excluded, named } = await readHostLists(conf.clone().set(PROVIDER, COMBINED), silentLogger);
    expect(maintenance).toContainEqual({ host: '127.0.0.1', port: 0, expireTimeMs: Number.POSITIVE_INFINITY });
    expect(excluded).toEqual([]);
    expect(named).toMatchObject([{ hostName: 'localhost', host: '127.0.0.1' }]);
    await expect(readHostLists(conf.clone().set(PROVIDER, 'Other'), silentLogger)).rejects.toThrow(
      /HostFileManager or /,
    );
  });

  it('refuses a JSON file that it does not understand, by its name', async () => {
    const conf = (await confOf('127.0.0.1\n')).set(PROVIDER, COMBINED);
    await expect(readHostLists(conf, silentLogger)).rejects.toThrow(/hosts is no JSON file of DataNodes: /);
    expect(await readHostLists(conf.clone().set('dfs.hosts', ''), silentLogger)).toEqual(NO_HOST_LISTS);
  });
});
