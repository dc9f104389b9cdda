// Paths that org.apache.hadoop.fs.Path does not take are refused in its words.
import { expect, test } from 'vitest';
import { checkPathText } from '../../../../cli/dfs/paths/check-path-text.ts';

test('checkPathText refuses what Hadoop refuses', () => {
  expect(() => checkPathText('')).toThrow('Can not create a Path from an empty string');
  expect(() => checkPathText('a:b')).toThrow('Relative path in absolute URI: a:b');
  expect(() => checkPathText('/a:b')).not.toThrow();
  expect(() => checkPathText('hdfs://h/a')).not.toThrow();
});
