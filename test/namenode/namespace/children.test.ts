// Tests of the sorted entries of a directory.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Children, sortKey } from '../../../namenode/namespace/children.ts';
import { newDirectory } from '../../../namenode/namespace/inode.ts';

const inode = (name: string, id = 1) =>
  newDirectory({ id, name, owner: 'o', group: 'g', permission: 0o755, modificationTimeMs: 0, accessTimeMs: 0 });
const bytes = (name: string) => Buffer.from(name);
const fileName = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 4 })
  .filter((s) => Buffer.from(s).toString() === s);

describe('Children', () => {
  it('sorts as Hadoop lists: by the UTF-8 bytes of the names', () => {
    fc.assert(
      fc.property(fileName, fileName, (a, b) => {
        const byKey = sortKey(a) < sortKey(b) ? -1 : sortKey(a) > sortKey(b) ? 1 : 0;
        expect(byKey).toBe(Math.sign(Buffer.compare(bytes(a), bytes(b))));
      }),
    );
  });

  it('holds what a sorted map would hold, whatever comes and goes', () => {
    const step = fc.record({ add: fc.boolean(), name: fc.integer({ min: 0, max: 2000 }).map(String) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3000 }), (steps) => {
        const children = new Children();
        const model = new Map<string, ReturnType<typeof inode>>();
        for (const { add, name } of steps) {
          if (!add) {
            expect(children.remove(name)).toBe(model.get(name));
            model.delete(name);
          } else if (!model.has(name)) {
            const child = inode(name);
            children.add(child);
            model.set(name, child);
          }
        }
        expect(children.size).toBe(model.size);
        expect([...children].map((c) => c.name)).toEqual([...model.keys()].sort());
        for (const name of model.keys()) expect(children.get(name)).toBe(model.get(name));
      }),
      { numRuns: 20 },
    );
  });

  it('pages through every entry once, however the pages are cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1500 }), fc.integer({ min: 1, max: 400 }), (count, limit) => {
        const children = new Children();
        children.load(Array.from({ length: count }, (_, i) => inode(`f${i}`, i)));
        const seen: string[] = [];
        for (let after = ''; ; ) {
          const { entries, remaining } = children.page(after, limit);
          seen.push(...entries.map((e) => e.name));
          expect(remaining).toBe(count - seen.length);
          if (remaining === 0) break;
          after = entries.at(-1)?.name ?? '';
        }
        expect(seen).toEqual([...children].map((c) => c.name));
      }),
      { numRuns: 30 },
    );
  });

  it('goes on after a name that is gone', () => {
    const children = new Children();
    for (const name of ['a', 'b', 'c']) children.add(inode(name));
    children.remove('b');
    expect(children.page('b', 10).entries.map((e) => e.name)).toEqual(['c']);
    expect(() => children.add(inode('a'))).toThrow('the names in a directory differ');
    expect(children.size).toBe(2);
  });
});
