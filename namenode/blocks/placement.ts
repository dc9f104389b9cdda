/** Chooses storages for new replicas, and the order in which readers try replicas. */
import type { Chooser } from '../command/chooser.ts';
import { AdminState } from './admin-state.ts';
import { STORAGE_TYPE_DISK, scheduledBlocks, totalOf } from './datanode-descriptor.ts';
import type { DatanodeDescriptor, StorageInfo } from './model.ts';

export interface PlacementRequest {
  /** How many storages to choose besides `chosen`. */
  readonly count: number;
  /** Candidates: the live DataNodes. */
  readonly nodes: readonly DatanodeDescriptor[];
  /** IP address of the writer, when its node should get the first replica. */
  readonly writerAddress: string | undefined;
  /** The writer's rack, when it is known and the writer is no DataNode. */
  readonly writerRack?: string;
  readonly blockSizeBytes: number;
  readonly excluded: ReadonlySet<DatanodeDescriptor>;
  /** Replicas that exist or were chosen before. */
  readonly chosen: readonly StorageInfo[];
  /** DataNodes to take first. */
  readonly favored?: readonly DatanodeDescriptor[];
  /** Rather not on the writer's own node (AddBlockFlag NO_LOCAL_WRITE). */
  readonly noLocalWrite?: boolean;
  /** A node with more transfers than this many times the average is too busy; 0: however busy it is. */
  readonly loadFactorMax: number;
  /** DataNodes, by uuid, that get no replicas because they are slow. */
  readonly slow?: ReadonlySet<string> | undefined;
}

/** The rules of a choice that can be given up. */
interface Rules {
  readonly racks: boolean;
  readonly load: boolean;
}

const ALL_RULES: Rules = { racks: true, load: true };
/** The writer's node, and those that it favors, may be busy with its own work. */
const HOWEVER_BUSY: Rules = { racks: true, load: false };
const ON_ANY_RACK: Rules = { racks: false, load: true };

/**
 * HDFS's default placement (BlockPlacementPolicyDefault): the first replica on the writer's node, or on a random one
 * of its rack; the second on another rack; the third on the second's rack but another node; further ones at random
 * with no more than (replicas - 1) / racks + 2 on a rack. Racks are a wish, the rest is a must: one replica a node,
 * where the block fits, and none on a slow node or one that is much busier than the others. Fewer storages than asked
 * for come back when there are no more.
 */
export function chooseTargets(request: PlacementRequest, random: Chooser): StorageInfo[] {
  const total = request.chosen.length + request.count;
  const racks = new Set(request.nodes.map((n) => n.rack));
  const perRackMax = racks.size <= 1 ? total : Math.floor((total - 1) / racks.size) + 2;
  const result: StorageInfo[] = [...request.chosen];
  const taken = new Set<DatanodeDescriptor>(request.excluded);
  for (const storage of request.chosen) taken.add(storage.datanode);

  const busyAbove = request.loadFactorMax * averageTransfers(request.nodes);

  const choose = (candidates: readonly DatanodeDescriptor[], rules = ALL_RULES): boolean => {
    const isAllowed = (n: DatanodeDescriptor): boolean =>
      (!rules.racks || onRack(result, n.rack) < perRackMax) &&
      (!rules.load || busyAbove === 0 || n.xceiverCount <= busyAbove) &&
      !request.slow?.has(n.id.datanodeUuid);
    const fits = candidates.filter((n) => !taken.has(n) && isInService(n) && isAllowed(n) && hasRoom(n, request));
    const node = pickBalanced(fits, random);
    if (node === undefined) return false;
    const storages = roomyStorages(node, request.blockSizeBytes);
    const storage = storages[random.nextInt(storages.length)];
    if (storage === undefined) return false;
    taken.add(node);
    result.push(storage);
    return true;
  };
  const others = (rack: string) => request.nodes.filter((n) => n.rack !== rack);
  const same = (rack: string) => request.nodes.filter((n) => n.rack === rack);
  const any = () => choose(request.nodes) || choose(request.nodes, ON_ANY_RACK);

  for (const node of request.favored ?? []) if (result.length < total) choose([node], HOWEVER_BUSY);
  while (result.length < total) {
    const [first, second] = result;
    let found: boolean;
    if (first === undefined) found = chooseFirst(request, choose) || any();
    else if (second === undefined) found = choose(others(first.datanode.rack)) || any();
    else if (result.length === 2) {
      found =
        first.datanode.rack === second.datanode.rack
          ? choose(others(first.datanode.rack)) || any()
          : choose(same(second.datanode.rack)) || any();
    } else found = any();
    if (!found) break;
  }
  return result.slice(request.chosen.length);
}

