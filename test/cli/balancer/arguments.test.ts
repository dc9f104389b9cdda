// Tests the arguments of hdfs balancer by the rules of Hadoop's Balancer.Cli.parse.
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../../cli/balancer/arguments.ts';
import { UsageError } from '../../../cli/options/usage-error.ts';

const noFile = (): string => {
  throw new Error('no such file');
};
const parse = (...args: string[]) => parseArguments(args, noFile);

describe('arguments', () => {
  test('defaults', () => {
    expect(parse()).toMatchObject({ policy: 'datanode', threshold: 10, idleIterationsMax: 5, runDuringUpgrade: false });
  });

  test('options are taken in any case', () => {
    const found = parse('-THRESHOLD', '5', '-Policy', 'BlockPool', '-idleIterations', '-1', '-runDuringUpgrade');
    expect(found).toMatchObject({ threshold: 5, policy: 'blockpool', idleIterationsMax: -1, runDuringUpgrade: true });
    expect(parse('-exclude', 'a, b:9866 ,').excluded).toEqual(new Set(['a', 'b:9866']));
  });

  test('a hosts file has names at whitespace and comments', () => {
    const read = (file: string) => (file === 'hosts' ? 'a b # c\n\n  d\n#e' : noFile());
    expect(parseArguments(['-include', '-f', 'hosts'], read).included).toEqual(new Set(['a', 'b', 'd']));
    expect(() => parseArguments(['-source', '-f', 'no'], read)).toThrow(
      'Failed to read source node list from file: no',
    );
  });

  test.each([
    [['-threshold'], 'Threshold value is missing: args = [-threshold]'],
    [['-threshold', '0.5'], 'Number out of range: threshold = 0.5'],
    [['-threshold', '101'], 'Number out of range: threshold = 101.0'],
    [['-threshold', 'x'], 'For input string: "x"'],
    [['-policy', 'none'], 'Cannot recognize policy: none'],
    [['-exclude'], 'List of exclude nodes | -f <filename> is missing: args=[-exclude]'],
    [['-exclude', '-f'], 'File containing exclude nodes is not specified: args=[-exclude, -f]'],
    [['-foo'], 'args = [-foo]'],
    [['-include', 'a', '-exclude', 'b'], '-exclude and -include options cannot be specified together.'],
  ])('%j: %s', (args, message) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(message);
  });
});
