/** What the methods of DatanodeProtocol share: the namesystem, who may join it, and the turns of block reports. */

import type { BlockReportContextProto, DatanodeRegistrationProto } from '../../protocol/gen/messages.ts';
import { hadoopError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { DatanodeId } from '../blocks/model.ts';
import { type BlockReportLeaseManager, NO_LEASE } from '../datanodes/block-report-leases.ts';
import type { NamesystemDriver } from '../namesystem/driver.ts';
import type { NamespaceIdentity } from '../store/name-directory.ts';
import { datanodeIdOf } from './datanode-requests.ts';
import { ReportTurns } from './report-turns.ts';

export class DatanodeContext {
  readonly driver: NamesystemDriver;
  readonly identity: NamespaceIdentity;
  readonly reportLeases: BlockReportLeaseManager;
  readonly log: Logger;
  readonly reportTurns = new ReportTurns();

  constructor(options: {
    driver: NamesystemDriver;
    identity: NamespaceIdentity;
    reportLeases: BlockReportLeaseManager;
    log: Logger;
  }) {
    this.driver = options.driver;
    this.identity = options.identity;
    this.reportLeases = options.reportLeases;
    this.log = options.log;
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

  /** @throws InvalidBlockReportLeaseException, after which the DataNode asks for a lease anew */
  checkReportLease({ datanodeUuid }: DatanodeId, report: BlockReportContextProto | undefined): void {
    const { id = 0, leaseId = NO_LEASE } = report ?? {};
    if (this.reportLeases.isValid(datanodeUuid, leaseId, this.driver.now())) return;
    throw hadoopError(
      'InvalidBlockReportLeaseException',
      `Block report 0x${hexOf(id)} was rejected as lease 0x${hexOf(leaseId)} is invalid`,
    );
  }
}

/** A Java long in hexadecimal, as Long.toHexString. */
const hexOf = (long: number | string): string => BigInt.asUintN(64, BigInt(long)).toString(16);
