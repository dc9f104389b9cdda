// Tests of concat.
import { describe, expect, it } from 'vitest';
import { getBlockLocations, getFileInfo } from '../../../namenode/namespace/stat-and-listing.ts';
import { HadoopError } from '../../../runtime/errors.ts';
import { BOB, Harness, MIB, ROOT, snapshot } from '../harness.ts';

const concat = (h: Harness, target: string, sources: string[], caller = ROOT) =>
  h.apply({ op: 'concat', caller, target, sources });

function failure(run: () => unknown): string {
  try {
    run();
  } catch (e) {
    const error = HadoopError.from(e);
    return `${error.code}: ${error.message}`;
  }
  return 'no failure';
}

function files(): Harness {
  const h = new Harness();
  for (const name of ['d1', 'd2']) h.addDatanode(name, { ip: `10.1.0.${name.slice(1)}` });
  h.writeFile('/d/a', MIB);
  h.writeFile('/d/b', 100, 2);
  h.writeFile('/d/c', 7);
  h.writeFile('/else', 5);
  h.writeFileWithoutBlocks('/d/empty');
  h.mkdirs('/d/dir');
  h.create('/d/open', { clientName: 'w' });
  return h;
}

describe('concat', () => {
  it('puts the blocks behind each other; the sources are gone, the target’s replication counts', () => {
    const h = files();
    h.now += 5;
    concat(h, '/d/a', ['/d/c', '/d/b']);
    const { blocks } = h.read(getBlockLocations, { caller: ROOT, path: '/d/a', offset: 0, length: 1e9 }).locations;
    expect(blocks.map((b) => [b.offset, b.b.numBytes, b.locs.length])).toEqual([
      [0, MIB, 1],
      [MIB, 7, 1],
      [MIB + 7, 100, 1],
    ]);
    expect(h.read(getFileInfo, { caller: ROOT, path: '/d/a' })).toMatchObject({ modification_time: h.now });
    expect(h.read(getFileInfo, { caller: ROOT, path: '/d/b' })).toBeUndefined();
    const before = snapshot(h.state);
    h.restart();
    expect(snapshot(h.state)).toEqual(before);
  });

  it.each([
    [
      '/d/a',
      ['/d/a'],
      'HadoopIllegalArgumentException: concat: the src file /d/a is the same with the target file /d/a',
    ],
    ['/d/a', ['/d/b', '/d/b'], 'HadoopIllegalArgumentException: concat: at least two of the source files are the same'],
    [
      '/d/a',
      ['/d/empty'],
      'HadoopIllegalArgumentException: concat: source file /d/empty is invalid or empty or underConstruction',
    ],
    [
      '/d/a',
      ['/d/open'],
      'HadoopIllegalArgumentException: concat: source file /d/open is invalid or empty or underConstruction',
    ],
    [
      '/d/a',
      ['/else'],
      'HadoopIllegalArgumentException: Source file /else is not in the same directory with the target /d/a',
    ],
    ['/d/open', ['/d/a'], 'HadoopIllegalArgumentException: concat: target file /d/open is under construction'],
    ['/d/a', ['/d/none'], 'FileNotFoundException: File does not exist: /d/none'],
    ['/d/none', ['/d/a'], 'FileNotFoundException: File does not exist: /d/none'],
    ['/d/a', ['/d/dir'], 'FileNotFoundException: Path is not a file: /d/dir'],
    ['/d/a', [], 'IllegalArgumentException: No sources given'],
    ['/d/a', ['/.reserved/raw/d/b'], "IOException: Concat operation doesn't support .reserved relative path"],
  ])('%s of %j is refused, and nothing changes (FSDirConcatOp)', (target, sources, message) => {
    const h = files();
    const before = snapshot(h.state);
    expect(failure(() => concat(h, target, sources))).toContain(message);
    expect(snapshot(h.state)).toEqual(before);
  });

  it('needs the right to write the target', () => {
    expect(failure(() => concat(files(), '/d/a', ['/d/b'], BOB))).toContain('AccessControlException');
  });
});
