import { xferAddress } from '../../client/dfs/block-format.ts';
import { enumName } from '../../protocol/enum-name.ts';
import type { DatanodeInfoProto } from '../../protocol/gen/messages.ts';
import { StorageTypeProto } from '../../protocol/gen/messages.ts';

/** Bytes that a source is to give to a target. */
export interface MoveTask {
  readonly target: StorageGroup;
  leftBytes: number;
}

/**
 * The storages of one type of one DataNode: what gives blocks away or takes them;
 * Dispatcher.DDatanode.StorageGroup and Dispatcher.Source.
 */
export class StorageGroup {
  readonly info: DatanodeInfoProto;
  readonly type: StorageTypeProto;
  /** Above the average utilization: it may give. The others may take. */
  readonly isSource: boolean;
  /** The most that it gives or takes in this round. */
  readonly moveMaxBytes: number;
  /** Percent of its capacity that is used. */
  readonly utilization: number;
  /** Planned to be given or taken; a source's falls as its blocks are chosen. Invariant: <= moveMaxBytes. */
  scheduledBytes = 0;
  /** Of a source: whom it gives to. */
  readonly tasks: MoveTask[] = [];

  constructor(
    info: DatanodeInfoProto,
    type: StorageTypeProto,
    room: { readonly isSource: boolean; readonly moveMaxBytes: number; readonly utilization: number },
  ) {
    this.info = info;
    this.type = type;
    this.isSource = room.isSource;
    this.moveMaxBytes = room.moveMaxBytes;
    this.utilization = room.utilization;
  }

  get uuid(): string {
    return this.info.id.datanodeUuid;
  }

  get key(): string {
    return storageGroupKey(this.uuid, this.type);
  }

  get rack(): string {
    return this.info.location ?? '/default-rack';
  }

  /** `127.0.0.1:9866:DISK` */
  get name(): string {
    return `${xferAddress(this.info)}:${enumName(StorageTypeProto, this.type)}`;
  }

  get availableBytes(): number {
    return this.moveMaxBytes - this.scheduledBytes;
  }

  get hasRoom(): boolean {
    return this.availableBytes > 0;
  }

  /** Plans that this source gives bytes to a target; both have less room then. */
  give(target: StorageGroup, bytes: number): void {
    this.tasks.push({ target, leftBytes: bytes });
    this.scheduledBytes += bytes;
    target.scheduledBytes += bytes;
  }
}

export function storageGroupKey(datanodeUuid: string, type: StorageTypeProto): string {
  return `${datanodeUuid}:${type}`;
}

/** Whether a list of hosts names a DataNode: by host name or address, with or without the data port. */
export function isListed(hosts: ReadonlySet<string>, { id }: DatanodeInfoProto): boolean {
  return [id.hostName, id.ipAddr].some((host) => hosts.has(host) || hosts.has(`${host}:${id.xferPort}`));
}
