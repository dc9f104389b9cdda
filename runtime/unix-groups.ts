/** Asks the machine for a user's groups, as Hadoop's ShellBasedUnixGroupsMapping: `id -Gn USER`. */
import { type ExecFileException, execFile } from 'node:child_process';

/** A longer run of `id` counts as failed: its name service does not answer. */
const TIMEOUT_MS = 10_000;
/** Names that no account can have: a line of the user database ends at them, or `id` would take them for an option. */
const NO_ACCOUNT_NAME = /^$|^-|[\0\n:]/;
/** `id` proves that there is no such user. The system's reasons that getpwnam(3) gives for that may follow. */
const NO_SUCH_USER = /(: no such user|unknown user \S+)(: No such (file or directory|process))?$/;
/** `id` knows the user, and a group of the user by its number alone. */
const NO_GROUP_NAME = /^id: cannot find name for group ID (\d+)$/;

/**
 * Returns the names of a user's groups, the primary group first; none if the machine proves that it has no such user.
 * Groups that have a number and no name are left out (ShellBasedUnixGroupsMapping.resolvePartialGroupNames).
 * @param signal kills the program when it aborts; the promise settles when the program has ended
 * @throws Error if the machine does not say: a timeout, a lack of processes, a name service that fails
 */
export function unixGroupsOf(user: string, signal?: AbortSignal): Promise<readonly string[]> {
  if (NO_ACCOUNT_NAME.test(user)) return Promise.resolve([]);
  // The messages that are understood here are those of the C locale.
  const options = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', env: { ...process.env, LC_ALL: 'C' } } as const;
  return new Promise((resolve, reject) => {
    const kill = () => child.kill('SIGKILL');
    const child = execFile('id', ['-Gn', user], options, (error, stdout, stderr) => {
      signal?.removeEventListener('abort', kill);
      try {
        signal?.throwIfAborted();
        resolve(groupsOfAnswer(error, stdout, stderr));
      } catch (e) {
        reject(e);
      }
    });
    signal?.addEventListener('abort', kill);
  });
}

/**
 * Reads the outcome of `id -Gn USER`.
 * @throws Error if it tells neither the groups nor that there is no such user
 */
export function groupsOfAnswer(error: ExecFileException | null, stdout: string, stderr = ''): readonly string[] {
  const names = [...new Set(stdout.split(/\s+/))].filter((name) => name !== '');
  if (!error) {
    if (names.length === 0) throw new Error('id printed no groups');
    return names;
  }
  if (error.killed) throw new Error(`id did not end within ${TIMEOUT_MS / 1000} s`, { cause: error });
  // A number is the exit status of a program that ran to its end; anything else means that it did not.
  if (typeof error.code !== 'number') throw error;
  const messages = stderr.split('\n').filter((line) => line !== '');
  const last = messages.at(-1) ?? '';
  if (names.length === 0 && messages.length === 1 && NO_SUCH_USER.test(last)) return [];
  const nameless = new Set(messages.map((message) => NO_GROUP_NAME.exec(message)?.[1]));
  if (names.length > 0 && messages.length > 0 && !nameless.has(undefined)) {
    return names.filter((name) => !nameless.has(name));
  }
  throw new Error(`id ended with status ${error.code}: ${stderr.trim()}`, { cause: error });
}
