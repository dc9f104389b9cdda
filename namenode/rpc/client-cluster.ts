/** The methods of ClientProtocol that tell of the cluster: its defaults, its figures, its DataNodes. */
import type * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { HadoopError } from '../../runtime/errors.ts';
import { datanodeInfo } from '../blocks/located-blocks.ts';
import { datanodesOf } from '../datanodes/datanode-report.ts';
import type { ClientContext } from './client-context.ts';
import * as Figures from './cluster-figures.ts';
import type { MethodTable } from './method-table.ts';

export const clientCluster = {
  getServerDefaults: ({ conf }) => ({ serverDefaults: Figures.serverDefaults(conf) }),
  getFsStats: ({ driver }) => Figures.fsStats(driver.state),
  getFsReplicatedBlockStats: ({ driver }) => Figures.replicatedBlockStats(driver.state),
  getFsECBlockGroupStats: () => Figures.NO_BLOCK_GROUPS,
  getDatanodeReport: ({ driver }, { type }) => ({
    di: datanodesOf(driver.state.datanodeManager, type).map(datanodeInfo),
  }),
  getDatanodeStorageReport: ({ driver }, { type }) => ({
    datanodeStorageReports: datanodesOf(driver.state.datanodeManager, type).map(Figures.storageReport),
  }),
  getSlowDatanodeReport: ({ driver }) => ({
    datanodeInfoProto:
      driver.state.datanodeManager.slowNodes
        ?.all(driver.state.blockManager.datanodes, driver.now())
        .map(datanodeInfo) ?? [],
  }),
  getHAServiceState: () => {
    throw new HadoopError('org.apache.hadoop.ha.ServiceFailedException', 'HA for namenode is not enabled');
  },
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;
