// Runs one case of the contract on one file system, with the differences that the file system declares.
import { type ContractCase, Ground, type Subject } from './ground.ts';

/** A rule that a file system keeps in another way: the reason, and the text with which the case then fails. */
export interface Difference {
  readonly why: string;
  readonly failsWith: string;
}

export type Differences = Readonly<Record<string, Difference>>;

/**
 * Runs a case in an empty directory.
 * @throws if the case fails in another way than declared, or passes although a difference is declared
 */
export async function runCase(
  subject: Subject,
  index: number,
  one: ContractCase,
  differences: Differences,
): Promise<void> {
  const ground = new Ground(subject, `case-${index}`);
  await subject.fs.mkdirs(ground.at(''));
  const declared = differences[one.name];
  if (declared === undefined) {
    await one.run(ground);
    return;
  }
  const failure = await one.run(ground).then(
    () => undefined,
    (e: unknown) => String(e),
  );
  if (failure === undefined) throw new Error(`a declared difference is gone (${declared.why})`);
  if (!failure.includes(declared.failsWith)) throw new Error(`expected "${declared.failsWith}", there was: ${failure}`);
}
