/** The parts that the methods of DatanodeProtocol share: the namesystem, its identity, and the turns of block reports. */

import type { DatanodeRegistrationProto } from '../../../protocol/gen/messages.ts';
import { hadoopError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/log.ts';
import type { DatanodeId } from '../../blocks/locations/model.ts';
import type { NamesystemDriver } from '../../namesystem/driver.ts';
import type { NamespaceIdentity } from '../../store/name-directory.ts';
import { datanodeIdOf } from './datanode-requests.ts';
import type { ReportTurns } from './report-turns.ts';

export class DatanodeContext {
  readonly driver: NamesystemDriver;
  readonly identity: NamespaceIdentity;
  readonly log: Logger;
  readonly reportTurns: ReportTurns;

  constructor(options: {
    driver: NamesystemDriver;
    identity: NamespaceIdentity;
    log: Logger;
    reportTurns: ReportTurns;
  }) {
    this.driver = options.driver;
    this.identity = options.identity;
    this.log = options.log;
    this.reportTurns = options.reportTurns;
  }

  /** Returns the DataNode of a registration. @throws UnregisteredNodeException if it belongs to another namespace */
  checkNode(registration: DatanodeRegistrationProto): DatanodeId {
    const { storageInfo: theirs, datanodeID } = registration;
    const ours = this.identity;
    if (theirs.namespceID !== ours.namespaceId || theirs.clusterID !== ours.clusterId) {
      throw hadoopError(
        'UnregisteredNodeException',
        `Registration IDs mismatched: the DatanodeRegistration ID is NS-${theirs.namespceID}-${theirs.clusterID} ` +
          `but the expected ID is NS-${ours.namespaceId}-${ours.clusterId}`,
      );
    }
    return datanodeIdOf(datanodeID);
  }
}
