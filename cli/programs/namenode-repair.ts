/** `hdfs namenode -verify` and `hdfs namenode -recover`: checks and recovers the name directories. */
import type { Configuration } from '../../conf/configuration.ts';
import { confirm } from '../terminal/confirm.ts';
import { Terminal } from '../terminal/terminal.ts';

const QUESTION =
  'You have selected Metadata Recovery mode. What is damaged or lost is left out of the namespace, and the former ' +
  'content of the name directory stays beside the new one.\n\nAre you ready to proceed?';

/** Checks every name directory. Returns the exit status: 0 if all are whole. */
export async function verify(conf: Configuration): Promise<number> {
  const { verifyNamespace } = await import('../../namenode/verify.ts');
  return (await verifyNamespace({ conf }, print)) ? 0 : 1;
}

/**
 * Recovers a damaged name directory, after a question unless `isForced`. Returns the exit status.
 * @throws Error if nothing can be recovered
 */
export async function recover(conf: Configuration, isForced: boolean): Promise<number> {
  const terminal = new Terminal(process.stdout, process.stderr);
  if (!isForced && !(await confirm(QUESTION, terminal, process.stdin))) {
    terminal.err('Recovery aborted at user request.\n');
    return 0;
  }
  const { recoverNamespace } = await import('../../namenode/recover.ts');
  await recoverNamespace({ conf }, print);
  return 0;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
