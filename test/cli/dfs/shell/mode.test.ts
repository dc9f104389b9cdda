// Tests the parser of -chmod's modes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMode } from '../../../../cli/dfs/shell/mode.ts';

// Rules of Hadoop's ChmodParser and PermissionParser.
describe('parseMode', () => {
  test.each([
    ['755', 0o644, 0o755],
    ['+755', 0o644, 0o755],
    ['1777', 0o644, 0o1777],
    ['0777', 0o1644, 0o777],
    ['u+x', 0o644, 0o744],
    ['u+x,g-r', 0o644, 0o704],
    ['a=r', 0o755, 0o444],
    ['+w', 0o444, 0o666],
    ['ug=rw,o=r', 0o777, 0o664],
    ['+t', 0o755, 0o1755],
    ['-t', 0o1755, 0o755],
    ['a+r,g-w,+rwx,o=r', 0o644, 0o774],
    ['u=rwx, g=rx', 0o644, 0o754],
  ])('%s on a file of %o gives %o', (text, before, after) => {
    expect(parseMode(text)?.apply(before, false)).toBe(after);
  });

  test('X sets x on directories and where some x is set', () => {
    expect(parseMode('a+X')?.apply(0o644, true)).toBe(0o755);
    expect(parseMode('a+X')?.apply(0o744, false)).toBe(0o755);
    expect(parseMode('a+X')?.apply(0o644, false)).toBe(0o644);
  });

  test.each(['', '9', '88', '12345', 'x+r', 'u+q', 'u+', 'u+r g+w', '2777'])('%j is no mode', (text) => {
    expect(parseMode(text)).toBeUndefined();
  });

  test('an octal mode does not depend on the old mode', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0o1777 }), fc.nat({ max: 0o777 }), (before, wanted) => {
        expect(parseMode(wanted.toString(8).padStart(3, '0'))?.apply(before, false)).toBe(wanted);
      }),
    );
  });

  test('u+r then u-r leaves a file without u=r', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0o777 }), (before) => {
        const added = parseMode('u+r')?.apply(before, false) ?? 0;
        expect(parseMode('u-r')?.apply(added, false)).toBe(before & ~0o400);
      }),
    );
  });
});
