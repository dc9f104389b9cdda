// Tests of the check of a subtree in slices: the verdict is that of one check of the whole at the moment of the command.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { INodeDirectory } from '../../../namenode/namespace/inode.ts';
import { lastINode } from '../../../namenode/namespace/inode-tree.ts';
import { ALL } from '../../../namenode/namespace/permissions.ts';
import { SubtreeCheck } from '../../../namenode/namespace/subtree-check.ts';
import { HadoopError } from '../../../runtime/errors.ts';
import { BOB, Harness, ROOT } from '../harness.ts';

/** Paths below /t, and some beside it, from which and to which inodes are moved. */
const path = fc
  .tuple(fc.constantFrom('/t', '/t', '/u'), fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3 }))
  .map(([top, names]) => [top, ...names].join('/'));
const mode = fc.constantFrom(0o777, 0o777, 0o777, 0o777, 0o1777, 0o1777, 0o755);
const owner = fc.constantFrom('hdfs', 'bob');
/** An inode that is there before the check begins; a mode makes it a directory. */
const inode = fc.tuple(path, fc.option(mode, { freq: 4 }), owner);

type Step = (h: Harness, check: SubtreeCheck) => unknown;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.integer({ min: 1, max: 3 }).map(
      (limit): Step =>
        (_h, check) =>
          check.step(limit),
    ),
    weight: 4,
  },
  {
    arbitrary: fc.tuple(path, mode).map(
      ([p, m]): Step =>
        (h) =>
          mkdir(h, p, m),
    ),
    weight: 2,
  },
  path.map(
    (p): Step =>
      (h) =>
        h.create(p),
  ),
  fc.tuple(path, mode).map(
    ([p, m]): Step =>
      (h) =>
        h.apply({ op: 'setPermission', caller: ROOT, path: p, permission: m }),
  ),
  mode.map(
    (m): Step =>
      (h) =>
        h.apply({ op: 'setPermission', caller: ROOT, path: '/t', permission: m }),
  ),
  fc.tuple(path, owner).map(
    ([p, o]): Step =>
      (h) =>
        h.apply({ op: 'setOwner', caller: ROOT, path: p, owner: o, group: undefined }),
  ),
  fc.tuple(path, path).map(
    ([source, destination]): Step =>
      (h) =>
        h.apply({ op: 'rename', caller: ROOT, source, destination }),
  ),
  path.map(
    (p): Step =>
      (h) =>
        h.apply({ op: 'delete', caller: ROOT, path: p, recursive: true }),
  ),
);

function mkdir(h: Harness, at: string, permission: number): void {
  h.mkdirs(at, ROOT, 0o777);
  h.apply({ op: 'setPermission', caller: ROOT, path: at, permission });
}

function directoryAt(h: Harness, at: string): INodeDirectory {
  const inode = lastINode(h.state.namespace.tree.resolve(at));
  if (inode?.kind !== 'directory') throw new Error(`${at} is no directory`);
  return inode;
}

function verdictOf(check: SubtreeCheck): 'allowed' | 'refused' {
  try {
    check.finish();
    return 'allowed';
  } catch (e) {
    if (e instanceof HadoopError && e.code === 'AccessControlException') return 'refused';
    throw e;
  }
}

describe('the check of a subtree in slices', () => {
  it('has the verdict of one check of the whole, whatever changes between its slices', () => {
    const verdicts = { allowed: 0, refused: 0 };
    fc.assert(
      fc.property(
        fc.array(inode, { minLength: 2, maxLength: 8 }),
        fc.array(step, { maxLength: 12 }),
        (inodes, steps) => {
          const h = new Harness();
          for (const top of ['/t', '/u']) mkdir(h, top, 0o777);
          const { subtreeChecks } = h.state.namespace;
          const root = directoryAt(h, '/t');
          for (const [at, permission, user] of inodes) {
            tolerated(() => (permission === null ? h.create(at) : mkdir(h, at, permission)));
            tolerated(() => h.apply({ op: 'setOwner', caller: ROOT, path: at, owner: user, group: undefined }));
          }
          const check = subtreeChecks.begin(root, BOB, ALL, 2);
          for (const run of steps) tolerated(() => run(h, check));
          const whole = verdictOf(new SubtreeCheck(root, BOB, ALL));
          expect(verdictOf(check)).toBe(whole);
          verdicts[whole]++;
          subtreeChecks.end(check);
          expect(subtreeChecks.size).toBe(0);
        },
      ),
      { numRuns: 6000 },
    );
    // Both verdicts come often, so that the comparison says something.
    expect(Math.min(verdicts.allowed, verdicts.refused)).toBeGreaterThan(300);
  });

  /** Makes /t with an entry of bob's and checks it to the end; then something changes. */
  function verdictAfter(change: (h: Harness) => void): 'allowed' | 'refused' {
    const h = new Harness();
    mkdir(h, '/t', 0o1777);
    h.create('/t/f', { caller: BOB });
    mkdir(h, '/u/closed/x', 0o755);
    h.apply({ op: 'setPermission', caller: ROOT, path: '/u/closed', permission: 0o755 });
    const check = h.state.namespace.subtreeChecks.begin(directoryAt(h, '/t'), BOB, ALL);
    while (!check.step(1));
    change(h);
    return verdictOf(check);
  }

  it('looks again at entries of a sticky directory that get another owner', () => {
    const chown = (user: string) => (h: Harness) =>
      h.apply({ op: 'setOwner', caller: ROOT, path: '/t/f', owner: user, group: undefined });
    expect(verdictAfter(chown('bob'))).toBe('allowed');
    expect(verdictAfter(chown('hdfs'))).toBe('refused');
  });

  it('looks at directories that are moved in, and at those below them', () => {
    const move = (h: Harness) => {
      h.apply({ op: 'setPermission', caller: ROOT, path: '/t', permission: 0o777 });
      h.apply({ op: 'setPermission', caller: ROOT, path: '/u', permission: 0o777 });
      h.apply({ op: 'rename', caller: ROOT, source: '/u', destination: '/t/u' });
    };
    expect(verdictAfter(move)).toBe('refused');
    const moveOpen = (h: Harness) => {
      h.apply({ op: 'setPermission', caller: ROOT, path: '/u/closed', permission: 0o777 });
      move(h);
    };
    expect(verdictAfter(moveOpen)).toBe('allowed');
  });

  it('is taken over by the command of the same caller, and by no other', () => {
    const h = new Harness();
    mkdir(h, '/t', 0o777);
    mkdir(h, '/t/a/b', 0o777);
    const { subtreeChecks } = h.state.namespace;
    const root = directoryAt(h, '/t');
    const check = subtreeChecks.begin(root, BOB, ALL);
    while (!check.step(1));
    // Behind the back of the tree, which tells of every change: the check of another caller finds it alone.
    directoryAt(h, '/t/a').permission = 0o700;
    expect(() => subtreeChecks.check(root, BOB, ALL)).not.toThrow();
    const other = { ...BOB, user: 'ann' };
    expect(() => subtreeChecks.check(root, other, ALL)).toThrow('user=ann, access=ALL, inode="/t/a"');
    subtreeChecks.end(check);
    expect(() => subtreeChecks.check(root, BOB, ALL)).toThrow('user=bob, access=ALL, inode="/t/a"');
  });
});

/** Runs a step that the state of the moment may not allow. */
function tolerated(run: () => unknown): void {
  try {
    run();
  } catch (e) {
    if (!(e instanceof HadoopError)) throw e;
  }
}
