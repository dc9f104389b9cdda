/** The shell commands -chmod, -chown and -chgrp. */
import { hadoopError, messageOf } from '../../../runtime/errors.ts';
import { parseOptions } from '../../options/parse-options.ts';
import { UsageError } from '../../options/usage-error.ts';
import type { PathData } from '../paths/path-data.ts';
import { FsCommand } from '../shell/command.ts';
import { type Mode, parseMode } from '../shell/mode.ts';

/** `-chmod MODE`: changes modes. */
export class Chmod extends FsCommand {
  #mode: Mode | undefined;

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 2, options: ['R'], unknown: 'keep' });
    this.recursive = options.has('R');
    const [text = '', ...paths] = options.parameters;
    this.#mode = parseMode(text);
    // Hadoop repeats the name: `-chmod: chmod : mode …`.
    if (!this.#mode) throw new UsageError(`chmod : mode '${text}' does not match the expected pattern.`);
    return paths;
  }

  protected override async processPath(item: PathData): Promise<void> {
    const { permission } = item.required;
    const wanted = this.#mode?.apply(permission, item.isDirectory) ?? permission;
    if (wanted === permission) return;
    await describing(`changing permissions of '${item.text}'`, () => item.fs.setPermission(item.path, wanted));
  }
}

const NAME = '[-+_./@a-zA-Z0-9]';
const OWNER_GROUP = new RegExp(`^\\s*(${NAME}+)?(:(${NAME}*))?\\s*$`);
const GROUP = new RegExp(`^\\s*(${NAME}+)\\s*$`);

/** `-chown OWNER`, `OWNER:GROUP` or `:GROUP`: changes owners and groups. */
export class Chown extends FsCommand {
  protected owner: string | undefined;
  protected group: string | undefined;

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 2, options: ['R'] });
    this.recursive = options.has('R');
    const [text = '', ...paths] = options.parameters;
    this.parseOwnerGroup(text);
    return paths;
  }

  protected parseOwnerGroup(text: string): void {
    const match = OWNER_GROUP.exec(text);
    if (!match) throw new UsageError(`'${text}' does not match expected pattern for [owner][:group].`);
    this.owner = match[1];
    this.group = match[3] || undefined;
    if (!this.owner && !this.group) throw new UsageError(`'${text}' does not specify owner or group.`);
  }

  protected override async processPath(item: PathData): Promise<void> {
    const { owner, group } = item.required;
    const newOwner = this.owner === owner ? undefined : this.owner;
    const newGroup = this.group === group ? undefined : this.group;
    if (newOwner === undefined && newGroup === undefined) return;
    await describing(`changing ownership of '${item.text}'`, () => item.fs.setOwner(item.path, newOwner, newGroup));
  }
}

/** `-chgrp GROUP`: changes groups. */
export class Chgrp extends Chown {
  protected override parseOwnerGroup(text: string): void {
    const match = GROUP.exec(text);
    if (!match) throw new UsageError(`'${text}' does not match expected pattern for group`);
    this.group = match[1];
  }
}

/** Runs an operation. Its failure gets a message that names the file. */
async function describing(what: string, operation: () => Promise<void>): Promise<void> {
  try {
    await operation();
  } catch (e) {
    throw hadoopError('IOException', `${what}: ${messageOf(e)}`, e);
  }
}
