/** Storage groups, between which the balancer moves blocks. Pure. */
import { xferAddress } from '../../client/dfs/block-format.ts';
import { enumName } from '../../protocol/enum-name.ts';
import type { DatanodeInfoProto } from '../../protocol/gen/messages.ts';
import { StorageTypeProto } from '../../protocol/gen/messages.ts';
import { invariant } from '../../runtime/bug.ts';

/** A plan to move bytes from a source to a target. */
export interface MoveTask {
  readonly target: StorageGroup;
  leftBytes: number;
}

/**
 * The storages of one type of one DataNode. A group gives blocks away (a source) or takes them (a target); Hadoop's
 * Dispatcher.DDatanode.StorageGroup and Dispatcher.Source.
 */
export class StorageGroup {
  readonly info: DatanodeInfoProto;
  readonly type: StorageTypeProto;
  /** Whether its utilization is above the average: then it may give blocks, else it may take them. */
  readonly isSource: boolean;
  /** Most bytes that the group gives or takes in one round. */
  readonly moveMaxBytes: number;
  /** Used percent of the group's capacity. */
  readonly utilization: number;
  /** Bytes that are planned to be given or taken, at most moveMaxBytes. A source's number falls as its blocks are chosen. */
  scheduledBytes = 0;
  /** A source's plans, one for each target. */
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

  /** Plans to move bytes from this source to a target, which takes room from both. */
  give(target: StorageGroup, bytes: number): void {
    this.tasks.push({ target, leftBytes: bytes });
    this.scheduledBytes += bytes;
    target.scheduledBytes += bytes;
    for (const group of [this, target]) {
      invariant(group.scheduledBytes <= group.moveMaxBytes, `${group.name} is given more than it may move`);
    }
  }
}

export function storageGroupKey(datanodeUuid: string, type: StorageTypeProto): string {
  return `${datanodeUuid}:${type}`;
}

/** Whether a list of hosts has a DataNode: by host name or address, with or without the data port. */
export function isListed(hosts: ReadonlySet<string>, { id }: DatanodeInfoProto): boolean {
  return [id.hostName, id.ipAddr].some((host) => hosts.has(host) || hosts.has(`${host}:${id.xferPort}`));
}
