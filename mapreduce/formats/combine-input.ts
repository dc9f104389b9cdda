/** Makes a format read several files in one map task. */
import type { FedInputFormat } from './format.ts';

/**
 * Returns the format with splits of many small files, as Hadoop's CombineTextInputFormat. A split is full at
 * mapreduce.input.fileinputformat.split.maxsize, by default at the size of a block; .minsize.per.node and .minsize.per.rack
 * have their meaning. `context.path` is the file of the record.
 * @throws TypeError for a format that makes its splits itself
 */
export function combineInput<K, V>(format: FedInputFormat<K, V>): FedInputFormat<K, V> {
  if (format.getSplits) throw new TypeError('combineInput(): the format makes its splits itself');
  return Object.assign(Object.create(format) as FedInputFormat<K, V>, { combines: 'always' as const });
}
