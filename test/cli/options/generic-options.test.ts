// Tests the generic options before every command, and the configuration that they make.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfiguration, parseGenericOptions } from '../../../cli/options/generic-options.ts';
import { writeConfigurationXml } from '../../../conf/xml.ts';

// Rules of Hadoop's GenericOptionsParser.
describe('parseGenericOptions', () => {
  test('takes the options in front of the command only', () => {
    const args = ['-D', 'a=1', '-Db=2=3', '-fs', 'hdfs://h', '-conf', 'x.xml', '-ls', '-fs', '/'];
    expect(parseGenericOptions(args)).toEqual({
      defines: { a: '1', b: '2=3', 'fs.defaultFS': 'hdfs://h' },
      confFiles: ['x.xml'],
      rest: ['-ls', '-fs', '/'],
    });
  });

  test('-D is stronger than -fs; an old form of -fs is a host', () => {
    expect(parseGenericOptions(['-D', 'fs.defaultFS=hdfs://a', '-fs', 'b:8020']).defines).toEqual({
      'fs.defaultFS': 'hdfs://a',
    });
    expect(parseGenericOptions(['-fs', 'b:8020']).defines).toEqual({ 'fs.defaultFS': 'hdfs://b:8020' });
    expect(parseGenericOptions(['-fs', 'local']).defines).toEqual({ 'fs.defaultFS': 'file:///' });
  });

  test('the job options become properties', () => {
    expect(parseGenericOptions(['-jt', 'local', '-files', 'a,b', '-libjars', 'c', '-archives', 'd']).defines).toEqual({
      'yarn.resourcemanager.address': 'local',
      'mapreduce.framework.name': 'local',
      tmpfiles: 'a,b',
      tmpjars: 'c',
      tmparchives: 'd',
    });
  });

  test('an option without its value is refused, a define without = is ignored', () => {
    expect(() => parseGenericOptions(['-fs'])).toThrow('Missing argument for option: fs');
    expect(parseGenericOptions(['-D', 'x', '-ls'])).toMatchObject({ defines: {}, rest: ['-ls'] });
  });

  test('-- and - end the options', () => {
    expect(parseGenericOptions(['--', '-fs', 'x']).rest).toEqual(['-fs', 'x']);
    expect(parseGenericOptions(['-', '-fs', 'x']).rest).toEqual(['-', '-fs', 'x']);
  });
});

test('a configuration directory that is missing is named', () => {
  const options = { defines: {}, confFiles: [], confDir: '/no/such/conf', rest: [] };
  expect(() => loadConfiguration(options)).toThrow('Cannot find configuration directory: /no/such/conf');
});

test('deprecated names are warned of as in Hadoop: those given with -D, each once, and not those in files', () => {
  const file = path.join(os.tmpdir(), `calf-options-${process.pid}.xml`);
  fs.writeFileSync(file, writeConfigurationXml({ 'fs.default.name': 'hdfs://nn' }));
  try {
    const told: string[] = [];
    const options = parseGenericOptions(['-conf', file, '-D', 'dfs.block.size=1m', '-D', 'dfs.block.size=2m']);
    const conf = loadConfiguration(options, (line) => told.push(line));
    expect(told).toEqual(['dfs.block.size is deprecated. Instead, use dfs.blocksize']);
    expect([conf.get('dfs.blocksize'), conf.get('fs.defaultFS')]).toEqual([2 ** 21, 'hdfs://nn']);
  } finally {
    fs.rmSync(file);
  }
});
