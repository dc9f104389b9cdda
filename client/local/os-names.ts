/** Names of users and groups. */
import fs from 'node:fs';
import { osUserName } from '../../conf/configuration.ts';
import { isNoSuchFile } from '../../runtime/errors.ts';

/** Names of users and groups from /etc/passwd and /etc/group. An id without a name there is shown as its number. */
export class OsNames {
  #users: Map<number, string> | undefined;
  #groups: Map<number, string> | undefined;

  user(uid: number): string {
    this.#users ??= readTable('/etc/passwd');
    return this.#users.get(uid) ?? (uid === process.getuid?.() ? osUserName() : String(uid));
  }

  group(gid: number): string {
    this.#groups ??= readTable('/etc/group');
    return this.#groups.get(gid) ?? String(gid);
  }

  /** Returns undefined for an unknown name. */
  uid(name: string): number | undefined {
    this.#users ??= readTable('/etc/passwd');
    return idOf(this.#users, name);
  }

  gid(name: string): number | undefined {
    this.#groups ??= readTable('/etc/group');
    return idOf(this.#groups, name);
  }
}

function idOf(table: ReadonlyMap<number, string>, name: string): number | undefined {
  for (const [id, known] of table) if (known === name) return id;
  return /^\d+$/.test(name) ? Number(name) : undefined;
}

/** Reads lines of `name:password:id:…`. Returns an empty table where the system keeps its names elsewhere. */
function readTable(file: string): Map<number, string> {
  const table = new Map<number, string>();
  for (const line of readIfThere(file).split('\n')) {
    const [name, , id] = line.split(':');
    if (name && id && !table.has(Number(id))) table.set(Number(id), name);
  }
  return table;
}

function readIfThere(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (e) {
    if (isNoSuchFile(e)) return '';
    throw e;
  }
}
