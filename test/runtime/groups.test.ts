// Tests of users' groups: the meaning of the machine's answers, and that a failed lookup is never used as an answer.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Configuration } from '../../conf/configuration.ts';
import { Groups, type GroupsLookup, groupsConfig } from '../../runtime/groups.ts';
import { silentLogger } from '../../runtime/log.ts';
import { deferred } from '../../runtime/promises.ts';
import type { Clock } from '../../runtime/runtime.ts';
import { groupsOfAnswer, unixGroupsOf } from '../../runtime/unix-groups.ts';

const CONFIG = groupsConfig(new Configuration());
const REFRESH_MS = 300_000;
const EXPIRY_MS = 3_000_000;
const NEGATIVE_MS = 30_000;

class SetClock implements Clock {
  ms = 0;
  now = () => this.ms;
  monotonicMs = () => this.ms;
}

/** Makes Groups over a lookup that the test controls. */
function groupsOver(first: GroupsLookup, config = CONFIG) {
  const clock = new SetClock();
  const lookUp = vi.fn(first);
  const log = silentLogger.child({});
  const warn = vi.spyOn(log, 'warn');
  const groups = new Groups({ config, clock, log, lookUp });
  return { groups, clock, lookUp, warn };
}

const answering =
  (...names: string[]): GroupsLookup =>
  async () =>
    names;
const failing =
  (message: string, code?: string): GroupsLookup =>
  async () => {
    throw Object.assign(new Error(message), { code });
  };

