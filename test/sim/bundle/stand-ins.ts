// Modules that replace node's, packages' and some of Calf's own modules in the bundled programs.
import crypto from 'node:crypto';
import { constants } from 'node:fs';
import path from 'node:path';
import url from 'node:url';
import zlib from 'node:zlib';
import { SimLevel } from '../disk/database.ts';
import { FileApi } from '../disk/file-api.ts';
import { SimServer } from '../network/server.ts';
import { SimSocket, type SocketOptions } from '../network/socket.ts';
import type { SimProcess, SimTimeout } from '../world/process.ts';

/**
 * Holds the process that runs now. All processes share the programs' code, so that it is compiled once; an event and
 * the microtasks after it belong to one process.
 */
export interface Slot {
  process: SimProcess | undefined;
}

/** Returns the process that runs now. @throws Error if none does */
const inProcess = (slot: Slot): SimProcess => {
  if (slot.process === undefined) throw new Error('no simulated process runs');
  return slot.process;
};

type Run = (...args: unknown[]) => void;
const nothing = (): void => undefined;
const USER = 'sim';

/** Returns the object that a bundle gets as `__sim`: stand-ins for modules and global functions, the probe and the knobs. */
export function standIns(slot: Slot) {
  return { globals: globalsOf(slot), modules: modulesOf(slot), probe: probeOf(slot), knob: knobOf(slot), missing };
}

/** Returns a module that the programs may import but not use: every access throws an Error. */
function missing(name: string): object {
  return new Proxy(
    {},
    {
      get: (_target, part) => {
        if (typeof part === 'symbol' || part === 'default' || part === '__esModule') return undefined;
        throw new Error(`sim: ${part} of ${name} is not simulated`);
      },
    },
  );
}

function probeOf(slot: Slot) {
  return (what: string, ...facts: readonly unknown[]): void =>
    inProcess(slot).world.onProbe(inProcess(slot), what, ...facts);
}

/** Makes a constant of the programs that has another value in each world. It takes part in arithmetic as a number. */
function knobOf(slot: Slot) {
  return (name: string, usual: number, others: readonly number[]) => ({
    valueOf: () => inProcess(slot).world.knobs.value(name, usual, others),
  });
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
      version: 'v20.0.0',
      versions: { node: '20.0.0' },
      nextTick: (run: Run, ...args: unknown[]) => queueMicrotask(() => run(...args)),
      kill: () => {
        throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' });
      },
      memoryUsage: () => ({ heapUsed: 0, heapTotal: 0, rss: 0, external: 0 }),
      uptime: () => 0,
      on: nothing,
      once: nothing,
      emitWarning: nothing,
    },
  };
}

function modulesOf(slot: Slot): Record<string, unknown> {
  const fs = fileModule(slot, (api) => api);
  const promises = fileModule(slot, (api) => api.promises);
  return {
    'node:net': netModule(slot),
    'node:fs': fs,
    'node:fs/promises': promises,
    'node:path': path,
    'node:url': url,
    'node:zlib': { crc32: zlib.crc32 },
    'node:crypto': { createHash: crypto.createHash, timingSafeEqual: crypto.timingSafeEqual },
    'node:os': osModule(slot),
    'node:v8': { getHeapStatistics: () => ({ heap_size_limit: 2 ** 30 }) },
    'node:timers/promises': {
      setTimeout: (ms: number, value?: unknown) =>
        new Promise((resolve) => inProcess(slot).setTimeout(() => resolve(value), ms)),
      setImmediate: (value?: unknown) => new Promise((resolve) => inProcess(slot).setImmediate(() => resolve(value))),
    },
    'node:dns/promises': { lookup: async () => ({ address: inProcess(slot).machine.ip, family: 4 }) },
    'node:child_process': {
      execFile: (_file: string, _args: unknown, _options: unknown, done: (e: null, out: string) => void) => {
        inProcess(slot).after(1, () => done(null, `${USER}\n`));
        return { kill: () => true };
      },
    },
    level: { Level: levelClass(slot) },
    'fs-native-extensions': { tryLock: (fd: number) => fileApiOf(inProcess(slot)).tryLock(fd) },
    'runtime/runtime.ts': runtimeModule(slot),
    'runtime/log.ts': logModule(slot),
    'namenode/web/web.ts': { NameNodeWeb: Web },
    'datanode/web/web.ts': { DatanodeWeb: Web },
  };
}

