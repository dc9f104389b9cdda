/**
 * Asks a NameNode, Calf's or Hadoop's, who may call each method, and compares with the tables of access rules.
 * test/interop bundles this file.
 */
import type { AccessRule, PathRights, Rights } from '../../../../namenode/rpc/context/access.ts';
import {
  CLIENT_ACCESS,
  DATANODE_ACCESS,
  NAMENODE_ACCESS,
  USER_MAPPINGS_ACCESS,
} from '../../../../namenode/rpc/context/method-access.ts';
import * as ClientNamenode from '../../../../protocol/gen/client-namenode.ts';
import * as DatanodeTable from '../../../../protocol/gen/datanode.ts';
import * as GetUserMappings from '../../../../protocol/gen/get-user-mappings.ts';
import { CreateFlagProto, type GetBatchedListingResponseProto } from '../../../../protocol/gen/messages.ts';
import * as NamenodeTable from '../../../../protocol/gen/namenode.ts';
import type { Method } from '../../../../protocol/method.ts';
import { RpcClient } from '../../../../protocol/rpc/client.ts';
import { Closers } from '../../../../runtime/closers.ts';
import { HadoopError } from '../../../../runtime/errors.ts';
import {
  CLIENT_SAMPLES,
  DATANODE_SAMPLES,
  NAMENODE_SAMPLES,
  type Place,
  TARGETS,
  USER_MAPPINGS_SAMPLES,
} from './sample-requests.ts';

export const PROTOCOLS = [
  { table: ClientNamenode, access: CLIENT_ACCESS, samples: CLIENT_SAMPLES },
  { table: NamenodeTable, access: NAMENODE_ACCESS, samples: NAMENODE_SAMPLES },
  { table: DatanodeTable, access: DATANODE_ACCESS, samples: DATANODE_SAMPLES },
  { table: GetUserMappings, access: USER_MAPPINGS_ACCESS, samples: USER_MAPPINGS_SAMPLES },
] as const;

const BASE = '/access';
const OWNER = 'owner';
const OTHER = 'other';

const BITS: Readonly<Record<Rights, number>> = { r: 4, w: 2, rx: 5, rwx: 7 };
const bits = (rights: Rights | undefined): number => (rights === undefined ? 0 : BITS[rights]);

/** The rights of all other users on the directory above a path, on the path, and on the directory of the destination. */
interface Modes {
  readonly parent: number;
  readonly target: number;
  readonly destination: number;
}

/** Returns the modes that give exactly the rights of a rule. A path without an inode has its parent as its ancestor. */
function exactly(rights: PathRights, hasTarget: boolean): Modes {
  return {
    parent: 1 | bits(rights.parent) | (hasTarget ? 0 : bits(rights.ancestor)),
    target: bits(rights.access) | bits(rights.sub),
    destination: 1 | bits(rights.ancestor),
  };
}

/** Returns the modes that give all rights but one, for each right of the modes in turn. */
function lackingOne(needed: Modes): Modes[] {
  const all: Modes = { parent: 7, target: 7, destination: 7 };
  const keys: readonly (keyof Modes)[] = ['parent', 'target', 'destination'];
  return keys.flatMap((key) =>
    [1, 2, 4].filter((bit) => (needed[key] & bit) !== 0).map((bit) => ({ ...all, [key]: 7 & ~bit })),
  );
}

type Verdict = 'allowed' | 'refused';

/** One NameNode, called by several users. */
export class WhoMayCall {
  readonly #address: { readonly host: string; readonly port: number };
  readonly #superuser: string;
  readonly #closers = new Closers();
  readonly #clients = new Map<string, RpcClient>();
  #places = 0;

  /** @param superuser the user that runs the NameNode */
  constructor(address: { readonly host: string; readonly port: number }, superuser: string) {
    this.#address = address;
    this.#superuser = superuser;
  }

  async open(): Promise<void> {
    await this.#as(this.#superuser, ClientNamenode.mkdirs, { src: BASE, masked: { perm: 0o777 }, createParent: true });
    await this.#as(this.#superuser, ClientNamenode.setPermission, { src: BASE, permission: { perm: 0o777 } });
  }

  close(): Promise<void> {
    return this.#closers.close();
  }

  /** Returns a line for each way in which the NameNode does not keep to the tables. */
  async differences(): Promise<string[]> {
    const found = PROTOCOLS.flatMap(({ table, access, samples }) => {
      const methods: Readonly<Record<string, unknown>> = table;
      const rules: Readonly<Record<string, AccessRule<unknown>>> = access;
      return Object.entries(samples).map(async ([name, sample]) => {
        const rule = rules[name];
        if (rule === undefined) throw new Error(`${name} has no rule`);
        const method = methods[name] as Method<unknown, unknown>;
        const said = await this.#differencesOf(name, method, sample as (place: Place) => unknown, rule);
        return said.map((difference) => `${table.PROTOCOL.split('.').at(-1)}.${name}: ${difference}`);
      });
    });
    return (await Promise.all(found)).flat();
  }

