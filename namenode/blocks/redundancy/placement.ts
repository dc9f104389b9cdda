/** Chooses storages for new replicas, and the order in which readers try replicas. */
import type { Chooser } from '../../command/chooser.ts';
import { AdminState } from '../locations/admin-state.ts';
import { STORAGE_TYPE_DISK, scheduledBlocks, totalOf } from '../locations/datanode-descriptor.ts';
import type { DatanodeDescriptor, StorageInfo } from '../locations/model.ts';

export interface PlacementRequest {
  /** The number of storages to choose in addition to `chosen`. */
  readonly count: number;
  /** The candidates: live DataNodes. */
  readonly nodes: readonly DatanodeDescriptor[];
  /** IP address of the writer, if the writer's node should receive the first replica. */
  readonly writerAddress: string | undefined;
  /** The writer's rack, if it is known and the writer does not run on a DataNode. */
  readonly writerRack?: string;
  readonly blockSizeBytes: number;
  readonly excluded: ReadonlySet<DatanodeDescriptor>;
  /** Storages that hold a replica already or were chosen before. */
  readonly chosen: readonly StorageInfo[];
  /** DataNodes to choose first. */
  readonly favored?: readonly DatanodeDescriptor[];
  /** Whether to avoid the writer's own node (AddBlockFlag NO_LOCAL_WRITE). */
  readonly noLocalWrite?: boolean;
  /** A node with more transfers than this factor times the average is too busy; 0 turns the rule off. */
  readonly loadFactorMax: number;
  /** UUIDs of the DataNodes that receive no replicas because they are slow. */
  readonly slow?: ReadonlySet<string> | undefined;
}

/** The placement rules that are given up if no DataNode satisfies them. */
interface Rules {
  readonly racks: boolean;
  readonly load: boolean;
}

const ALL_RULES: Rules = { racks: true, load: true };
/** The load of the writer's own node and of favored nodes does not matter: the writer itself may cause it. */
const HOWEVER_BUSY: Rules = { racks: true, load: false };
const ON_ANY_RACK: Rules = { racks: false, load: true };

/**
 * Chooses storages as HDFS's default policy does (BlockPlacementPolicyDefault).
 * The first replica goes to the writer's node, or to a random node of the writer's rack. The second goes to another
 * rack, and the third to another node of the second's rack. Further replicas go to random nodes, with at most
 * floor((replicas - 1) / racks) + 2 on one rack. The rules about racks are given up if no node satisfies them. The
 * other rules are not: one replica for each node, enough room for the block, and no node that is slow or much busier
 * than the average.
 * Returns fewer storages than requested if there are not enough.
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

/** Returns true if the DataNode can receive new replicas. One that leaves service cannot. */
const isInService = (node: DatanodeDescriptor): boolean => node.alive && node.adminState === AdminState.NORMAL;

/** Returns the average number of transfers of the DataNodes in service (FSClusterStats.getInServiceXceiverAverage). */
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

/**
 * Returns true if the node has room for this block in addition to all blocks that were assigned to the node and not yet
 * reported.
 */
function hasRoom(node: DatanodeDescriptor, request: PlacementRequest): boolean {
  if (roomyStorages(node, request.blockSizeBytes).length === 0) return false;
  return totalOf(node, 'remaining') - scheduledBlocks(node) * request.blockSizeBytes >= request.blockSizeBytes;
}

/**
 * Chooses the emptier of two random nodes. This keeps the use of nodes nearly even, and still does not send all writers
 * to the emptiest node.
 */
function pickBalanced(nodes: readonly DatanodeDescriptor[], random: Chooser): DatanodeDescriptor | undefined {
  if (nodes.length <= 1) return nodes[0];
  const a = nodes[random.nextInt(nodes.length)];
  const b = nodes[random.nextInt(nodes.length)];
  if (a === undefined || b === undefined) return a ?? b;
  return load(a) <= load(b) ? a : b;
}

/** Returns the load of a node: first by the filled share of its capacity, then by its scheduled blocks. */
function load(node: DatanodeDescriptor): number {
  const capacity = totalOf(node, 'capacity');
  const used = capacity === 0 ? 0 : totalOf(node, 'blockPoolUsed') / capacity;
  return Math.round(used * 1000) * 1000 + scheduledBlocks(node);
}

/**
 * Added to the distance of a DataNode that may soon be switched off, so that readers try others first
 * (DFSUtil.ServiceComparator).
 */
const READ_LATE: Record<AdminState, number> = {
  [AdminState.NORMAL]: 0,
  [AdminState.ENTERING_MAINTENANCE]: 20,
  [AdminState.DECOMMISSION_INPROGRESS]: 40,
  [AdminState.DECOMMISSIONED]: 60,
  // Readers see such a DataNode only for a block that is being written.
  [AdminState.IN_MAINTENANCE]: 60,
};

/**
 * Returns the storages in the order in which a reader should try them: on the reader's node, on its rack, elsewhere,
 * and in random order among equals. After these come slow DataNodes, then stale ones, which sent no heartbeat for a
 * while, and last those that leave service.
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
