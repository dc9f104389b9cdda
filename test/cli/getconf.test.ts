// `hdfs getconf` prints no secrets, as /conf does not (Hadoop's ConfigRedactor).
import { afterEach, expect, it, vi } from 'vitest';
import { getConfMain } from '../../cli/tools/getconf.ts';

afterEach(() => vi.restoreAllMocks());

it.each([
  ['my.password', '<redacted>'],
  ['my.url', '<redacted>'],
  ['dfs.replication', '7'],
])('-confKey %s prints %s', async (name, expected) => {
  const printed: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  const defines = ['my.password=hidden', 'my.url=x${my.password}', 'dfs.replication=7'].flatMap((d) => ['-D', d]);
  expect(await getConfMain([...defines, '-confKey', name])).toBe(0);
  expect(printed.join('')).toBe(`${expected}\n`);
});