  async #differencesOf(
    name: string,
    method: Method<unknown, unknown>,
    sample: (place: Place) => unknown,
    rule: AccessRule<unknown>,
  ): Promise<string[]> {
    const found: string[] = [];
    const expect = async (user: string, verdict: Verdict, modes: Modes | undefined, message?: string) => {
      const place = modes === undefined ? NOWHERE : await this.#place(TARGETS[name] ?? 'file', modes);
      const answer = await this.#ask(user, method, sample(place));
      const rights = modes === undefined ? '' : ` with ${JSON.stringify(modes)}`;
      if (answer.verdict !== verdict) found.push(`${user}${rights} is ${answer.verdict}: ${answer.message}`);
      else if (message !== undefined && answer.message !== message) found.push(`${user} is told: ${answer.message}`);
    };

    if (rule.kind === 'path') {
      const none = { parent: 0, target: 0, destination: 0 };
      await expect(this.#superuser, 'allowed', none);
      await expect(OWNER, 'allowed', none);
      const needed = exactly(rule.rights, TARGETS[name] !== 'nothing');
      if (rule.rights.owner) await expect(OTHER, 'refused', { parent: 7, target: 7, destination: 7 });
      else {
        await expect(OTHER, 'allowed', needed);
        for (const modes of lackingOne(needed)) {
          // Only the two renames have a destination.
          if (modes.destination === 7 || name.startsWith('rename')) await expect(OTHER, 'refused', modes);
        }
      }
      return found;
    }
    await expect(this.#superuser, 'allowed', undefined);
    const operation = rule.kind === 'superuser' ? rule.operationOf(sample(NOWHERE)) : undefined;
    for (const user of [OWNER, OTHER]) {
      if (operation === undefined) await expect(user, 'allowed', undefined);
      else await expect(user, 'refused', undefined, superuserNeeded(user, operation));
    }
    return found;
  }

  /** Makes the inodes of a place with the modes. They belong to OWNER, whose own rights are complete. */
  async #place(kind: 'file' | 'directory' | 'open file' | 'nothing', modes: Modes): Promise<Place> {
    const at = `${BASE}/${++this.#places}`;
    const place = { path: `${at}/path`, source: `${at}/source`, destination: `${at}-destination/name` };
    await this.#mkdir(at);
    await this.#mkdir(`${at}-destination`);
    await this.#file(place.source);
    await this.#chmod(place.source, 0o777);
    if (kind === 'directory') {
      await this.#mkdir(place.path);
      await this.#file(`${place.path}/child`);
    } else if (kind !== 'nothing') await this.#file(place.path, kind === 'open file');
    if (kind !== 'nothing') await this.#chmod(place.path, 0o700 | modes.target);
    await this.#chmod(`${at}-destination`, 0o700 | modes.destination);
    await this.#chmod(at, 0o700 | modes.parent);
    return place;
  }

  #mkdir(src: string): Promise<unknown> {
    return this.#as(OWNER, ClientNamenode.mkdirs, { src, masked: { perm: 0o700 }, createParent: false });
  }

  #chmod(src: string, perm: number): Promise<unknown> {
    return this.#as(OWNER, ClientNamenode.setPermission, { src, permission: { perm } });
  }

  async #file(src: string, open = false): Promise<void> {
    const clientName = 'DFSClient_owner';
    await this.#as(OWNER, ClientNamenode.create, {
      ...{ src, clientName, masked: { perm: 0o700 }, createFlag: CreateFlagProto.CREATE, createParent: false },
      ...{ replication: 1, blockSize: 1 << 20, cryptoProtocolVersion: [] },
    });
    if (!open) await this.#as(OWNER, ClientNamenode.complete, { src, clientName });
  }

  /** Calls a method. Any answer but an AccessControlException means that the user may call it. */
  async #ask(user: string, method: Method<unknown, unknown>, request: unknown) {
    try {
      const response = await this.#as(user, method, request);
      return method.name === 'getBatchedListing'
        ? verdictOfListing(response as GetBatchedListingResponseProto)
        : { verdict: 'allowed' as const, message: 'it is answered' };
    } catch (e) {
      if (!(e instanceof HadoopError)) throw e;
      const isRefused = e.code === 'AccessControlException';
      return { verdict: isRefused ? ('refused' as const) : ('allowed' as const), message: e.message };
    }
  }

  #as<Q, S>(user: string, method: Method<Q, S>, request: Q): Promise<S> {
    const key = `${user} ${method.protocol}`;
    let client = this.#clients.get(key);
    if (client === undefined) {
      const opened = new RpcClient({ ...this.#address, protocol: method.protocol, user });
      this.#closers.add(() => opened.close());
      this.#clients.set(key, opened);
      client = opened;
    }
    return client.call(method, request);
  }
}

const NOWHERE: Place = { path: '/none/path', destination: '/none/destination', source: '/none/source' };

/** The words of Hadoop's FSPermissionChecker.checkSuperuserPrivilege. */
const superuserNeeded = (user: string, operation: string): string =>
  `Access denied for user ${user}. Superuser privilege is required for operation ${operation}`;

/** A batched listing tells of refused paths in its answer. */
function verdictOfListing({ listings }: GetBatchedListingResponseProto) {
  const refused = listings.find((one) => one.exception?.className.endsWith('.AccessControlException'));
  return refused === undefined
    ? { verdict: 'allowed' as const, message: 'it is listed' }
    : { verdict: 'refused' as const, message: refused.exception?.message ?? '' };
}

/** Returns the differences of a NameNode from the tables. @param superuser the user that runs the NameNode */
export async function differencesFromTables(
  address: { readonly host: string; readonly port: number },
  superuser: string,
): Promise<string[]> {
  const who = new WhoMayCall(address, superuser);
  try {
    await who.open();
    return await who.differences();
  } finally {
    await who.close();
  }
}
