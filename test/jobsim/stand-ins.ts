// Modules that replace node's and some of Calf's own modules in the bundled programs.
import crypto from 'node:crypto';
import path from 'node:path';
import url from 'node:url';
import zlib from 'node:zlib';
import type { SimTimeout } from '../sim/world/process.ts';
import type { Programs } from './bundle.ts';
import { jsonClientModule } from './http.ts';
import { taskProcessClass } from './task-process.ts';
import type { JobProcess, Slot } from './world.ts';

type Run = (...args: unknown[]) => void;

/** Returns the process that runs now. @throws Error if none does */
export const inProcess = (slot: Slot): JobProcess => {
  if (slot.process === undefined) throw new Error('no simulated process runs');
  return slot.process;
};

/** Returns the object that a bundle gets as `__sim`: stand-ins for modules and global functions. */
export function standIns(slot: Slot, programs: () => Programs) {
  return { globals: globalsOf(slot), modules: modulesOf(slot, programs), missing };
}

/** Returns a module that the programs may import but not use: every access throws an Error. */
function missing(name: string): object {
  return new Proxy(
    {},
    {
      get: (_target, part) => {
        if (typeof part === 'symbol' || part === 'default' || part === '__esModule') return undefined;
        throw new Error(`jobsim: ${part} of ${name} is not simulated`);
      },
    },
  );
}

function globalsOf(slot: Slot) {
  const clear = (timer: SimTimeout | undefined): void => timer?.clear();
  return {
    setTimeout: (run: Run, ms?: number, ...args: unknown[]) => inProcess(slot).setTimeout(() => run(...args), ms),
    setInterval: (run: Run, ms?: number, ...args: unknown[]) => inProcess(slot).setInterval(() => run(...args), ms),
    setImmediate: (run: Run, ...args: unknown[]) => inProcess(slot).setImmediate(() => run(...args)),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
    process: {
      pid: 1,
      env: { CALF_INVARIANTS: 'all' },
      platform: 'linux',
      cwd: () => '/',
      versions: { node: '20.0.0' },
      on: () => undefined,
      emitWarning: () => undefined,
    },
  };
}

function modulesOf(slot: Slot, programs: () => Programs): Record<string, unknown> {
  const ignored = (): undefined => undefined;
  return {
    // A tracker's own directory: the simulated tasks keep nothing in it.
    'node:child_process': { spawnSync: ignored },
    'node:fs': {
      existsSync: () => false,
      rmSync: ignored,
      mkdirSync: ignored,
      promises: { rm: async () => undefined },
    },
    'node:path': path,
    'node:url': url,
    'node:zlib': { crc32: zlib.crc32 },
    'node:crypto': { createHash: crypto.createHash, createHmac: crypto.createHmac },
    'node:os': { userInfo: () => ({ username: 'sim' }), homedir: () => '/home', hostname: () => 'host' },
    'runtime/runtime.ts': {
      systemClock: { now: () => inProcess(slot).now(), monotonicMs: () => inProcess(slot).monotonicMs() },
      systemRandom: {
        next: () => inProcess(slot).world.random.next(),
        nextInt: (bound: number) => inProcess(slot).world.random.nextInt(bound),
        bytes: (length: number) => inProcess(slot).world.random.bytes(length),
        uuid: () => inProcess(slot).world.random.uuid(),
      },
    },
    'runtime/http/json-client.ts': jsonClientModule(slot),
    'runtime/http/fits.ts': { fits: () => undefined },
    'client/get-file-system.ts': { getFileSystem: () => inProcess(slot).world.files.handle() },
    'mapreduce/task/task-process.ts': { TaskProcess: taskProcessClass(slot, programs) },
  };
}
