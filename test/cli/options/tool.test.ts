// Tests the frame of all commands: the message and exit status of a failure.
import { describe, expect, test } from 'vitest';
import { commandOf, NotSupportedError } from '../../../cli/options/first-word.ts';
import { runTool } from '../../../cli/options/tool.ts';
import { UsageError } from '../../../cli/options/usage-error.ts';
import { ConfigurationError } from '../../../conf/errors.ts';
import { hadoopError } from '../../../runtime/errors.ts';

async function run(args: readonly string[], thrown?: unknown) {
  const lines: string[] = [];
  const err = (line: string): void => void lines.push(line);
  const status = await runTool({ name: 'tool', usage: ['Usage: tool'], err }, args, async (conf, rest) => {
    if (thrown !== undefined) throw thrown;
    return `${conf.get('fs.defaultFS')} ${rest.join(' ')}`;
  });
  return { status, lines };
}

describe('runTool', () => {
  test('gives a command its configuration and its own arguments', async () => {
    expect(await run(['-fs', 'h:1', '-x', '-fs'])).toEqual({ status: 'hdfs://h:1 -x -fs', lines: [] });
  });

  test.each([
    [new UsageError('one\ntwo'), 255, ['tool: one', 'tool: two', 'Usage: tool']],
    [new UsageError(), 255, ['Usage: tool']],
    [new UsageError('one', ['other']), 255, ['tool: one', 'other']],
    [hadoopError('IOException', 'no'), 1, ['tool: no']],
    [new ConfigurationError('bad'), 1, ['tool: bad']],
  ])('%s ends with status %d', async (thrown, status, lines) => {
    expect(await run([], thrown)).toEqual({ status, lines });
  });

  test('a generic option without its value prints the usage of the generic options', async () => {
    const { status, lines } = await run(['-fs']);
    expect(status).toBe(255);
    expect(lines.slice(0, 2)).toEqual(['tool: Missing argument for option: fs', 'Generic options supported are:']);
  });

  test('a -D property without effect is warned of on standard error', async () => {
    const { status, lines } = await run(['-D', 'dfs.client.read.shortcircuit=true', '-ls']);
    expect([status, lines]).toEqual([
      'file:/// -ls',
      [
        expect.stringMatching(
          /^[-\d]+ [:,\d]+ WARN conf: dfs\.client\.read\.shortcircuit is set to 'true' and has no effect: /,
        ),
      ],
    ]);
  });

  test('an error that is not a refusal is a bug, and is thrown', async () => {
    await expect(run([], new Error('bug'))).rejects.toThrow('bug');
  });
});

describe('commandOf', () => {
  const table = { '-list': { args: [0, 1] } } as const;

  test('finds a command with a fitting number of arguments', () => {
    expect(commandOf('mapred job', table, ['-list', 'all'])).toBe(table['-list']);
    expect(() => commandOf('mapred job', table, ['-list', 'all', 'more'])).toThrow(UsageError);
    expect(commandOf('mapred job', table, ['-lists'])).toBeUndefined();
    expect(commandOf('mapred job', table, [])).toBeUndefined();
    expect(commandOf('mapred job', table, ['toString'])).toBeUndefined();
  });

  test('says why a command of Hadoop is missing', () => {
    expect(() => commandOf('hdfs datanode', table, ['-rollback'])).toThrow(
      new NotSupportedError('not supported yet: there are no upgrades to finish or to roll back'),
    );
  });
});
