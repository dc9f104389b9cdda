/** The contract suite as a factory: one expectation per rule, over any file system. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FILE_SYSTEM_CONTRACT } from './cases/index.ts';
import type { Subject } from './ground.ts';
import { type Differences, runCase } from './run-case.ts';

/**
 * Declares the tests of Hadoop's file system contract.
 * @param open starts what the file system needs; its `close` stops that again
 * @param differences by the name of a case: rules that this file system keeps in its own way
 */
export function fileSystemContract(
  name: string,
  open: () => Promise<Subject & { readonly close: () => Promise<void> }>,
  differences: Differences = {},
): void {
  describe(name, () => {
    let subject: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => subject.close());

    test('every declared difference names a case', () => {
      const names = new Set(FILE_SYSTEM_CONTRACT.map((one) => one.name));
      expect(Object.keys(differences).filter((declared) => !names.has(declared))).toEqual([]);
    });

    for (const [i, one] of FILE_SYSTEM_CONTRACT.entries()) {
      const declared = differences[one.name];
      const title = declared === undefined ? one.name : `${one.name} [differs: ${declared.why}]`;
      test(title, () => runCase(subject, i, one, differences));
    }
  });
}
