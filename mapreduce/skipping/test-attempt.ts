/** A test attempt of a task in skipping mode: it ends without a commit when no record of its part has failed. */
import type { RecordRange } from '../job/record-ranges.ts';

/** Ends a test attempt that has met no bad record. Its output goes as that of an attempt that fails. */
export class TestPassedError extends Error {
  override readonly name = 'TestPassedError';

  constructor({ start, length }: RecordRange) {
    super(`The test attempt has found no bad record among the ${length} from number ${start} on`);
  }
}

/** Returns the part of a last report that tells of a test attempt which met no bad record. */
export const passedTest = (thrown: unknown): { readonly isTestPassed?: true } =>
  thrown instanceof TestPassedError ? { isTestPassed: true } : {};

/** Returns the connection of a test attempt, which ends instead of a commit. */
export function withoutCommit<U extends object>(umbilical: U, test: RecordRange): U {
  return new Proxy(umbilical, {
    get(target, name) {
      if (name === 'mayCommit') return async () => await Promise.reject(new TestPassedError(test));
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
