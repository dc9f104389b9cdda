// Settings that Calf does not honour are refused if a user would rely on them, and else warned of.
import { describe, expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { DEPRECATED } from '../../../conf/deprecated.ts';
import { ConfigurationError } from '../../../conf/errors.ts';
import { KEYS } from '../../../conf/keys/index.ts';
import { commandWarnings } from '../../../conf/unsupported/check-command.ts';
import { checkDaemonConfiguration, type DaemonRole } from '../../../conf/unsupported/check-daemon.ts';
import { CLIENT_IGNORES } from '../../../conf/unsupported/client.ts';
import { DATANODE_IGNORES } from '../../../conf/unsupported/datanode.ts';
import { MAPREDUCE_IGNORES } from '../../../conf/unsupported/mapreduce.ts';
import { NAMENODE_IGNORES } from '../../../conf/unsupported/namenode.ts';
import { refuseLogicalUri, refuseUnsupported } from '../../../conf/unsupported/refuse.ts';
import { REFUSED, type Role } from '../../../conf/unsupported/refused.ts';

const ROLES: readonly Role[] = ['namenode', 'datanode', 'client', 'jobtracker', 'tasktracker', 'jobclient', 'job'];
const DAEMONS: readonly DaemonRole[] = ['namenode', 'datanode', 'jobtracker', 'tasktracker'];
const TABLES = [NAMENODE_IGNORES, DATANODE_IGNORES, CLIENT_IGNORES, MAPREDUCE_IGNORES];
const IGNORED = Object.assign({}, ...TABLES.flatMap(Object.values));

/** Returns the warnings that a daemon of this role logs about these values. */
function warnings(role: DaemonRole, values: Readonly<Record<string, string>>): string[] {
  const lines: string[] = [];
  checkDaemonConfiguration(new Configuration(values), role, (line) => lines.push(line));
  return lines;
}

/** Returns the roles that refuse these values. */
const refusers = (values: Readonly<Record<string, string>>): string[] =>
  ROLES.filter((role) => {
    try {
      refuseUnsupported(new Configuration(values), role);
      return false;
    } catch (e) {
      expect(e).toBeInstanceOf(ConfigurationError);
      return true;
    }
  });

describe('refused', () => {
  it.each<[string, string, Role[]]>([
    [
      'hadoop.security.authentication',
      'kerberos',
      ['namenode', 'datanode', 'client', 'jobtracker', 'tasktracker', 'jobclient'],
    ],
    ['hadoop.security.authorization', 'true', ['namenode', 'datanode', 'jobtracker', 'tasktracker']],
    ['hadoop.rpc.protection', 'privacy', ['namenode', 'datanode', 'client']],
    ['dfs.encrypt.data.transfer', 'TRUE', ['namenode', 'datanode', 'client']],
    ['dfs.data.transfer.protection', 'integrity', ['namenode', 'datanode', 'client']],
    ['dfs.block.access.token.enable', 'true', ['namenode', 'datanode']],
    ['dfs.http.policy', 'HTTPS_ONLY', ['namenode', 'datanode']],
    ['fs.protected.directories', '/apps', ['namenode']],
    ['net.topology.script.file.name', '/etc/rack.sh', ['namenode']],
    ['topology.script.file.name', '/etc/rack.sh', ['namenode']],
    ['dfs.namenode.edits.dir', '/other/disk', ['namenode']],
    ['dfs.nameservices', 'a,b', ['namenode', 'datanode']],
    ['dfs.ha.namenodes.a', 'nn1,nn2', ['namenode', 'datanode']],
    ['mapreduce.cluster.acls.enabled', 'true', ['jobtracker']],
  ])('%s=%s by %s', (name, value, roles) => {
    expect(refusers({ [name]: value })).toEqual(roles);
  });

  it('with the value, the reason and what to do', () => {
    const conf = new Configuration({ 'hadoop.security.authentication': 'kerberos' });
    expect(() => refuseUnsupported(conf, 'client')).toThrow(
      "hadoop.security.authentication is 'kerberos', which is not supported: Calf has no Kerberos, and takes each " +
        'caller at its word. Set it to simple.',
    );
    expect(() => refuseUnsupported(new Configuration({ 'fs.protected.directories': '/apps' }), 'namenode')).toThrow(
      "fs.protected.directories is '/apps', which is not supported: Calf does not keep such directories from being " +
        'deleted. Leave it out.',
    );
  });

  it('the address of a nameservice, whose name the NameNode does not look for', () => {
    const values = { 'dfs.nameservices': 'a', 'dfs.namenode.rpc-address.a': 'nn:8020' };
    expect(refusers(values)).toEqual(['namenode', 'datanode']);
    expect(refusers({ 'dfs.nameservices': 'a' })).toEqual([]);
  });

  it('a URI that stands for several NameNodes, and not one of a host beside such settings', () => {
    const conf = new Configuration({ 'dfs.ha.namenodes.mycluster': 'nn1,nn2' });
    expect(() => refuseLogicalUri(conf, 'mycluster')).toThrow(
      "dfs.ha.namenodes.mycluster is 'nn1,nn2', which is not supported: Calf does not fail over between NameNodes. " +
        'Name the active one: hdfs://HOST:PORT.',
    );
    expect(() => refuseLogicalUri(conf, 'nn1.example.com')).not.toThrow();
  });
});

describe('warned of', () => {
  it('a property without effect, once, with the reason', () => {
    expect(warnings('namenode', { 'dfs.namenode.checkpoint.period': '60' })).toEqual([
      "dfs.namenode.checkpoint.period is set to '60' and has no effect: Calf's store is image and edit log in one, " +
        'without checkpoints',
    ]);
  });

  it('properties of a port and of a proxy user', () => {
    const values = { 'ipc.8020.callqueue.impl': 'x.FairCallQueue', 'hadoop.proxyuser.oozie.hosts': '*' };
    expect(warnings('namenode', values)).toEqual([
      "ipc.8020.callqueue.impl is set to 'x.FairCallQueue' and has no effect: each RPC server has one queue, first in, " +
        'first out',
      "hadoop.proxyuser.oozie.hosts is set to '*' and has no effect: any caller may act for another user",
    ]);
  });

  it('a deprecated name', () => {
    expect(warnings('datanode', { 'dfs.data.dir': '/d' })).toEqual([
      'dfs.data.dir is deprecated. Instead, use dfs.datanode.data.dir',
    ]);
  });

  it('by the daemon that would have read it, and no other', () => {
    const values = { 'dfs.datanode.readahead.bytes': '0', 'mapreduce.map.cpu.vcores': '2' };
    expect(DAEMONS.map((role) => warnings(role, values).length)).toEqual([0, 1, 1, 0]);
  });

  it('a property of clients, by the NameNode for site files', () => {
    const values = { 'dfs.client.read.shortcircuit': 'true' };
    expect(DAEMONS.map((role) => warnings(role, values).length)).toEqual([1, 0, 0, 0]);
  });

  it('a property of clients or jobs on the command line, under its current name', () => {
    const defines = {
      'dfs.client.hedged.read.threadpool.size': '4',
      'mapred.task.profile.params': 'hprof',
      'dfs.client.mmap.enabled': 'TRUE',
      'dfs.namenode.checkpoint.period': '60',
      'dfs.replication': '2',
    };
    expect(commandWarnings(defines)).toEqual([
      "dfs.client.hedged.read.threadpool.size is set to '4' and has no effect: a reader asks one replica at a time",
      "mapreduce.task.profile.params is set to 'hprof' and has no effect: profiles are those of Node.js, and logs of tasks have no level",
    ]);
  });

  it('no name that Hadoop does not know either', () => {
    expect(DAEMONS.flatMap((role) => warnings(role, { 'my.own.property': 'x', 'dfs.unheard.of': 'y' }))).toEqual([]);
  });
});

describe("Hadoop's defaults written out", () => {
  const keys = Object.entries(KEYS).map(([name, { hadoopDefault, defaultText }]) => [
    name,
    hadoopDefault ?? defaultText,
  ]);
  const defaults: Readonly<Record<string, string>> = {
    ...Object.fromEntries(keys),
    ...Object.fromEntries(Object.entries(REFUSED).map(([name, { takes }]) => [name, takes[0] ?? ''])),
    ...IGNORED,
  };

  it('are neither refused nor warned of', () => {
    expect(refusers(defaults)).toEqual([]);
    expect(DAEMONS.flatMap((role) => warnings(role, defaults))).toEqual([]);
  });

  it.each([
    ['dfs.namenode.write.stale.datanode.ratio', '0.50'],
    ['dfs.namenode.enable.log.stale.datanode', 'FALSE'],
  ])('%s may be written %s', (name, value) => {
    expect(warnings('namenode', { [name]: value })).toEqual([]);
  });

  it('are all of their types', () => {
    const conf = new Configuration(defaults);
    const wrong = Object.keys(KEYS).filter((name) => {
      try {
        conf.get(name as keyof typeof KEYS);
        return false;
      } catch {
        return true;
      }
    });
    expect(wrong).toEqual([]);
  });
});

describe('The tables of properties', () => {
  it('name each property once, by its current name', () => {
    const names = [...Object.keys(KEYS).filter((name) => name !== 'hadoop.security.authentication')];
    names.push(...Object.keys(REFUSED));
    for (const table of TABLES) names.push(...Object.values(table).flatMap((group) => Object.keys(group)));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    expect(names.filter((name) => DEPRECATED.has(name))).toEqual([]);
  });
});
