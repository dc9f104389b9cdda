import fs from 'node:fs';
import { osUserName } from '../../conf/configuration.ts';

/** Names of users and groups from /etc/passwd and /etc/group; a number that has no name there stays a number. */
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

  /** @returns undefined for a name that is unknown */
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

/** `name:password:id:…` lines; an empty table where the system keeps its names elsewhere. */
function readTable(file: string): Map<number, string> {
  const table = new Map<number, string>();
  if (!fs.existsSync(file)) return table;
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    const [name, , id] = line.split(':');
    if (name && id && !table.has(Number(id))) table.set(Number(id), name);
  }
  return table;
}
