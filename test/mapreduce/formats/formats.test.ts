// The formats of input and output files, which are Hadoop's.
import { describe, expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { keyValueTextInput } from '../../../mapreduce/formats/key-value-text-input.ts';
import { rangeInput, rangeSplits } from '../../../mapreduce/formats/range-input.ts';
import { textOutput } from '../../../mapreduce/formats/text-output.ts';
import { jobConfiguration } from '../../../mapreduce/job/job-configuration.ts';

const conf = jobConfiguration(new Configuration());

describe('formats', () => {
  it('keyValueTextInput splits at the first separator', () => {
    const split = { kind: 'file', fsUri: '', path: '/f', start: 0, length: 100, hosts: [], names: [] } as const;
    const reader = keyValueTextInput({ separator: '::' }).createReader(split, conf);
    reader.feed(Buffer.from('a::b::c\nonly\n::x\n'));
    reader.end();
    const records: [string, string][] = [];
    while (reader.next()) records.push([reader.key, reader.value]);
    expect(records).toEqual([
      ['a', 'b::c'],
      ['only', ''],
      ['', 'x'],
    ]);
  });

  it('rangeInput gives every number once', () => {
    expect(rangeSplits(10, 3).map((s) => [s.start, s.length])).toEqual([
      [0, 3],
      [3, 3],
      [6, 4],
    ]);
    const format = rangeInput(() => ({ count: 10, maps: 3 }));
    const numbers = rangeSplits(10, 3).flatMap((split) => {
      const reader = format.createReader(split, conf);
      const found: number[] = [];
      while (reader.next()) found.push(reader.value);
      return found;
    });
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  // Hadoop: TextOutputFormat.LineRecordWriter writes no separator if the key or the value is null.
  it('textOutput writes key TAB value', () => {
    const writer = textOutput().createWriter(conf);
    writer.write('k', 1);
    writer.write(null, 'v');
    writer.write('k', null);
    writer.write(['a', 1], { b: 'é' });
    writer.write(Buffer.from('raw'), true);
    expect(Buffer.from(writer.take()).toString()).toBe('k\t1\nv\nk\n["a",1]\t{"b":"é"}\nraw\ttrue\n');
    expect(writer.take()).toHaveLength(0);
    expect(writer.pendingBytes).toBe(0);
  });

  it('textOutput has the separator of the configuration', () => {
    const set = new Configuration({ 'mapreduce.output.textoutputformat.separator': ';' });
    const writer = textOutput().createWriter(jobConfiguration(set));
    writer.write('a', 'b');
    expect(Buffer.from(writer.take()).toString()).toBe('a;b\n');
  });
});
