// Every setting of conf/keys is read by code, and a floor reads the settings of its own part and of the floors below it.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { BALANCER_KEYS } from '../../conf/keys/balancer.ts';
import { CLIENT_KEYS } from '../../conf/keys/client.ts';
import { CORE_KEYS } from '../../conf/keys/core.ts';
import { DATANODE_KEYS } from '../../conf/keys/datanode.ts';
import { HDFS_KEYS } from '../../conf/keys/hdfs.ts';
import { KEYS } from '../../conf/keys/index.ts';
import { MAPREDUCE_KEYS } from '../../conf/keys/mapreduce.ts';
import { NAMENODE_KEYS } from '../../conf/keys/namenode.ts';
import { REFUSED } from '../../conf/unsupported/refused.ts';
import { FLOORS } from './floors.ts';

const ROOT = path.join(import.meta.dirname, '../..');

/** The tables with the floor whose part each one is; core and hdfs are read by all. */
const TABLES = [
  [undefined, CORE_KEYS],
  [undefined, HDFS_KEYS],
  ['namenode', NAMENODE_KEYS],
  ['datanode', DATANODE_KEYS],
  ['client', CLIENT_KEYS],
  ['tools', BALANCER_KEYS],
  ['mapreduce', MAPREDUCE_KEYS],
] as const;

/** The checks of a configuration look at the settings of every part. */
const CHECKS = 'conf/unsupported/';

const files = Object.keys(FLOORS)
  .flatMap((top) => (top.endsWith('.ts') ? [top] : filesBelow(top)))
  .filter((file) => !file.startsWith('conf/keys/'))
  .map((file) => ({ file, reads: keysReadIn(fs.readFileSync(path.join(ROOT, file), 'utf8')) }));

function filesBelow(directory: string): string[] {
  return fs
    .readdirSync(path.join(ROOT, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => `${directory}/${name}`);
}

/**
 * Returns the names that a file reads: as an argument of get(), getNumber() and the like, as one beside `conf` of any
 * function, or as an index of KEYS. A constant that holds the name counts where it is used so. Comments do not count.
 */
function keysReadIn(text: string): ReadonlySet<string> {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  const constants = new Map(
    [...code.matchAll(/const (\w+) =\s*'([\w.-]+)'/g)].map(([, name = '', key = '']) => [name, key]),
  );
  const reads = code.matchAll(/(?:\.get\w*\(\s*|\bKEYS\[|\bconf, )(?:'([\w.-]+)'|(\w+))/g);
  return new Set([...reads].map(([, key, constant = '']) => key ?? constants.get(constant) ?? ''));
}

test('every setting is read by code', () => {
  const defaults = Object.values(KEYS).map(({ defaultText }) => defaultText);
  const isRead = (key: string): boolean =>
    files.some(({ reads }) => reads.has(key)) ||
    // A refusal looks at each setting of its table.
    Object.hasOwn(REFUSED, key) ||
    defaults.some((text) => text.includes(`\${${key}}`));
  expect(Object.keys(KEYS).filter((key) => !isRead(key))).toEqual([]);
});

test('a floor reads no setting of a part that stands beside it or above it', () => {
  const wrong = files.flatMap(({ file, reads }) => {
    const floor = file.split('/')[0] ?? '';
    const parts = [floor, ...(FLOORS[floor] ?? '').split(' ')];
    return TABLES.flatMap(([part, table]) =>
      part === undefined || parts.includes(part) || file.startsWith(CHECKS)
        ? []
        : Object.keys(table).flatMap((key) => (reads.has(key) ? [`${file} reads ${key}`] : [])),
    );
  });
  expect(wrong).toEqual([]);
});

test('a name in a comment, in a table or in a message is not a read', () => {
  const text = `
    // conf.get('a.comment')
    const NAME = 'by.constant';
    const TABLE = { 'in.a.table': conf.getNumber(NAME, 1) };
    throw new Error('in.a.message: ' + positive(this.#conf, 'by.function') + conf.get(
      'on.a.line'));`;
  expect([...keysReadIn(text)]).toEqual(['by.constant', 'by.function', 'on.a.line']);
});