describe('the cache of groups', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Waits for a lookup, and lets the pauses between its attempts pass. */
  async function finished(groups: Groups, user: string): Promise<readonly string[]> {
    const answer = Promise.resolve(groups.of(user));
    answer.catch(() => undefined);
    await vi.runAllTimersAsync();
    return answer;
  }

  test('an answer is kept, and is given at once, until hadoop.security.groups.cache.secs have passed', async () => {
    const { groups, clock, lookUp } = groupsOver(answering('staff', 'dev'));
    expect(await groups.of('ann')).toEqual(['staff', 'dev']);
    clock.ms = REFRESH_MS - 1;
    expect(groups.of('ann')).toEqual(['staff', 'dev']);
    expect(lookUp).toHaveBeenCalledTimes(1);
    lookUp.mockImplementation(answering('dev'));
    clock.ms = REFRESH_MS;
    expect(await groups.of('ann')).toEqual(['dev']);
  });

  test('a user that the machine is known not to have is in no group, for hadoop.security.groups.negative-cache.secs', async () => {
    const { groups, clock, lookUp } = groupsOver(answering());
    expect(await groups.of('nobody-here')).toEqual([]);
    clock.ms = NEGATIVE_MS - 1;
    expect(groups.of('nobody-here')).toEqual([]);
    expect(lookUp).toHaveBeenCalledTimes(1);
    clock.ms = NEGATIVE_MS;
    lookUp.mockImplementation(failing('spawn id EAGAIN', 'EAGAIN'));
    await expect(finished(groups, 'nobody-here')).rejects.toMatchObject({ code: 'IOException' });
    lookUp.mockImplementation(answering('staff'));
    expect(await finished(groups, 'nobody-here')).toEqual(['staff']);
  });

  test('the times are those of the settings; 0 keeps no answer without groups', async () => {
    const config = groupsConfig(
      new Configuration({
        'hadoop.security.groups.cache.secs': '7',
        'hadoop.security.groups.negative-cache.secs': '0',
        'hadoop.security.groups.cache.warn.after.ms': '40',
      }),
    );
    const { groups, clock, lookUp, warn } = groupsOver(answering(), config);
    expect(await groups.of('ann')).toEqual([]);
    expect(await groups.of('ann')).toEqual([]);
    expect(lookUp).toHaveBeenCalledTimes(2);
    lookUp.mockImplementation(async () => {
      clock.ms += 41;
      return ['staff'];
    });
    expect(await groups.of('ann')).toEqual(['staff']);
    expect(warn.mock.calls).toEqual([['Potential performance problem: getGroups(user=ann) took 41 milliseconds.']]);
    clock.ms += 6999;
    expect(groups.of('ann')).toEqual(['staff']);
    clock.ms += 1;
    await groups.of('ann');
    expect(lookUp).toHaveBeenCalledTimes(4);
  });

  test.each([
    ['a timeout', failing('id did not end within 10 s')],
    ['a lack of processes', failing('spawn id EAGAIN', 'EAGAIN')],
    ['a program that fails', failing('id ended with status 2: id: LDAP is down')],
  ])('%s is logged and tried again', async (_case, failure) => {
    const { groups, lookUp, warn } = groupsOver(answering('staff'));
    lookUp.mockImplementationOnce(failure).mockImplementationOnce(failure);
    expect(await finished(groups, 'ann')).toEqual(['staff']);
    expect(lookUp).toHaveBeenCalledTimes(3);
    expect(warn.mock.calls.map(([facts]) => facts)).toMatchObject([
      { user: 'ann', attempt: 1 },
      { user: 'ann', attempt: 2 },
    ]);
  });

  // Hadoop's Groups.getGroups throws the exception of the mapping if its cache has no entry.
  test('without an answer of before the caller gets an IOException, and the next call asks anew', async () => {
    const { groups, lookUp } = groupsOver(failing('spawn id EAGAIN', 'EAGAIN'));
    await expect(finished(groups, 'ann')).rejects.toMatchObject({
      code: 'IOException',
      message: "The groups of user ann can't be looked up: spawn id EAGAIN",
    });
    expect(lookUp).toHaveBeenCalledTimes(3);
    lookUp.mockImplementation(answering('staff'));
    expect(await finished(groups, 'ann')).toEqual(['staff']);
  });

  // As in Hadoop's Groups: CacheBuilder.refreshAfterWrite(timeout).expireAfterWrite(10 * timeout).
  test('while the machine does not answer, the answer of before holds for ten times its time', async () => {
    const { groups, clock, lookUp } = groupsOver(answering('staff'));
    await groups.of('ann');
    lookUp.mockImplementation(failing('spawn id EAGAIN', 'EAGAIN'));
    clock.ms = REFRESH_MS;
    expect(await finished(groups, 'ann')).toEqual(['staff']);
    expect(lookUp).toHaveBeenCalledTimes(4);
    // During a pause after a failure, calls do not wait for three attempts each.
    expect(groups.of('ann')).toEqual(['staff']);
    clock.ms = EXPIRY_MS - 1;
    expect(await finished(groups, 'ann')).toEqual(['staff']);
    clock.ms = EXPIRY_MS + REFRESH_MS;
    await expect(finished(groups, 'ann')).rejects.toMatchObject({ code: 'IOException' });
  });

  test('callers of one user share a lookup; while one is asked anew, the others get the answer of before', async () => {
    const { groups, clock, lookUp } = groupsOver(answering('staff'));
    expect(await Promise.all([groups.of('ann'), groups.of('ann')])).toEqual([['staff'], ['staff']]);
    expect(lookUp).toHaveBeenCalledTimes(1);
    const asked = deferred<readonly string[]>();
    lookUp.mockImplementation(() => asked.promise);
    clock.ms = REFRESH_MS;
    const first = groups.of('ann');
    expect(groups.of('ann')).toEqual(['staff']);
    asked.resolve(['dev']);
    expect(await first).toEqual(['dev']);
  });

  test('at most 8 lookups run at a time', async () => {
    let running = 0;
    let most = 0;
    const { groups, lookUp } = groupsOver(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      running--;
      return ['staff'];
    });
    const all = Array.from({ length: 100 }, (_, i) => groups.of(`user${i}`));
    await vi.runAllTimersAsync();
    expect((await Promise.all(all)).every((names) => names[0] === 'staff')).toBe(true);
    expect(lookUp).toHaveBeenCalledTimes(100);
    expect(most).toBe(8);
  });

  test('a flood of names without an account is kept in part, and drives no user out', async () => {
    const { groups, lookUp } = groupsOver(async (user) => (user === 'ann' ? ['staff'] : []));
    await groups.of('ann');
    for (let i = 0; i < 20_000; i++) await groups.of(`nobody${i}`);
    expect(groups.of('ann')).toEqual(['staff']);
    const asked = lookUp.mock.calls.length;
    expect(asked).toBe(20_001);
    // The newest thousand are kept.
    expect(groups.of('nobody19999')).toEqual([]);
    expect(groups.of('nobody19000')).toEqual([]);
    expect(lookUp).toHaveBeenCalledTimes(asked);
    expect(await groups.of('nobody18999')).toEqual([]);
    expect(lookUp).toHaveBeenCalledTimes(asked + 1);
  });

  test('close() ends a lookup that runs and one that pauses, and starts no other', async () => {
    const { groups, lookUp } = groupsOver(
      (_user, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const running = expect(groups.of('ann')).rejects.toMatchObject({ code: 'IOException' });
    lookUp.mockImplementation(failing('spawn id EAGAIN', 'EAGAIN'));
    const pausing = expect(groups.of('bob')).rejects.toThrow('the daemon is stopping');
    await vi.advanceTimersByTimeAsync(1);
    await groups.close();
    await Promise.all([running, pausing]);
    expect(lookUp).toHaveBeenCalledTimes(2);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the answers of `id -Gn`, as ShellBasedUnixGroupsMapping reads them', () => {
  const status = (code: number) => Object.assign(new Error('Command failed'), { code });

  test('the names of the groups, each once', () => {
    expect(groupsOfAnswer(null, 'staff dev staff\n')).toEqual(['staff', 'dev']);
  });

  test.each([
    "id: 'ann': no such user\n",
    'id: ann: no such user\n',
    'id: unknown user ann\n',
    // According to getpwnam(3), "The given name or uid was not found" may come with ENOENT and ESRCH.
    "id: 'ann': no such user: No such file or directory\n",
    "id: 'ann': no such user: No such process\n",
  ])('%j proves that there is no such user', (stderr) => {
    expect(groupsOfAnswer(status(1), '', stderr)).toEqual([]);
  });

  test.each([
    [
      'a name service that failed',
      status(1),
      '',
      "id: 'ann': no such user: Connection refused\n",
      'Connection refused',
    ],
    ['another failure', status(1), '', 'id: cannot find name\n', 'id ended with status 1: id: cannot find name'],
    ['a failure without a message', status(127), '', '', 'id ended with status 127'],
    ['no process', Object.assign(new Error('spawn id EAGAIN'), { code: 'EAGAIN' }), '', '', 'spawn id EAGAIN'],
    ['no program', Object.assign(new Error('spawn id ENOENT'), { code: 'ENOENT' }), '', '', 'spawn id ENOENT'],
    ['a timeout', Object.assign(new Error('killed'), { killed: true }), '', '', 'id did not end within 10 s'],
    ['a timeout amid the answer', Object.assign(new Error('killed'), { killed: true }), 'staff', '', 'id did not end'],
    ['an empty answer', null, '\n', '', 'id printed no groups'],
  ])('%s proves nothing', (_case, error, stdout, stderr, message) => {
    expect(() => groupsOfAnswer(error, stdout, stderr)).toThrow(message);
  });

  // As in ShellBasedUnixGroupsMapping.parsePartialGroupNames.
  test('a group that has no name is left out', () => {
    const stderr = 'id: cannot find name for group ID 4711\n';
    expect(groupsOfAnswer(status(1), 'staff 4711 dev\n', stderr)).toEqual(['staff', 'dev']);
  });

  test('this machine knows the user of this process, and none of a name that no account has', async () => {
    const { username } = os.userInfo();
    const printed = await new Promise<string>((resolve) => {
      execFile('id', ['-gn', username], (_error, stdout) => resolve(stdout.trim()));
    });
    expect((await unixGroupsOf(username))[0]).toBe(printed);
    expect(await unixGroupsOf('calf-has-no-such-user')).toEqual([]);
    expect(await unixGroupsOf('-r')).toEqual([]);
  });

  test('a lookup that is aborted kills its program and fails', async () => {
    const closing = new AbortController();
    const lookup = unixGroupsOf(os.userInfo().username, closing.signal);
    closing.abort(new Error('the daemon is stopping'));
    await expect(lookup).rejects.toThrow('the daemon is stopping');
  });
});

describe('a flood of names', () => {
  const path = process.env.PATH;
  let directory = '';
  beforeEach(async () => {
    directory = await fs.mkdtemp(join(os.tmpdir(), 'calf-id-'));
    await fs.mkdir(join(directory, 'running'));
    await fs.writeFile(
      join(directory, 'id'),
      `#!/bin/sh
cd '${directory}'
: >"running/$$"
set -- "$@" running/*
echo "$2 $(($# - 2))" >>log
sleep 0.15
rm "running/$$"
echo "id: '$2': no such user" >&2
exit 1
`,
      { mode: 0o755 },
    );
    process.env.PATH = `${directory}:${path}`;
  });
  afterEach(async () => {
    process.env.PATH = path;
    await fs.rm(directory, { recursive: true, force: true });
  });

  test('runs `id` once for each name, and at most 8 at a time', async () => {
    const { groups } = groupsOver(unixGroupsOf);
    const names = Array.from({ length: 200 }, (_, i) => `nobody${i}`);
    const answers = await Promise.all([...names, ...names, ...names].map((name) => groups.of(name)));
    expect(answers.every((answer) => answer.length === 0)).toBe(true);
    const runs = (await fs.readFile(join(directory, 'log'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    expect(runs.map(([name]) => name).sort()).toEqual([...names].sort());
    const atATime = runs.map(([, running]) => Number(running));
    expect(Math.max(...atATime)).toBeLessThanOrEqual(8);
    expect(Math.max(...atATime)).toBeGreaterThan(1);
  });
});
