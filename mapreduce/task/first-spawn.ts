/** Notices that this process starts another one. Most tasks start none, and then nobody looks for processes to end. */
import childProcess from 'node:child_process';
import diagnostics from 'node:diagnostics_channel';
import { syncBuiltinESMExports } from 'node:module';

const SYNCHRONOUS = ['spawnSync', 'execSync', 'execFileSync'] as const;

/** Calls `tell` once, before or right after this process starts its first child process. */
export function onFirstSpawn(tell: () => void): void {
  let isTold = false;
  const spawns = (): void => {
    if (isTold) return;
    isTold = true;
    tell();
  };
  // Node.js tells of each ChildProcess there. Functions that wait for the end of a program have none.
  diagnostics.subscribe('child_process', spawns);
  for (const name of SYNCHRONOUS) {
    const original = childProcess[name] as (...args: never[]) => unknown;
    const noticed = (...args: never[]): unknown => {
      spawns();
      return original(...args);
    };
    Object.assign(childProcess, { [name]: noticed });
  }
  syncBuiltinESMExports();
}
