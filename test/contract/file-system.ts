// Declares the tests of the contract for any file system: one expectation for each rule.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FILE_SYSTEM_CONTRACT } from './cases/index.ts';
import type { Subject } from './ground.ts';
import { type Differences, runCase } from './run-case.ts';

/**
 * Declares the tests of Hadoop's file system contract.
 * @param open starts the servers that the file system needs; the `close` of its result stops them
 * @param differences rules that this file system keeps in another way, by the name of the case
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
