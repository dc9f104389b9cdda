// A deprecated name and its new name are one property (Hadoop: Configuration.addDeprecations).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Configuration } from '../../conf/configuration.ts';
import { DEPRECATED, deprecationWarning } from '../../conf/deprecated.ts';
import { KEYS } from '../../conf/keys/index.ts';
import { writeConfigurationXml } from '../../conf/xml.ts';

let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-deprecated-'));
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

describe('A deprecated name', () => {
  it.each([
    ['mapred.reduce.tasks', 'mapreduce.job.reduces', '7'],
    ['dfs.block.size', 'dfs.blocksize', '1048576'],
    ['fs.default.name', 'fs.defaultFS', 'hdfs://nn:9000'],
    ['mapred.map.tasks', 'mapreduce.job.maps', '9'],
    ['io.bytes.per.checksum', 'dfs.bytes-per-checksum', '1024'],
    ['slave.host.name', 'dfs.datanode.hostname', 'dn1'],
    ['dfs.permissions', 'dfs.permissions.enabled', 'false'],
    ['mapred.textoutputformat.separator', 'mapreduce.output.textoutputformat.separator', ';'],
  ])('%s sets %s and reads it', (old, current, value) => {
    const set = new Configuration().set(old, value);
    expect([set.getRaw(current), set.getRaw(old), set.isSet(current), set.isSet(old)]).toEqual([
      value,
      value,
      true,
      true,
    ]);
    const read = new Configuration({ [current]: value });
    expect([read.getRaw(old), read.isSet(old)]).toEqual([value, true]);
    expect(read.unset(old).isSet(current)).toBe(false);
  });

  it('is read typed, by the new name', () => {
    expect(new Configuration({ 'dfs.block.size': '1m' }).get('dfs.blocksize')).toBe(2 ** 20);
  });

  it('has the default of the new name', () => {
    expect(new Configuration().getRaw('mapred.reduce.tasks')).toBe('1');
  });

  it('is the same property in ${…}', () => {
    expect(new Configuration({ 'fs.default.name': 'hdfs://nn', a: '${fs.default.name}/x' }).getRaw('a')).toBe(
      'hdfs://nn/x',
    );
  });

  it('counts as the new name in site files, in -D and with <final>', () => {
    fs.writeFileSync(path.join(dir, 'core-site.xml'), writeConfigurationXml({ 'fs.default.name': 'hdfs://old' }));
    const final = '<property><name>dfs.block.size</name><value>1m</value><final>true</final></property>';
    fs.writeFileSync(path.join(dir, 'hdfs-site.xml'), `<configuration>${final}</configuration>`);
    const later = path.join(dir, 'later.xml');
    fs.writeFileSync(later, writeConfigurationXml({ 'dfs.blocksize': '2m' }));
    const conf = Configuration.load({ confDir: dir, files: [later], defines: { 'mapred.reduce.tasks': '3' } });
    expect(conf.get('fs.defaultFS')).toBe('hdfs://old');
    expect(conf.get('dfs.blocksize')).toBe(2 ** 20);
    expect(conf.get('mapreduce.job.reduces')).toBe(3);
    expect(conf.entries().map(([name]) => name)).toEqual(['fs.defaultFS', 'dfs.blocksize', 'mapreduce.job.reduces']);
  });

  it('is warned of once, in the words of Hadoop', () => {
    const conf = new Configuration({ 'dfs.block.size': '1m' }).set('dfs.block.size', '2m').set('dfs.replication', 2);
    expect(conf.deprecations()).toEqual(['dfs.block.size is deprecated. Instead, use dfs.blocksize']);
    expect(deprecationWarning('dfs.blocksize')).toBeUndefined();
  });
});

describe('The table of deprecated names', () => {
  it('has no new name that is deprecated itself, and no old name that is a key of Calf', () => {
    const names = [...DEPRECATED];
    expect(names.filter(([, current]) => DEPRECATED.has(current))).toEqual([]);
    expect(names.filter(([old]) => old in KEYS)).toEqual([]);
  });
});
