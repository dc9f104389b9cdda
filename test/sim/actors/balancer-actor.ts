// Runs Calf's balancer in a simulated cluster.
import type { DistributedFileSystem } from '../../../client/distributed-file-system.ts';
import type { Bundle } from '../bundle/bundle.ts';
import type { Cluster } from '../world/cluster.ts';
import type { SimProcess } from '../world/process.ts';

const PAUSE_MS_MAX = 3000;
const PARAMETERS = {
  policy: 'datanode',
  // Percent, so small because a simulated DataNode has 64 MiB and holds a few blocks.
  threshold: 0.0005,
  idleIterationsMax: 1,
  included: new Set<string>(),
  excluded: new Set<string>(),
  sources: new Set<string>(),
  blockPools: new Set<string>(),
  runDuringUpgrade: false,
  asService: false,
  sortTopNodes: false,
  hotBlockTimeIntervalMs: undefined,
} as const;

/** Runs the balancer repeatedly while clients write and faults happen. */
export function startBalancer(cluster: Cluster, bundle: Bundle): void {
  const machine = cluster.world.addMachine('balancer', '10.0.0.204');
  cluster.startClient(machine, (fs, process) => void balance(bundle, fs, process));
}

async function balance({ Balancer, NameNodeConnector }: Bundle, fs: DistributedFileSystem, process: SimProcess) {
  const { world } = process;
  const note = (line: string): void => world.note('balancer', line);
  const warn = (line: string): void => {
    note(line);
    if (line.startsWith('Failed to move')) world.coverage.hit('balancer move-failed');
  };
  for (;;) {
    await new Promise<void>((resolve) => process.after(world.random.next() * PAUSE_MS_MAX, resolve));
    try {
      const connector = await NameNodeConnector.connect(fs);
      const status = await new Balancer(connector, PARAMETERS, { print: note, warn }).run();
      world.coverage.hit(`balancer ${status}`);
      await connector.close();
    } catch (e) {
      const { code, message } = e as { code?: string; message?: string };
      note(`failed: ${code}: ${message}`);
      world.coverage.hit(`balancer error:${code}`);
      if (code === undefined)
        world.fail('errors-are-hadoops', `balancer: what is no error of a file system: ${String(e)}`);
    }
  }
}
