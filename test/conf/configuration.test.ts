// Configuration follows Hadoop's: site files, -D, types and substitution; wrong files are refused.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Configuration, parseAddress } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import { KEYS, type KeyName } from '../../conf/keys/index.ts';
import { readConfigurationXml, writeConfigurationXml } from '../../conf/xml.ts';

let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-conf-'));
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const site = (name: string, body: string) =>
  fs.writeFileSync(path.join(dir, name), `<configuration>${body}</configuration>`);
const property = (name: string, value: string, more = '') =>
  `<property><name>${name}</name><value>${value}</value>${more}</property>`;

describe('Configuration', () => {
  it('every default parses as its own type', () => {
    const conf = new Configuration();
    for (const name of Object.keys(KEYS) as KeyName[]) expect(() => conf.get(name), name).not.toThrow();
  });

  it('-D is stronger than files, and files than defaults', () => {
    site('hdfs-site.xml', property('dfs.replication', '2') + property('dfs.blocksize', '64m'));
    const conf = Configuration.load({ confDir: dir, defines: { 'dfs.replication': '1' } });
    expect(conf.get('dfs.replication')).toBe(1);
    expect(conf.get('dfs.blocksize')).toBe(64 * 2 ** 20);
    expect(conf.get('dfs.bytes-per-checksum')).toBe(512);
  });

  it('a directory without site files gives defaults; a site file that can not be read is an error', () => {
    expect(Configuration.load({ confDir: dir }).entries()).toEqual([]);
    fs.mkdirSync(path.join(dir, 'hdfs-site.xml'));
    expect(() => Configuration.load({ confDir: dir })).toThrow('hdfs-site.xml: cannot be read: EISDIR');
    // The system can not say whether there are site files.
    expect(() => Configuration.load({ confDir: path.join(dir, 'x'.repeat(300)) })).toThrow('ENAMETOOLONG');
  });

  it('a final property is not changed by a later file', () => {
    site('core-site.xml', property('dfs.replication', '2', '<final>true</final>'));
    site('hdfs-site.xml', property('dfs.replication', '3'));
    expect(Configuration.load({ confDir: dir }).get('dfs.replication')).toBe(2);
  });

  it('a copy keeps final marks and warnings, and its changes are its own', () => {
    site('core-site.xml', property('dfs.replication', '2', '<final>true</final>') + property('dfs.block.size', '1m'));
    const conf = Configuration.load({ confDir: dir });
    const copy = conf.clone().set('dfs.replication', 3);
    expect([copy.isFinal('dfs.replication'), copy.isFinal('dfs.blocksize')]).toEqual([true, false]);
    expect(copy.deprecations()).toEqual(['dfs.block.size is deprecated. Instead, use dfs.blocksize']);
    expect([copy.get('dfs.replication'), conf.get('dfs.replication')]).toEqual([3, 2]);
  });

  it('substitutes other properties and leaves unknown names as they are', () => {
    const conf = new Configuration({ 'hadoop.tmp.dir': '/base', mine: '${hadoop.tmp.dir}/x/${nobody.knows}' });
    expect(conf.getRaw('mine')).toBe('/base/x/${nobody.knows}');
    expect(conf.get('dfs.namenode.name.dir')).toBe('file:///base/dfs/name');
  });

  it('a substitution that runs in circles is an error', () => {
    expect(() => new Configuration({ a: '${b}', b: '${a}' }).getRaw('a')).toThrow(ConfigurationError);
  });

  it.each([
    ['dfs.heartbeat.interval', '5', 5000],
    ['dfs.heartbeat.interval', '500ms', 500],
    ['dfs.client.socket-timeout', '2m', 120_000],
    ['dfs.blocksize', '1g', 2 ** 30],
  ] as const)('%s = %s is %d', (name, text, value) => {
    expect(new Configuration({ [name]: text }).get(name)).toBe(value);
  });

  it('a wrong value names the property, the value and what was expected', () => {
    expect(() => new Configuration({ 'dfs.replication': 'many' }).get('dfs.replication')).toThrow(
      "dfs.replication is 'many': expected an integer",
    );
  });

  it('a file that is not XML is refused with file and line', () => {
    fs.writeFileSync(path.join(dir, 'core-site.xml'), '<configuration>\n<property></configuration>');
    expect(() => Configuration.load({ confDir: dir })).toThrow(/core-site\.xml:2: /);
  });

  // A bug that npm run fuzz found: for XML that the validator accepts, the parser's own error did not name the file.
  it.each([
    ['a processing instruction that does not end', '<?xml a"?>\n<configuration></configuration>'],
    ['a tag that does not end', '<configuration></configuration><!'],
    ['a document type that does not end', '<configuration>\n<!\n</configuration><!DOCTYPE\n'],
    ['an entity that does not end', '<configuration><a><!DOCTYPE a [<!ENTITY b "c]]>value></a></configuration>'],
    ['a CDATA section that does not end', '<configuration>\n<![CDATA<value>b &lt;</value>\n</configuration>'],
  ])('a file with %s is refused with its name', (_what, xml) => {
    expect(() => readConfigurationXml(xml, 'core-site.xml')).toThrow(ConfigurationError);
    expect(() => readConfigurationXml(xml, 'core-site.xml')).toThrow(/^core-site\.xml: /);
  });
});

describe('site files', () => {
  it('are read as they were written', () => {
    const xml = writeConfigurationXml({ 'a.b': 'x <&> "y"', n: 3 });
    expect(readConfigurationXml(xml, 'f').map(({ name, value }) => [name, value])).toEqual([
      ['a.b', 'x <&> "y"'],
      ['n', '3'],
    ]);
  });
});

describe('parseAddress', () => {
  it('splits names, IPv4 and IPv6 addresses', () => {
    expect(parseAddress('localhost:8020', 'p')).toEqual({ host: 'localhost', port: 8020 });
    expect(parseAddress('[::1]:0', 'p')).toEqual({ host: '::1', port: 0 });
  });
  it.each(['localhost', ':80', 'a:b', 'a:70000'])('refuses %s', (text) => {
    expect(() => parseAddress(text, 'p')).toThrow('p is');
  });
});
