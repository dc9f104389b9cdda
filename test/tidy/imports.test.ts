// Keeps the rooms of ARCHITECTURE.md: where a file may lie, what it may import, and which files stay pure.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { FLOORS, importsIn } from './floors.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FILE_LINES_MAX = 350;

/**
 * The rooms of each floor, lowest first: the other rooms of the same floor that each may import. The word `blocks/*`
 * stands for every room inside `blocks`.
 */
const MAY_IMPORT: Readonly<Record<string, string>> = {
  conf: 'keys',
  'conf/unsupported': '. keys',
  'conf/keys': '',
  runtime: '',
  'runtime/files': '.',
  'runtime/http': '. files',
  protocol: '',
  'protocol/gen': '.',
  'protocol/sockets': '. gen',
  'protocol/checksum': '. gen',
  'protocol/datatransfer': '. gen sockets checksum',
  'protocol/rpc': '. gen sockets',
  'namenode/command': '',
  'namenode/blocks/locations': 'command',
  'namenode/blocks/redundancy': 'command blocks/locations',
  'namenode/blocks': 'command blocks/*',
  'namenode/datanodes': 'command blocks blocks/*',
  'namenode/namespace': 'command blocks blocks/*',
  'namenode/writing': 'command blocks blocks/* namespace',
  'namenode/store/journal': 'command',
  'namenode/store/level': 'command',
  'namenode/store': 'command blocks blocks/* namespace store/*',
  'namenode/namesystem': 'command blocks blocks/* datanodes namespace writing store',
  'namenode/rpc/context': 'command blocks blocks/* datanodes namespace writing store store/* namesystem',
  'namenode/rpc/datanodes': 'command blocks blocks/* datanodes namespace writing store store/* namesystem rpc/context',
  'namenode/rpc': 'command blocks blocks/* datanodes namespace writing store store/* namesystem rpc/*',
  'namenode/web': 'command blocks blocks/* datanodes namespace writing store store/* namesystem',
  namenode: 'command blocks blocks/* datanodes namespace writing store store/* namesystem rpc rpc/* web',
  'datanode/volumes': '',
  'datanode/replicas': 'volumes',
  'datanode/metrics': '',
  'datanode/context': 'volumes replicas metrics',
  'datanode/link': 'volumes replicas metrics context',
  'datanode/recovery': 'volumes replicas metrics context link',
  'datanode/transfer': 'volumes replicas metrics context',
  'datanode/scanners': 'volumes replicas metrics context',
  'datanode/rpc': 'volumes replicas metrics context link',
  'datanode/web': 'volumes replicas metrics context link',
  datanode: 'volumes replicas metrics context link recovery transfer scanners rpc web',
  'client/codecs': '',
  'client/filesystem': '',
  'client/local': 'filesystem',
  'client/dfs': 'filesystem',
  'client/read': 'filesystem dfs',
  'client/write': 'filesystem dfs',
  client: 'codecs filesystem local dfs read write',
  'mapreduce/job': '',
  'mapreduce/formats': 'job',
  'mapreduce/sequence-file': 'job formats',
  'mapreduce/data-files': 'job formats sequence-file',
  'mapreduce/api': 'job formats sequence-file data-files',
  'mapreduce/examples': 'api formats examples/*',
  'mapreduce/streaming': 'job formats sequence-file api',
  'mapreduce/sort': 'job formats api',
  'mapreduce/skew': 'job sort',
  'mapreduce/files': 'job formats api',
  'mapreduce/distcp': 'job formats api files examples/grep',
  'mapreduce/yarn': 'job formats api sort files',
  'mapreduce/records': 'job formats api sort files',
  'mapreduce/cache': 'job files',
  'mapreduce/containment': 'job',
  'mapreduce/logs': 'job files',
  'mapreduce/shuffle': 'job sort containment',
  'mapreduce/skipping': 'job formats sequence-file records',
  'mapreduce/task':
    'job formats api examples streaming distcp sort skew files records skipping cache containment logs shuffle',
  'mapreduce/tasktracker': 'job formats api sort files cache containment logs shuffle task',
  'mapreduce/jobtracker/scheduler': 'job skew',
  'mapreduce/jobtracker/history': 'job jobtracker/scheduler',
  'mapreduce/jobtracker/master': 'job formats api files cache jobtracker/scheduler jobtracker/history',
  'mapreduce/jobtracker/web': 'job jobtracker/scheduler jobtracker/history jobtracker/master',
  'mapreduce/jobtracker': 'job files logs jobtracker/*',
  'mapreduce/submit': 'job formats api files cache containment',
  'mapreduce/engines':
    'job formats api examples streaming yarn files cache records skipping shuffle task jobtracker jobtracker/* submit',
  'mapreduce/replay': 'job api files cache task',
  'mapreduce/examples/dancing': 'api formats examples',
  'mapreduce/examples/pi': 'api formats examples',
  'mapreduce/examples/grep': 'api formats examples',
  'mapreduce/examples/join': 'api formats examples examples/random',
  'mapreduce/examples/random': 'api formats examples',
  'mapreduce/examples/course': 'api formats examples',
  'tools/balancer': '',
  'cluster/daemons': '',
  'cluster/fault': 'daemons',
  cluster: 'daemons fault',
  'cli/terminal': '',
  'cli/options': 'terminal',
  'cli/dfs/paths': 'terminal options',
  'cli/dfs/shell': 'terminal options dfs/paths',
  'cli/dfs/commands': 'terminal options dfs/paths dfs/shell',
  'cli/dfs': 'terminal options dfs/paths dfs/shell dfs/commands',
  'cli/dfsadmin': 'terminal options dfs dfs/paths dfs/shell',
  'cli/debug': 'terminal options dfs/shell',
  'cli/jobs': 'terminal options',
  'cli/streaming': 'terminal options jobs',
  'cli/distcp': 'terminal options jobs',
  'cli/jars': 'terminal options jobs streaming',
  'cli/scripts': 'terminal jobs jars',
  'cli/tools': 'terminal options',
  'cli/balancer': 'terminal options',
  'cli/calf': 'terminal options',
  'cli/programs': 'terminal options dfs dfsadmin debug jobs streaming distcp jars scripts tools balancer calf',
  cli: 'programs calf',
  'index.ts': '',
};

