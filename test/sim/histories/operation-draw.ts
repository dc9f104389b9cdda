/** Draws the operations of a history from the seed. */
import type { SimRandom } from '../world/random.ts';
import type { Operation, Request } from './operation.ts';

export const BLOCK_BYTES = 1024;
export const TOP = '/h';
/** The names that all clients share. */
export const PATHS = ['/h/a', '/h/b', '/h/c', '/h/a/x', '/h/a/y', '/h/b/x', '/h/a/x/z', '/h/f', '/h/g'];
const FILE_PERMISSIONS = [0o644, 0o600, 0o666, 0o640];
const DIRECTORY_PERMISSIONS = [0o755, 0o777, 0o777, 0o700, 0o775, 0o1777];
const OWNERS = ['sim', 'ann', 'bob'];
const GROUPS = ['sim', 'supergroup'];
/** Times that clients set lie before this one, and those of the NameNode's clock after. */
const TIME_MS_MAX = 1_600_000_000_000;

/** Draws operations, with frequencies of this seed. */
export class OperationDraw {
  readonly #random: SimRandom;
  readonly #weights: Readonly<Record<Request['op'], number>>;
  /** Names of this seed: the fewer there are, the more calls meet. */
  readonly #paths: readonly string[];
  readonly #dataShare: number;

  constructor(random: SimRandom) {
    this.#random = random;
    const some = (most: number): number => (random.chance(0.75) ? random.next() * most : 0);
    this.#weights = {
      mkdirs: 2 + some(3),
      create: 1 + some(4),
      rename: some(3),
      rename2: some(3),
      delete: 1 + some(3),
      setPermission: some(1.5),
      setOwner: some(1),
      setTimes: some(1),
      setReplication: some(1),
      concat: some(2),
      truncate: some(1),
      stat: 1 + some(3),
      list: 1 + some(3),
    };
    const count = random.between(3, PATHS.length);
    const offset = random.nextInt(PATHS.length);
    this.#paths = PATHS.filter((_, i) => (i + offset) % PATHS.length < count);
    this.#dataShare = random.chance(0.5) ? 0 : 0.5;
  }

  next(): Request {
    const random = this.#random;
    const op = random.weighted(this.#weights);
    const path = this.#path();
    switch (op) {
      case 'mkdirs':
        return { op, path, permission: random.pick(DIRECTORY_PERMISSIONS), createParent: random.chance(0.7) };
      case 'create':
        return {
          ...this.create(path, this.#length()),
          createParent: random.chance(0.6),
          overwrite: random.chance(0.5),
        };
      case 'rename':
        return { op, source: path, destination: this.#path() };
      case 'rename2':
        return { op, source: path, destination: this.#path(), overwrite: random.chance(0.5) };
      case 'delete':
        return { op, path, recursive: random.chance(0.6) };
      case 'setPermission':
        return { op, path, permission: random.pick([...DIRECTORY_PERMISSIONS, ...FILE_PERMISSIONS]) };
      case 'setOwner':
        return random.chance(0.5) ? { op, path, owner: random.pick(OWNERS) } : { op, path, group: random.pick(GROUPS) };
      case 'setTimes':
        return { op, path, modifiedMs: random.nextInt(TIME_MS_MAX) };
      case 'setReplication':
        return { op, path, replication: random.between(1, 3) };
      case 'concat':
        return { op, target: path, sources: [this.#path(), ...(random.chance(0.3) ? [this.#path()] : [])] };
      case 'truncate':
        return { op, path, lengthBytes: random.nextInt(3) * BLOCK_BYTES };
      case 'stat':
        return { op, path };
      case 'list':
        return { op, path: random.chance(0.5) ? TOP : path };
      default:
        return op satisfies never;
    }
  }

  /** Returns a create of a file of this length in bytes, whose blocks are all full. */
  create(path: string, lengthBytes: number): Extract<Operation, { op: 'create' }> {
    const permission = this.#random.pick(FILE_PERMISSIONS) & ~0o022;
    return { op: 'create', path, permission, overwrite: false, createParent: true, replication: 2, lengthBytes };
  }

  #path(): string {
    return this.#random.pick(this.#paths);
  }

  #length(): number {
    return this.#random.chance(this.#dataShare) ? this.#random.between(1, 2) * BLOCK_BYTES : 0;
  }
}