function netModule(slot: Slot) {
  const connect = (options: SocketOptions & { readonly host: string; readonly port: number }): SimSocket => {
    const socket = new SimSocket(inProcess(slot), options);
    inProcess(slot).world.network.connect(socket, options.host, options.port);
    return socket;
  };
  const isIPv4 = (text: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(text);
  return {
    connect,
    createConnection: connect,
    createServer: (options: { readonly allowHalfOpen?: boolean }, accept: (socket: SimSocket) => void) =>
      new SimServer(inProcess(slot), options.allowHalfOpen ?? false, accept),
    Socket: SimSocket,
    isIP: (text: string) => (isIPv4(text) ? 4 : 0),
    isIPv4,
    isIPv6: () => false,
  };
}

const fileApis = new WeakMap<SimProcess, FileApi>();

function fileApiOf(process: SimProcess): FileApi {
  const api = fileApis.get(process) ?? new FileApi(process);
  fileApis.set(process, api);
  return api;
}

/** Returns a stand-in for a module of node:fs. Calls that are not simulated throw an Error. */
function fileModule(slot: Slot, part: (api: FileApi) => object): object {
  return new Proxy(
    {},
    {
      get: (_target, name) => {
        if (typeof name === 'symbol' || name === 'default' || name === '__esModule') return undefined;
        if (name === 'constants') return constants;
        const owner = part(fileApiOf(inProcess(slot)));
        const value: unknown = Reflect.get(owner, name, owner);
        if (value === undefined) throw new Error(`sim fs: ${name} is not simulated`);
        return typeof value === 'function' ? value.bind(owner) : value;
      },
    },
  );
}

function osModule(slot: Slot) {
  return {
    hostname: () => inProcess(slot).machine.name,
    networkInterfaces: () => ({
      eth0: [{ address: inProcess(slot).machine.ip, family: 'IPv4', internal: false }],
    }),
    userInfo: () => ({ username: USER, uid: 1, gid: 1 }),
    homedir: () => '/home',
    tmpdir: () => '/tmp',
    totalmem: () => 2 ** 30,
    freemem: () => 2 ** 29,
    cpus: () => [],
    loadavg: () => [0, 0, 0],
    availableParallelism: () => 1,
  };
}

function levelClass(slot: Slot) {
  return class extends SimLevel {
    constructor(databasePath: string, options?: ConstructorParameters<typeof SimLevel>[2]) {
      super(inProcess(slot), databasePath, options);
    }
  };
}

function runtimeModule(slot: Slot) {
  return {
    systemClock: { now: () => inProcess(slot).now(), monotonicMs: () => inProcess(slot).monotonicMs() },
    systemRandom: {
      next: () => inProcess(slot).world.programRandom.next(),
      nextInt: (bound: number) => inProcess(slot).world.programRandom.nextInt(bound),
      bytes: (length: number) => inProcess(slot).world.programRandom.bytes(length),
      uuid: () => inProcess(slot).world.programRandom.uuid(),
    },
  };
}

function logModule(slot: Slot) {
  const logAt = (level: string) => (facts: unknown, message?: string) => {
    const { world } = inProcess(slot);
    const { err } = (facts ?? {}) as { err?: unknown };
    if (err instanceof Error && /not simulated/.test(err.message)) world.breakDown(err);
    else if (isBug(err)) world.fail('errors-are-hadoops', `${inProcess(slot).name}: ${message}: ${String(err)}`);
    if (!world.trace.isOn || (!world.logsAll && (level === 'debug' || level === 'trace'))) return;
    inProcess(slot).log(level, message === undefined ? String(facts) : `${message}${factsText(facts)}`);
  };
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, logAt(level)]);
  const logger: Record<string, unknown> = Object.fromEntries(levels);
  logger.level = 'info';
  logger.isLevelEnabled = () => true;
  logger.child = () => logger;
  return { createLogger: () => logger, silentLogger: logger };
}

/** Returns whether an error can't come from a simulated fault: the programs survive most errors and would hide it. */
function isBug(err: unknown): boolean {
  return err instanceof TypeError || err instanceof RangeError;
}

function factsText(facts: unknown): string {
  if (typeof facts !== 'object' || facts === null) return '';
  const parts = Object.entries(facts).map(([name, value]) => {
    if (value instanceof Error) return `${name}: ${value.message}`;
    return `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`;
  });
  return parts.length === 0 ? '' : ` (${parts.join(', ').replace(/\/run\d+/g, '')})`;
}

/** Replaces the daemons' web servers, which the simulator leaves out. */
class Web {
  listen(port: number, host: string) {
    return Promise.resolve({ host, port });
  }

  abort() {
    // There is no connection to cut.
  }

  close() {
    return Promise.resolve();
  }
}
