// The operations of simulated clients on the attributes of files: permission, owner, times and replication.
import type { DistributedFileSystem } from '../../../client/distributed-file-system.ts';
import type { FileStatus } from '../../../client/filesystem/file-system.ts';
import type { ModelFile } from '../checks/model.ts';
import type { SimProcess } from '../world/process.ts';
import type { AttributeName } from './attributes.ts';

/** The setters that a client draws from. */
export const SETTERS = ['chmod', 'chown', 'touch'] as const;
type Setter = (typeof SETTERS)[number];

const PERMISSIONS = [0o600, 0o640, 0o644, 0o666, 0o777, 0o1777];
const OWNERS = ['sim', 'ann', 'bob'];
/** Times that files are given lie before the start of every run. */
const TIME_MS_MAX = 1_600_000_000_000;

/** Sets and looks at attributes, and tells the model which values were asked for and acknowledged. */
export class AttributeOperations {
  readonly #fs: DistributedFileSystem;
  readonly #process: SimProcess;

  constructor(fs: DistributedFileSystem, process: SimProcess) {
    this.#fs = fs;
    this.#process = process;
  }

  /** Sets one attribute of a file to a value drawn from the seed. */
  async set(file: ModelFile, setter: Setter): Promise<void> {
    const { random } = this.#process.world;
    const { path } = file;
    if (setter === 'chmod') {
      const permission = random.pick(PERMISSIONS);
      await this.tracked(file, 'permission', String(permission), () => this.#fs.setPermission(path, permission));
    } else if (setter === 'chown') {
      const owner = random.pick(OWNERS);
      await this.tracked(file, 'owner', owner, () => this.#fs.setOwner(path, owner, undefined));
    } else {
      const timeMs = random.nextInt(TIME_MS_MAX);
      await this.tracked(file, 'modified', String(timeMs), () => this.#fs.setTimes(path, timeMs, -1));
    }
  }

  /** Makes a call that sets an attribute, and records that its value was asked for and, at the end, acknowledged. */
  async tracked<T>(file: ModelFile, name: AttributeName, value: string, call: () => Promise<T>): Promise<T | false> {
    const { attributes, path } = file;
    if (!attributes.maySet(name)) return false;
    const { world } = this.#process;
    const beganMs = world.nowMs;
    world.note(this.#process.name, `sets ${name} of ${path} to ${value}`);
    world.writeBegins();
    attributes.asked(name, value);
    file.isBusy = true;
    try {
      const result = await call();
      attributes.acked(name, value, world.nowMs - beganMs);
      world.note(this.#process.name, `has set ${name} of ${path}`);
      return result;
    } finally {
      file.isBusy = false;
    }
  }

  /** Looks at a file's attributes, and checks them. */
  async look(file: ModelFile): Promise<void> {
    const before = file.attributes.seen();
    const { epoch, path } = file;
    const status = await this.#fs.getFileStatus(path);
    if (file.epoch === epoch) checkAttributes(file, before, status, this.#process);
  }
}

/**
 * Compares a status with what was known before it was asked for. A difference breaks a promise.
 * @param before attributes of the file at that time
 */
export function checkAttributes(
  file: ModelFile,
  before: ReturnType<ModelFile['attributes']['seen']>,
  status: FileStatus,
  { name, world }: SimProcess,
): void {
  const { permission, owner, modificationTimeMs, replication } = status;
  const difference = file.attributes.difference(before, {
    permission: String(permission),
    owner,
    modified: String(modificationTimeMs),
    replication: String(replication),
  });
  if (difference !== undefined) world.fail('acked-attributes-stay', `${name} looks at ${file.path}: ${difference}`);
}