/** A DataNode that leaves gets no new replicas. */
const isInService = (node: DatanodeDescriptor): boolean => node.alive && node.adminState === AdminState.NORMAL;

/** Of the DataNodes in service (FSClusterStats.getInServiceXceiverAverage). */
function averageTransfers(nodes: readonly DatanodeDescriptor[]): number {
  const inService = nodes.filter(isInService);
  return inService.reduce((sum, n) => sum + n.xceiverCount, 0) / Math.max(1, inService.length);
}

function chooseFirst(
  request: PlacementRequest,
  choose: (nodes: readonly DatanodeDescriptor[], rules?: Rules) => boolean,
): boolean {
  const local = request.nodes.filter((n) => n.id.ipAddr === request.writerAddress);
  const rack = local[0]?.rack ?? request.writerRack;
  const away = request.noLocalWrite ? request.nodes.filter((n) => !local.includes(n)) : request.nodes;
  if (!request.noLocalWrite && choose(local, HOWEVER_BUSY)) return true;
  return rack !== undefined && choose(away.filter((n) => n.rack === rack)) ? true : choose(away);
}

const onRack = (storages: readonly StorageInfo[], rack: string): number =>
  storages.reduce((count, s) => count + (s.datanode.rack === rack ? 1 : 0), 0);

function roomyStorages(node: DatanodeDescriptor, blockSizeBytes: number): StorageInfo[] {
  return [...node.storages.values()].filter(
    (s) => !s.failed && s.state === 0 && s.type === STORAGE_TYPE_DISK && s.remaining >= blockSizeBytes,
  );
}

/** Room for this block after all that were assigned to the node and are not reported yet. */
function hasRoom(node: DatanodeDescriptor, request: PlacementRequest): boolean {
  if (roomyStorages(node, request.blockSizeBytes).length === 0) return false;
  return totalOf(node, 'remaining') - scheduledBlocks(node) * request.blockSizeBytes >= request.blockSizeBytes;
}

/** Two at random, and of these the emptier: close to even use without a herd on the emptiest. */
function pickBalanced(nodes: readonly DatanodeDescriptor[], random: Chooser): DatanodeDescriptor | undefined {
  if (nodes.length <= 1) return nodes[0];
  const a = nodes[random.nextInt(nodes.length)];
  const b = nodes[random.nextInt(nodes.length)];
  if (a === undefined || b === undefined) return a ?? b;
  return load(a) <= load(b) ? a : b;
}

/** Share of its capacity that a node has filled, then the blocks on their way to it. */
function load(node: DatanodeDescriptor): number {
  const capacity = totalOf(node, 'capacity');
  const used = capacity === 0 ? 0 : totalOf(node, 'blockPoolUsed') / capacity;
  return Math.round(used * 1000) * 1000 + scheduledBlocks(node);
}

/** DataNodes that may be switched off soon come after all others (DFSUtil.ServiceComparator). */
const READ_LATE: Record<AdminState, number> = {
  [AdminState.NORMAL]: 0,
  [AdminState.ENTERING_MAINTENANCE]: 20,
  [AdminState.DECOMMISSION_INPROGRESS]: 40,
  [AdminState.DECOMMISSIONED]: 60,
  // Readers are not sent there, but to a block that is being written.
  [AdminState.IN_MAINTENANCE]: 60,
};

/**
 * The order in which a reader should try replicas: on its own node, on its rack, elsewhere; at random among equals,
 * slow DataNodes, if that matters, and stale ones (silent for a while) after them, and those on their way out of service
 * last.
 */
export function sortByDistance(
  storages: readonly StorageInfo[],
  reader: { address: string; rack: string | undefined; isSlow?: (node: DatanodeDescriptor) => boolean },
  isStale: (node: DatanodeDescriptor) => boolean,
  random: Chooser,
): StorageInfo[] {
  const distance = (node: DatanodeDescriptor) => {
    const near = node.id.ipAddr === reader.address ? 0 : node.rack === reader.rack ? 2 : 4;
    return near + (reader.isSlow?.(node) ? 5 : 0) + (isStale(node) ? 10 : 0) + READ_LATE[node.adminState];
  };
  return storages
    .map((storage) => ({ storage, distance: distance(storage.datanode), tie: random.nextInt(1 << 20) }))
    .sort((a, b) => a.distance - b.distance || a.tie - b.tie)
    .map((e) => e.storage);
}