/** Circles of files that are still to be opened. A circle that is gone must leave this list. */
const CIRCLES: readonly string[] = [];

/** Programs and the modules that a build entry names: nobody imports them. */
const ENTRIES = /^(cli\/[a-z]+\.ts|index\.ts|mapreduce\/(task\/task-child|yarn\/yarn-task|api\/api)\.ts)$/;

/** Files that wait for their first user. */
const UNUSED: readonly string[] = [];

/** Imports that run up until their files are carved. One that is gone must leave this list. */
const RUNS_UP: readonly string[] = [];

const TOPS = Object.keys(FLOORS);

function filesBelow(directory: string): string[] {
  return fs.readdirSync(path.join(ROOT, directory), { withFileTypes: true }).flatMap((entry) => {
    const name = `${directory}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(name) : name.endsWith('.ts') && !name.endsWith('.d.ts') ? [name] : [];
  });
}

const files = TOPS.flatMap((top) => (top.endsWith('.ts') ? [top] : filesBelow(top)));
const textOf = new Map(files.map((file) => [file, fs.readFileSync(path.join(ROOT, file), 'utf8')]));
const importsOf = new Map(files.map((file) => [file, importsIn(file, textOf.get(file) ?? '')]));

/** The folder of a file below its top folder's name; the file itself if it lies at the top of the project. */
const roomOf = (file: string): string => (file.includes('/') ? path.posix.dirname(file) : file);
const topOf = (file: string): string => file.split('/')[0] ?? '';

function allowed(from: string, to: string): boolean {
  if (roomOf(from) === roomOf(to)) return true;
  const top = topOf(from);
  if (top !== topOf(to)) return (FLOORS[top] ?? '').split(' ').includes(topOf(to));
  const rooms = (MAY_IMPORT[roomOf(from)] ?? '').split(' ').map((room) => (room === '.' ? top : `${top}/${room}`));
  return rooms.includes(roomOf(to)) || rooms.includes(`${path.posix.dirname(roomOf(to))}/*`);
}

/** The circles of the import graph, each as its files in order (Tarjan's strongly connected components). */
function circles(): string[] {
  const found: string[] = [];
  const state = new Map<string, { index: number; low: number; open: boolean }>();
  const stack: string[] = [];
  const visit = (file: string): { index: number; low: number; open: boolean } => {
    const own = { index: state.size, low: state.size, open: true };
    state.set(file, own);
    stack.push(file);
    for (const next of importsOf.get(file) ?? []) {
      if (!importsOf.has(next)) continue;
      const there = state.get(next);
      if (there === undefined) own.low = Math.min(own.low, visit(next).low);
      else if (there.open) own.low = Math.min(own.low, there.index);
    }
    if (own.low === own.index) {
      const members = stack.splice(stack.indexOf(file));
      for (const member of members) (state.get(member) ?? own).open = false;
      if (members.length > 1) found.push(members.sort().join(' '));
    }
    return own;
  };
  for (const file of files) if (!state.has(file)) visit(file);
  return found.sort();
}

/** The files that ARCHITECTURE.md stars, as it names them. */
function starred(): string[] {
  const text = fs.readFileSync(path.join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  return [...text.matchAll(/`([\w/.-]+\.ts)`\*/g)].map((match) => match[1] ?? '');
}

describe('the rooms', () => {
  test('every file lies in a listed folder', () => {
    expect(files.filter((file) => MAY_IMPORT[roomOf(file)] === undefined)).toEqual([]);
  });

  test('every import goes where it may', () => {
    const wrong = files.flatMap((from) =>
      (importsOf.get(from) ?? []).filter((to) => !allowed(from, to)).map((to) => `${from} -> ${to}`),
    );
    expect(wrong.sort()).toEqual([...RUNS_UP].sort());
  });

  test('every import names a file', () => {
    const dangling = files.flatMap((from) =>
      (importsOf.get(from) ?? []).filter((to) => !textOf.has(to)).map((to) => `${from} -> ${to}`),
    );
    expect(dangling).toEqual([]);
  });

  test('no circle of files beyond the list, which can only shrink', () => {
    expect(circles()).toEqual([...CIRCLES].sort());
  });

  test('every file is imported by another one', () => {
    const imported = new Set([...importsOf.values()].flat());
    expect(
      files.filter((file) => !imported.has(file) && !ENTRIES.test(file) && roomOf(file) !== 'protocol/gen'),
    ).toEqual([...UNUSED].sort());
  });

  test(`no file has more than ${FILE_LINES_MAX} lines`, () => {
    const long = files.filter(
      (file) => roomOf(file) !== 'protocol/gen' && (textOf.get(file) ?? '').split('\n').length - 1 > FILE_LINES_MAX,
    );
    expect(long).toEqual([]);
  });
});

describe('the files that ARCHITECTURE.md stars', () => {
  const IMPURE =
    /\bawait\b|\basync\b|\bset(Timeout|Interval|Immediate)\b|node:(fs|net|http|dgram)|\bDate\b|\bMath\.random\b|\bperformance\.now\b/;

  test.each(starred())('%s is pure', (name) => {
    const matches = files.filter((file) => file === name || file.endsWith(`/${name}`));
    expect(matches, `${name} must name one file`).toHaveLength(1);
    const code = (textOf.get(matches[0] ?? '') ?? '').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(IMPURE.exec(code)?.[0]).toBeUndefined();
  });
});
