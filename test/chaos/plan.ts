// What a run is about, drawn from its seed: the rules of durability, the name directories, and the time of a restore.
import type { SimRandom } from '../sim/world/random.ts';

export interface RunPlan {
  /**
   * Whether dfs.datanode.synconclose is on. If it is, closed files must outlast a loss of power of all machines at once.
   * If not, HDFS promises them only while no more than one machine loses its power, which is then always the same one.
   */
  readonly syncsOnClose: boolean;
  /** Number of directories in dfs.namenode.name.dir. */
  readonly nameDirectories: 1 | 2;
  /** The DataNode, from 0, that alone may lose bytes of its own: by an old copy, or by power where closes do not sync. */
  readonly victim: number;
  /** Share of the run's time after which an old copy of the name directory is put back. */
  readonly restoreAt: number;
  /** Share of that time after which the copy is taken. */
  readonly copyAt: number;
}

export function drawPlan(random: SimRandom, datanodes: number): RunPlan {
  return {
    syncsOnClose: random.chance(0.6),
    nameDirectories: random.chance(0.5) ? 2 : 1,
    victim: random.nextInt(datanodes),
    restoreAt: 0.4 + 0.3 * random.next(),
    copyAt: 0.2 + 0.6 * random.next(),
  };
}

export function describePlan({ syncsOnClose, nameDirectories, victim, restoreAt }: RunPlan, seconds: number): string {
  return (
    `dfs.datanode.synconclose ${syncsOnClose ? 'on' : 'off'}, name directories: ${nameDirectories}, ` +
    `datanode${victim + 1} may lose bytes, a name directory is put back after ${Math.round(restoreAt * seconds)} s`
  );
}
