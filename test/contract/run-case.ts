/** Runs one case of the contract against one file system, with the differences that the file system declares. */
import { type ContractCase, Ground, type Subject } from './ground.ts';

/** A rule that a file system keeps in its own way: why, and the text that the case then fails with. */
export interface Difference {
  readonly why: string;
  readonly failsWith: string;
}

export type Differences = Readonly<Record<string, Difference>>;

/** Runs a case in a fresh directory. @throws if it fails in another way than declared, or if a declared difference is gone */
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
