// A model of HDFS: calls that take time, fail before or after they have run, and run although their caller has died.

import type { Programs } from './bundle.ts';
import { isUnder } from './paths.ts';
import { inProcess } from './stand-ins.ts';
import type { JobWorld } from './world.ts';

/** The output of a task that an attempt has committed. */
const TASK_OUTPUT = /\/task_[^/]*$/;

type Node = { readonly type: 'DIRECTORY' } | { readonly type: 'FILE'; text: string; readonly number: number };

/** How often calls fail or are slow. */
export interface FileFaults {
  readonly failing: number;
  readonly slow: number;
}

export class JobFileSystem {
  readonly #world: JobWorld;
  readonly #programs: Programs;
  readonly #nodes = new Map<string, Node>([['/', { type: 'DIRECTORY' }]]);
  #files = 0;
  faults: FileFaults = { failing: 0, slow: 0 };
  /** Called when a path appears or goes. */
  onChange: (change: 'appears' | 'goes', path: string) => void = () => undefined;

  constructor(world: JobWorld, programs: Programs) {
    this.#world = world;
    this.#programs = programs;
  }

  /** Returns the text of the files below a directory, by path. */
  filesBelow(directory: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [path, node] of this.#nodes) {
      if (node.type === 'FILE' && isUnder(path, directory)) found.set(path, node.text);
    }
    return found;
  }

  has(path: string): boolean {
    return this.#nodes.has(path);
  }

  /** Returns the file system as the programs see it. Each call belongs to the process that makes it. */
  handle(): object {
    const call = <T>(name: string, path: string, run: () => T): Promise<T> => this.#call(name, path, run);
    const list = (path: string) => call('list', path, () => this.#list(path));
    return {
      uri: 'hdfs://nn',
      user: 'sim',
      homeDirectory: '/user/sim',
      getFileStatus: (path: string) => call('stat', path, () => this.#status(path)),
      listStatus: async function* (path: string) {
        yield* await list(path);
      },
      mkdirs: (path: string) => call('mkdirs', path, () => this.#mkdirs(path)),
      mkdir: (path: string) =>
        call('mkdir', path, () => {
          if (this.#nodes.has(path)) throw this.#error('FileAlreadyExistsException', `${path} already exists`);
          this.#checkParent(path);
          this.#put(path, { type: 'DIRECTORY' });
        }),
      renameStrict: (from: string, to: string) => call('rename', `${from} ${to}`, () => this.#rename(from, to)),
      rename: (from: string, to: string) =>
        call('rename', `${from} ${to}`, () => {
          if (!this.#nodes.has(from) || this.#nodes.has(to) || !this.#nodes.has(parentOf(to))) return false;
          this.#rename(from, to);
          return true;
        }),
      delete: (path: string) => call('delete', path, () => this.#delete(path)),
      create: (path: string, options: { readonly createParent?: boolean } = {}) =>
        call('create', path, () => this.#create(path, options.createParent ?? true)).then((file) =>
          this.#output(path, file),
        ),
      close: async () => undefined,
    };
  }

  #output(path: string, file: Node & { type: 'FILE' }): object {
    let text = '';
    const append = (name: string): Promise<void> => {
      const added = text;
      text = '';
      return this.#call(name, path, () => {
        // The file's writer loses its lease when the file is deleted.
        if (this.#nodes.get(path) !== file) throw this.#error('FileNotFoundException', `File does not exist: ${path}`);
        file.text += added;
      });
    };
    let position = 0;
    return {
      get position() {
        return position;
      },
      write: async (chunk: Uint8Array) => {
        position += chunk.length;
        text += Buffer.from(chunk).toString();
        if (text.length > 100) await append('write');
      },
      close: () => append('close'),
      abort: async () => undefined,
    };
  }

  /** Runs a call at the server after a while; the caller, if it still lives, is told later. */
  #call<T>(name: string, path: string, run: () => T): Promise<T> {
    const world = this.#world;
    const process = inProcess(world.slot);
    const { random, scheduler } = world;
    const { failing, slow } = this.faults;
    const fails = random.chance(failing) ? random.pick(['before', 'after'] as const) : undefined;
    const isSlow = random.chance(name === 'rename' || name === 'delete' ? 5 * slow : slow);
    const wayMs = (): number => random.next() * (isSlow ? 8000 : 4);
    return new Promise((resolve, reject) => {
      const answer = (act: () => void): void => void process.after(wayMs(), act);
      scheduler.after(wayMs(), () => {
        if (process.name.startsWith('jt') && process !== world.jobTracker) return;
        world.coverage.hit(`call ${name}`);
        if (fails !== undefined) world.fault(`call fails ${fails}`, process.name);
        const error = (): unknown => this.#error('IOException', `${name} ${path}: connection reset`);
        if (fails === 'before') {
          answer(() => reject(error()));
          return;
        }
        try {
          const result = run();
          world.note('nn', `${process.name}: ${name} ${path}`);
          answer(() => (fails === 'after' ? reject(error()) : resolve(result)));
        } catch (e) {
          world.note('nn', `${process.name}: ${name} ${path}: ${String(e)}`);
          answer(() => reject(fails === 'after' ? error() : e));
        }
      });
    });
  }

  #error(javaClass: Parameters<Programs['hadoopError']>[0], message: string): unknown {
    return this.#programs.hadoopError(javaClass, message);
  }

  #status(path: string) {
    const node = this.#node(path);
    return { path, type: node.type, length: node.type === 'FILE' ? node.text.length : 0 };
  }

  #node(path: string): Node {
    const node = this.#nodes.get(path);
    if (!node) throw this.#error('FileNotFoundException', `File does not exist: ${path}`);
    return node;
  }

  #list(path: string): object[] {
    this.#node(path);
    return [...this.#nodes.keys()]
      .filter((p) => p !== '/' && parentOf(p) === path)
      .sort()
      .map((p) => this.#status(p));
  }

  #put(path: string, node: Node): void {
    this.#nodes.set(path, node);
    this.onChange('appears', path);
  }

  #checkParent(path: string): void {
    if (this.#nodes.get(parentOf(path))?.type !== 'DIRECTORY') {
      throw this.#error('FileNotFoundException', `Parent directory doesn't exist: ${parentOf(path)}`);
    }
  }

  #mkdirs(path: string): void {
    if (this.#nodes.get(path)?.type === 'DIRECTORY') return;
    if (this.#nodes.has(path)) throw this.#error('FileAlreadyExistsException', `${path} is a file`);
    this.#mkdirs(parentOf(path));
    this.#put(path, { type: 'DIRECTORY' });
  }

  #create(path: string, createParent: boolean): Node & { type: 'FILE' } {
    if (createParent) this.#mkdirs(parentOf(path));
    this.#checkParent(path);
    this.#delete(path);
    const file = { type: 'FILE', text: '', number: this.#files++ } as const satisfies Node;
    const node: Node & { type: 'FILE' } = { ...file };
    this.#put(path, node);
    return node;
  }

  #delete(path: string): boolean {
    if (!this.#nodes.has(path)) return false;
    for (const p of [...this.#nodes.keys()]) {
      if (!isUnder(p, path)) continue;
      this.#nodes.delete(p);
      this.onChange('goes', p);
    }
    return true;
  }

  #rename(from: string, to: string): void {
    this.#node(from);
    if (this.#nodes.has(to) && TASK_OUTPUT.test(to))
      this.#world.fail('commits-meet-no-other', `${from} can not be renamed to ${to}`);
    if (this.#nodes.has(to))
      throw this.#error('FileAlreadyExistsException', `rename destination ${to} already exists.`);
    this.#checkParent(to);
    for (const [p, node] of [...this.#nodes]) {
      if (!isUnder(p, from)) continue;
      this.#nodes.delete(p);
      this.onChange('goes', p);
      this.#put(to + p.slice(from.length), node);
    }
  }
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
