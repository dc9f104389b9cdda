/** The operations at the begin and the end of a full block report. */
import { hadoopError } from '../../runtime/errors.ts';
import type { DatanodeId } from '../blocks/locations/model.ts';
import type { Transaction } from '../command/transaction.ts';
import type { DatanodeManagerState } from './datanode-state.ts';

export interface BeginBlockReportRequest {
  readonly id: DatanodeId;
  /** A Java long of BlockReportContextProto, as is leaseId. The lease NO_LEASE is always accepted. */
  readonly reportId: string | number;
  readonly leaseId: string;
}

/**
 * Begins a full block report if the DataNode's lease allows it.
 * @returns false if the DataNode is not known and has to register
 * @throws InvalidBlockReportLeaseException, after which the DataNode asks for a new lease
 */
export function beginBlockReport(s: DatanodeManagerState, tx: Transaction, request: BeginBlockReportRequest): boolean {
  const { id, reportId, leaseId } = request;
  if (s.blockManager.datanodes.registered(id) === undefined) return false;
  if (s.reportLeases.isValid(id.datanodeUuid, leaseId, tx.now)) return true;
  throw hadoopError(
    'InvalidBlockReportLeaseException',
    `Block report 0x${hexOf(reportId)} was rejected as lease 0x${hexOf(leaseId)} is invalid`,
  );
}

/** Ends a full block report. Another DataNode can then get the lease. */
export function endBlockReport(s: DatanodeManagerState, _tx: Transaction, request: { readonly id: DatanodeId }): void {
  s.reportLeases.remove(request.id.datanodeUuid);
}

/** Returns a Java long in hexadecimal, as Long.toHexString does. */
const hexOf = (long: number | string): string => BigInt.asUintN(64, BigInt(long)).toString(16);
