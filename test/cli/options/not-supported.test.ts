// Tests that each command of Hadoop that Calf lacks is refused by name, with the reason and a failure's exit status.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseArguments } from '../../../cli/balancer/arguments.ts';
import { DEBUG_COMMANDS, debugMain } from '../../../cli/debug/main.ts';
import { COMMANDS } from '../../../cli/dfs/commands.ts';
import { ADMIN_COMMANDS } from '../../../cli/dfsadmin/commands.ts';
import { dfsAdminMain } from '../../../cli/dfsadmin/main.ts';
import { jobMain } from '../../../cli/jobs/job-commands.ts';
import { JOB_COMMANDS } from '../../../cli/jobs/mapred-job.ts';
import { NOT_SUPPORTED, type ProgramName } from '../../../cli/options/not-supported.ts';
import { dataNodeMain, nameNodeMain } from '../../../cli/programs/daemons.ts';
import { SUBCOMMANDS as HADOOP } from '../../../cli/programs/hadoop-commands.ts';
import { SUBCOMMANDS as HDFS } from '../../../cli/programs/hdfs-commands.ts';
import { SUBCOMMANDS as MAPRED } from '../../../cli/programs/mapred-commands.ts';
import { runProgram } from '../../../cli/programs/program.ts';
import { TestShell } from '../dfs/shell.ts';

const rows = (program: ProgramName): [command: string, reason: string][] => Object.entries(NOT_SUPPORTED[program]);

/** Runs a command. Returns its result and its standard error. */
async function kept(run: () => Promise<unknown>): Promise<{ status: unknown; err: string }> {
  let err = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
  const status = await run();
  vi.restoreAllMocks();
  return { status, err };
}

afterEach(() => {
  vi.restoreAllMocks();
});

test('no command is both supported and in the table of missing ones', () => {
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
  const known: Partial<Record<ProgramName, readonly string[]>> = {
    hdfs: names(HDFS),
    hadoop: names(HADOOP),
    mapred: names(MAPRED),
    'hdfs dfsadmin': Object.keys(ADMIN_COMMANDS),
    'hdfs debug': Object.keys(DEBUG_COMMANDS),
    'mapred job': Object.keys(JOB_COMMANDS),
  };
  for (const [program, commands = []] of Object.entries(known)) {
    expect(commands.filter((name) => Object.hasOwn(NOT_SUPPORTED[program as ProgramName], name))).toEqual([]);
  }
  // The shell's own table contains its missing commands too, because -help lists them.
  expect(rows('hdfs dfs').filter(([name]) => !Object.hasOwn(COMMANDS, name))).toEqual([]);
});

describe.each(['hdfs', 'hadoop', 'mapred'] as const)('%s', (program) => {
  test.each(rows(program))('%s', async (command, reason) => {
    const before = { argv: process.argv, exitCode: process.exitCode };
    process.argv = ['node', program, command, 'x'];
    try {
      const { err } = await kept(() => runProgram(program, '', []));
      expect(err).toBe(`${program} ${command}: not supported yet: ${reason}\n`);
      expect(process.exitCode).toBe(1);
    } finally {
      Object.assign(process, before);
    }
  });
});

// Hadoop's DFSAdmin ends with -1 if a command failed.
test.each(rows('hdfs dfsadmin'))('hdfs dfsadmin %s', async (command, reason) => {
  expect(await kept(() => dfsAdminMain([command, 'x']))).toEqual({
    status: 255,
    err: `${command.slice(1)}: not supported yet: ${reason}\n`,
  });
});

test.each(rows('mapred job'))('mapred job %s', async (command, reason) => {
  expect(await kept(() => jobMain([command, 'x']))).toEqual({
    status: 1,
    err: `mapred job ${command}: not supported yet: ${reason}\n`,
  });
});

test.each(rows('hdfs debug'))('hdfs debug %s', async (command, reason) => {
  expect(await kept(() => debugMain([command, 'x']))).toEqual({
    status: 1,
    err: `${command}: not supported yet: ${reason}\n`,
  });
});

test.each(rows('hdfs balancer'))('hdfs balancer %s', (option, reason) => {
  expect(() => parseArguments([option], () => '')).toThrow(`${option}: not supported yet: ${reason}`);
});

test.each([
  ...rows('hdfs namenode').map(([option, reason]) => ['namenode', option, reason, nameNodeMain] as const),
  ...rows('hdfs datanode').map(([option, reason]) => ['datanode', option, reason, dataNodeMain] as const),
])('hdfs %s %s', async (name, option, reason, main) => {
  expect(await kept(() => main([option.toUpperCase()]))).toEqual({
    status: 1,
    err: `${name}: ${option.toUpperCase()}: not supported yet: ${reason}\n`,
  });
});

// The shell checks the number of arguments first, as in Hadoop, so each command gets enough of them.
const SHELL_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  deleteSnapshot: ['/d', 's'],
  renameSnapshot: ['/d', 's', 't'],
};

test.each(rows('hdfs dfs').filter(([name]) => name !== 'moveToLocal'))('hdfs dfs -%s', async (name, reason) => {
  const args = SHELL_ARGUMENTS[name] ?? ['/a'];
  expect(await new TestShell().run(`-${name}`, ...args)).toEqual({
    status: 1,
    out: '',
    err: `${name}: not supported yet: ${reason}\n`,
  });
});
