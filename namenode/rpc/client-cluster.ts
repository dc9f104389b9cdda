/** The methods of ClientProtocol that tell of the cluster: its defaults, its figures, its DataNodes. */
import type * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { HadoopError } from '../../runtime/errors.ts';
import { datanodeInfo } from '../blocks/located-blocks.ts';
import { datanodesOf } from '../datanodes/datanode-report.ts';
import * as Figures from './cluster-figures.ts';
import type { ClientContext } from './context/client-context.ts';
import type { MethodTable } from './context/method-table.ts';

export const clientCluster = {
  getServerDefaults: ({ settings: { serverDefaults } }) => ({ serverDefaults }),
  getFsStats: ({ driver }) => driver.inspect('getFsStats', Figures.fsStats),
  getFsReplicatedBlockStats: ({ driver }) => driver.inspect('getFsReplicatedBlockStats', Figures.replicatedBlockStats),
  getFsECBlockGroupStats: () => Figures.NO_BLOCK_GROUPS,
  getDatanodeReport: ({ driver }, { type }) => ({
    di: driver.inspect('getDatanodeReport', ({ datanodeManager }) =>
      datanodesOf(datanodeManager, type).map(datanodeInfo),
    ),
  }),
  getDatanodeStorageReport: ({ driver }, { type }) => ({
    datanodeStorageReports: driver.inspect('getDatanodeStorageReport', ({ datanodeManager }) =>
      datanodesOf(datanodeManager, type).map(Figures.storageReport),
    ),
  }),
  getSlowDatanodeReport: ({ driver }) => ({
    datanodeInfoProto: driver.inspect(
      'getSlowDatanodeReport',
      ({ datanodeManager, blockManager }) =>
        datanodeManager.slowNodes?.all(blockManager.datanodes, driver.now()).map(datanodeInfo) ?? [],
    ),
  }),
  getHAServiceState: () => {
    throw new HadoopError('org.apache.hadoop.ha.ServiceFailedException', 'HA for namenode is not enabled');
  },
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;
